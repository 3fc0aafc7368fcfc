package cluster

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/k8slog/k8slog/test/node"
)

// The names of the images. The workloads and the sandboxes of pods have the same one.
const (
	PauseImage = "docker.io/library/writer:1"
	AgentImage = "docker.io/library/k8slog:test"
)

// WriterImage builds the image of the workloads in dir, and returns its file.
func WriterImage(dir string) (string, error) {
	program := filepath.Join(dir, "writer")
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", program, "./writer")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("cannot build the writer: %w\n%s", err, out)
	}
	data, err := os.ReadFile(program)
	if err != nil {
		return "", err
	}
	path := program + ".tar"
	return path, node.WriteImage(path, PauseImage, map[string]any{"Entrypoint": []string{"/writer"}}, node.File{Name: "writer", Mode: 0o755, Data: data})
}

// Image builds an image of the agent in dir, and returns its file. It has what the
// Dockerfile copies from the repository, whose top folder is top. Fluent Bit and its
// libraries are those of this machine, in place of Fluent Bit's own image.
func Image(dir, top, fluentBit string) (string, error) {
	var files []node.File
	add := func(from, to string) error {
		data, err := os.ReadFile(from)
		info, statErr := os.Stat(from)
		if err != nil || statErr != nil {
			return fmt.Errorf("cannot read %s for the image: %w", from, err)
		}
		files = append(files, node.File{Name: strings.TrimPrefix(to, "/"), Mode: int64(info.Mode().Perm()), Data: data})
		return nil
	}
	libraries, err := run("ldd", fluentBit)
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(libraries) {
		for word := range strings.FieldsSeq(line) {
			if strings.HasPrefix(word, "/") {
				if err := add(word, word); err != nil {
					return "", err
				}
			}
		}
	}
	copies := map[string]string{
		fluentBit: "/fluent-bit/bin/fluent-bit",
		filepath.Join(top, "build/out_k8slog.so"): "/fluent-bit/plugins/out_k8slog.so",
		filepath.Join(top, "build/k8slog"):        "/usr/local/bin/k8slog",
	}
	for from, to := range copies {
		if err := add(from, to); err != nil {
			return "", err
		}
	}
	conf := filepath.Join(top, "conf")
	err = filepath.WalkDir(conf, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		return add(path, filepath.Join("/fluent-bit/etc", strings.TrimPrefix(path, conf)))
	})
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "agent.tar")
	return path, node.WriteImage(path, AgentImage, map[string]any{
		"Env":        []string{"K8SLOG_FILES=/var/log/app/*.log", "PATH=/usr/local/bin:/fluent-bit/bin"},
		"Entrypoint": []string{"/usr/local/bin/k8slog", "run", "/fluent-bit/bin/fluent-bit"},
		"Cmd":        []string{"-c", "/fluent-bit/etc/fluent-bit.yaml"},
	}, files...)
}
