package agent

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
)

// shippedPlugin is where the shipped configuration expects the plugin.
const shippedPlugin = "/fluent-bit/plugins/out_k8slog.so"

// CopyConf copies the shipped configuration to dir, changed in nothing but
// where the plugin lies.
func CopyConf(root, dir string) error {
	shipped := filepath.Join(root, "conf")
	return filepath.WalkDir(shipped, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(shipped, path)
		if err != nil {
			return err
		}
		to := filepath.Join(dir, name)
		if entry.IsDir() {
			return os.MkdirAll(to, 0o755)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(to, bytes.ReplaceAll(text, []byte(shippedPlugin), []byte(Plugin(root))), 0o644)
	})
}
