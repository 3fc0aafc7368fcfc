package node

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Image is the name of the only image. It is that of containerd's sandboxes as well.
const Image = "docker.io/library/pause:1"

// BuildImage builds the image in a folder, and returns its file: an archive that both
// `docker load` and `ctr images import` take. It has nothing but the writer.
func BuildImage(dir string) (string, error) {
	writer := filepath.Join(dir, "writer")
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", writer, "./writer")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("cannot build the writer: %w\n%s", err, out)
	}
	program, err := os.ReadFile(writer)
	if err != nil {
		return "", err
	}
	layer, err := archive(file{"writer", 0o755, program})
	if err != nil {
		return "", err
	}
	config, err := json.Marshal(map[string]any{
		"architecture": "amd64", "os": "linux",
		"config": map[string]any{"Entrypoint": []string{"/writer"}},
		"rootfs": map[string]any{"type": "layers", "diff_ids": []string{fmt.Sprintf("sha256:%x", sha256.Sum256(layer))}},
	})
	if err != nil {
		return "", err
	}
	manifest, err := json.Marshal([]any{map[string]any{"Config": "config.json", "RepoTags": []string{Image}, "Layers": []string{"layer.tar"}}})
	if err != nil {
		return "", err
	}
	image, err := archive(file{"config.json", 0o644, config}, file{"layer.tar", 0o644, layer}, file{"manifest.json", 0o644, manifest})
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "image.tar")
	return path, os.WriteFile(path, image, 0o644)
}

type file struct {
	name string
	mode int64
	data []byte
}

// archive returns a tar archive.
func archive(files ...file) ([]byte, error) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, f := range files {
		if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: f.name, Mode: f.mode, Size: int64(len(f.data))}); err != nil {
			return nil, err
		}
		if _, err := w.Write(f.data); err != nil {
			return nil, err
		}
	}
	err := w.Close()
	return b.Bytes(), err
}
