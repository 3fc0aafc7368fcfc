// Package image tests what the build of the image needs, without building it.
package image

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/k8slog/k8slog/test/agent"
)

// Docker's build gets every file that `make build` compiles, and everything
// that the Dockerfile copies.
func TestIgnoreLetsThroughWhatTheBuildNeeds(t *testing.T) {
	root, err := agent.Root()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(root, ".dockerignore"))
	if err != nil {
		t.Fatal(err)
	}
	patterns := read(string(text))
	needed := append(sources(t, root), "go.mod", "go.sum", "Makefile")
	err = filepath.WalkDir(filepath.Join(root, "conf"), func(p string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			rel, _ := filepath.Rel(root, p)
			needed = append(needed, rel)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range needed {
		if ignored(patterns, name) {
			t.Errorf(".dockerignore leaves out %s", name)
		}
	}
	for _, name := range []string{"build/out_k8slog.so", "test/e2e/e2e_test.go", "plugin/flush_test.go", ".git/HEAD", "docs/options.md"} {
		if !ignored(patterns, name) {
			t.Errorf(".dockerignore lets through %s", name)
		}
	}
}

// sources are the files of this module that the plugin and the command are
// built from.
func sources(t *testing.T, root string) (names []string) {
	t.Helper()
	command := exec.Command("go", "list", "-deps", "-json=Dir,Module,GoFiles,CgoFiles,CFiles,HFiles,EmbedFiles", ".", "./cmd/k8slog")
	command.Dir = root
	out, err := command.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	for decoder := json.NewDecoder(bytes.NewReader(out)); decoder.More(); {
		var p struct {
			Dir                                           string
			Module                                        *struct{ Main bool }
			GoFiles, CgoFiles, CFiles, HFiles, EmbedFiles []string
		}
		if err := decoder.Decode(&p); err != nil {
			t.Fatal(err)
		}
		if p.Module == nil || !p.Module.Main {
			continue
		}
		for _, files := range [][]string{p.GoFiles, p.CgoFiles, p.CFiles, p.HFiles, p.EmbedFiles} {
			for _, file := range files {
				rel, err := filepath.Rel(root, filepath.Join(p.Dir, file))
				if err != nil {
					t.Fatal(err)
				}
				names = append(names, rel)
			}
		}
	}
	if len(names) < 100 {
		t.Fatalf("only %d sources", len(names))
	}
	return names
}

// pattern is a line of .dockerignore.
type pattern struct {
	glob    string
	include bool // begins with !
}

func read(text string) (patterns []pattern) {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			glob, include := strings.CutPrefix(line, "!")
			patterns = append(patterns, pattern{glob, include})
		}
	}
	return patterns
}

// ignored says whether a file is left out. The last pattern counts that matches
// it or a folder that it is in; **/ stands for any folders.
// Source: https://docs.docker.com/build/concepts/context/#dockerignore-files.
func ignored(patterns []pattern, name string) (out bool) {
	for _, p := range patterns {
		for at := name; at != "."; at = path.Dir(at) {
			glob, anywhere := strings.CutPrefix(p.glob, "**/")
			tail := at
			if anywhere {
				tail = path.Base(at)
			}
			if match, _ := path.Match(glob, tail); match {
				out = !p.include
				break
			}
		}
	}
	return out
}
