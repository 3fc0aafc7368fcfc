package plugin

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// nodeWithLog makes an instance with a ledger of the disk, and the log of a container with 50
// lines, which came after the first start on the node: those from before are not collected.
func nodeWithLog(t *testing.T, options map[string]string) (in *Instance, log string) {
	t.Helper()
	dir := t.TempDir()
	all := map[string]string{
		"backend": "http", "path_key": "path", "offset_key": "offset", "log_folders": dir,
		"disk_ledger_path": filepath.Join(dir, "disk.ledger"), "disk_ledger_logs": filepath.Join(dir, "*.log"),
		"dead_letter_path": filepath.Join(dir, "dead"),
	}
	for name, value := range options {
		all[name] = value
	}
	in, err := New(&testHost{options: all}, engineThread)
	if err == nil {
		err = in.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	text := ""
	for _, line := range numbered(50) {
		text += "2026-11-30T10:00:00Z stdout F " + line + "\n"
	}
	log = filepath.Join(dir, filepath.Base(podPath))
	if err := os.WriteFile(log, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if in, err = New(&testHost{options: all}, engineThread); err != nil {
		t.Fatal(err)
	}
	return in, log
}

// The log of a pod is removed before Fluent Bit has read all of it, and the agent is stopped at
// once: the rest is read from the file that is held, and delivered before the end.
func TestRemovedLogIsReadAtAStop(t *testing.T) {
	defer http.DefaultClient.CloseIdleConnections()
	r := receive(t, nil)
	in, log := nodeWithLog(t, map[string]string{"endpoint": r.URL, "catch_up_after": "1h"})
	if err := os.Remove(log); err != nil {
		t.Fatal(err)
	}
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if got := r.texts; len(got) != 50 || !strings.Contains(strings.Join(got, " "), numbered(50)[49]) {
		t.Errorf("%d lines", len(got))
	}
}
