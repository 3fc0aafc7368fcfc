package plugin

import (
	"bufio"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// agpl are modules under the GNU Affero General Public License, whose code must not be
// linked with the plugin, nor come near it by a test. A module counts with all major
// versions and submodules, but for those of permissive.
var agpl = []string{
	"github.com/grafana/grafana", "github.com/grafana/loki", "github.com/grafana/mimir", "github.com/grafana/phlare",
	"github.com/grafana/pyroscope", "github.com/grafana/tempo", "github.com/mattermost/mattermost", "github.com/minio/console",
	"github.com/minio/kes", "github.com/minio/madmin-go", "github.com/minio/mc", "github.com/minio/minio", "github.com/minio/pkg",
}

// permissive are submodules with a licence of their own, here Apache-2.0.
var permissive = []string{"github.com/grafana/loki/pkg/push", "github.com/grafana/pyroscope/api", "github.com/grafana/pyroscope/ebpf"}

// isAGPL reports whether a line of a go.mod names a module under the AGPL.
func isAGPL(line string) bool {
	line, _, _ = strings.Cut(line, "//")
	for _, word := range strings.Fields(line) {
		if under(word, permissive) {
			continue
		}
		if under(word, agpl) {
			return true
		}
	}
	return false
}

func under(module string, list []string) bool {
	for _, m := range list {
		if module == m || strings.HasPrefix(module, m+"/") {
			return true
		}
	}
	return false
}

// Every go.mod counts, those of tests and indirect requirements as well.
func TestNoModuleUnderTheAGPL(t *testing.T) {
	files := 0
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == ".git" || path == filepath.Join("..", "build")) {
			return filepath.SkipDir
		}
		if d.Name() != "go.mod" {
			return nil
		}
		files++
		file, err := os.Open(path)
		if err != nil {
			return err
		}
		defer file.Close()
		lines := bufio.NewScanner(file)
		for lines.Scan() {
			if isAGPL(lines.Text()) {
				t.Errorf("%s: %s is under the AGPL", path, strings.TrimSpace(lines.Text()))
			}
		}
		return lines.Err()
	})
	if err != nil || files < 2 {
		t.Errorf("%d files, %v", files, err)
	}
}

func TestModulesUnderTheAGPL(t *testing.T) {
	for line, want := range map[string]bool{
		"\tgithub.com/grafana/loki/v3 v3.7.7":                      true,
		"require github.com/minio/minio v0.0.0 // indirect":        true,
		"replace x => github.com/grafana/mimir v1":                 true,
		"\tgithub.com/grafana/loki/pkg/push v0.0.0-20250630":       false,
		"\tgithub.com/minio/minio-go/v7 v7.0.1":                    false,
		"\tgithub.com/klauspost/compress v1 // see minio/minio":    false,
		"\tgithub.com/grafana/loki/v3/pkg/push v3.0.0 // indirect": true,
	} {
		if isAGPL(line) != want {
			t.Errorf("%q: %v", line, !want)
		}
	}
}
