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
	"runtime"
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
	path := filepath.Join(dir, "image.tar")
	return path, WriteImage(path, Image, map[string]any{"Entrypoint": []string{"/writer"}}, File{"writer", 0o755, program})
}

// File is a file of an image. Its name is relative to the root.
type File struct {
	Name string
	Mode int64
	Data []byte
}

// WriteImage writes an image of one layer to path, with a name and the configuration of its
// containers (github.com/opencontainers/image-spec/config.md).
func WriteImage(path, name string, config map[string]any, files ...File) error {
	layer, err := archive(files...)
	if err != nil {
		return err
	}
	image, err := json.Marshal(map[string]any{
		"architecture": runtime.GOARCH, "os": "linux", "config": config,
		"rootfs": map[string]any{"type": "layers", "diff_ids": []string{fmt.Sprintf("sha256:%x", sha256.Sum256(layer))}},
	})
	if err != nil {
		return err
	}
	manifest, err := json.Marshal([]any{map[string]any{"Config": "config.json", "RepoTags": []string{name}, "Layers": []string{"layer.tar"}}})
	if err != nil {
		return err
	}
	all, err := archive(File{"config.json", 0o644, image}, File{"layer.tar", 0o644, layer}, File{"manifest.json", 0o644, manifest})
	if err != nil {
		return err
	}
	return os.WriteFile(path, all, 0o644)
}

// archive returns a tar archive.
func archive(files ...File) ([]byte, error) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, f := range files {
		if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: f.Name, Mode: f.Mode, Size: int64(len(f.Data))}); err != nil {
			return nil, err
		}
		if _, err := w.Write(f.Data); err != nil {
			return nil, err
		}
	}
	err := w.Close()
	return b.Bytes(), err
}
