package image

import (
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/k8slog/k8slog/test/agent"
	"github.com/k8slog/k8slog/test/agent/session"
)

var arm64 = flag.String("arm64", "", "the folder with the plugin and the test host for arm64; without it, the test is skipped")

// The plugin for arm64 loads and delivers, in the test host under QEMU: there is no
// Fluent Bit for arm64 here.
func TestArm64(t *testing.T) {
	if *arm64 == "" {
		t.Skip("the test needs the plugin for arm64; run make test-image")
	}
	dir := t.TempDir()
	log := filepath.Join(dir, "web-1_shop_web-"+strings.Repeat("0", 64)+".log")
	var text strings.Builder
	const lines = 100
	for i := range lines {
		fmt.Fprintf(&text, "2026-11-22T10:00:00.%09dZ stdout F {\"level\":\"warn\",\"n\":%d}\n", i, i)
	}
	records := filepath.Join(dir, "records")
	conf := filepath.Join(dir, "fluent-bit.conf")
	for path, text := range map[string]string{log: text.String(), conf: fmt.Sprintf(`[SERVICE]
    flush 0.2
[INPUT]
    name tail
    path %s/*.log
    tag kube.*
    read_from_head on
[OUTPUT]
    name k8slog
    match *
    workers 2
    backend file
    file_path %s
`, dir, records)} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s := session.Watch(t, func(log io.Writer) (*agent.Process, error) {
		return agent.Start("qemu-aarch64-static", []string{
			"-L", "/usr/aarch64-linux-gnu", filepath.Join(*arm64, "test-host"), "-e", filepath.Join(*arm64, "out_k8slog.so"), "-c", conf,
		}, nil, log)
	})
	s.Eventually("all records", func() bool {
		text, _ := os.ReadFile(records)
		return strings.Count(string(text), `"severity":"warn"`) == lines
	})
	s.End()
}
