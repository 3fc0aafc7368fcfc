package plugin

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The log of a pod is removed before Fluent Bit has read all of it, and the agent is stopped at
// once: the rest is read from the file that is held, and delivered before the end.
func TestRemovedLogIsReadAtAStop(t *testing.T) {
	defer http.DefaultClient.CloseIdleConnections()
	r := receive(t, nil)
	dir := t.TempDir()
	log := filepath.Join(dir, filepath.Base(podPath))
	text := ""
	for _, line := range numbered(50) {
		text += "2026-11-30T10:00:00Z stdout F " + line + "\n"
	}
	options := map[string]string{
		"backend": "http", "endpoint": r.URL, "path_key": "path", "offset_key": "offset", "log_folders": dir,
		"disk_ledger_path": filepath.Join(dir, "disk.ledger"), "disk_ledger_logs": filepath.Join(dir, "*.log"), "catch_up_after": "1h",
		"dead_letter_path": filepath.Join(dir, "dead"),
	}
	begin := func() *Instance {
		in, err := New(&testHost{options: options}, engineThread)
		if err != nil {
			t.Fatal(err)
		}
		return in
	}
	end := func(in *Instance) {
		if err := in.Close(); err != nil {
			t.Fatal(err)
		}
	}
	end(begin()) // what is there at the first start on a node is not collected
	if err := os.WriteFile(log, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	in := begin()
	if err := os.Remove(log); err != nil {
		t.Fatal(err)
	}
	end(in)
	r.mu.Lock()
	defer r.mu.Unlock()
	if got := r.texts; len(got) != 50 || !strings.Contains(strings.Join(got, " "), numbered(50)[49]) {
		t.Errorf("%d lines", len(got))
	}
}
