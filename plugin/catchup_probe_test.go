package plugin

import (
	"net/http"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
)

// The backend was down when the last chunk came, and Fluent Bit has dropped that chunk. Nothing
// new comes. What is read from the file is the probe by which the backend is known to be up.
func TestCatchingUpProbesTheBackend(t *testing.T) {
	defer http.DefaultClient.CloseIdleConnections()
	var up atomic.Bool
	r := receive(t, func(int, []string) int {
		if up.Load() {
			return 204
		}
		return 503
	})
	dir := t.TempDir()
	log := filepath.Join(dir, filepath.Base(podPath))
	options := map[string]string{
		"backend": "http", "endpoint": r.URL, "path_key": "path", "offset_key": "offset", "log_folders": dir,
		"disk_ledger_path": filepath.Join(dir, "disk.ledger"), "disk_ledger_logs": filepath.Join(dir, "*.log"), "catch_up_after": "100ms",
		"dead_letter_path": filepath.Join(dir, "dead"), "flush_deadline": "300ms", "request_timeout": "100ms", "backoff_min": "10ms", "backoff_max": "50ms",
	}
	in, err := New(&testHost{options: options}, engineThread)
	if err != nil {
		t.Fatal(err)
	}
	if err := in.Close(); err != nil { // what is there at the first start on a node is not collected
		t.Fatal(err)
	}
	text := ""
	for _, line := range numbered(50) {
		text += "2026-11-30T10:00:00Z stdout F " + line + "\n"
	}
	if err := os.WriteFile(log, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	in, err = New(&testHost{options: options}, engineThread)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := in.Close(); err != nil {
			t.Error(err)
		}
	}()
	for !in.own.batcher.Down() {
		in.Flush(workerThread, podTag, dockerChunk("a line that Fluent Bit drops then"))
	}
	if err := os.Rename(log, log+".1"); err != nil {
		t.Fatal(err)
	}
	up.Store(true)
	waitFor(t, "the file is delivered", func() bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		return len(r.texts) >= 50
	})
}
