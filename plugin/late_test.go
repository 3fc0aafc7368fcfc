package plugin

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/k8slog/k8slog/test/chunktest"
)

// Records that were read from a rotated file, and are parked, arrive with the flag late, also
// by the next process. Others have none.
func TestParkedRecordsAreLate(t *testing.T) {
	var healed atomic.Bool
	var mu sync.Mutex
	var got []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if !healed.Load() && bytes.Contains(body, []byte("bad")) {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		mu.Lock()
		defer mu.Unlock()
		got = append(got, strings.Split(strings.TrimSpace(string(body)), "\n")...)
		w.WriteHeader(http.StatusNoContent)
	}))
	defer server.Close()
	dir := t.TempDir()
	options := map[string]string{
		"backend": "http", "endpoint": server.URL, "path_key": "path", "offset_key": "offset",
		"park_path": filepath.Join(dir, "parked"), "park_after": "0s", "dead_letter_path": filepath.Join(dir, "dead"),
		"disk_ledger_path": filepath.Join(dir, "disk.ledger"), "disk_ledger_logs": filepath.Join(dir, "*.log"),
	}
	begin := func() *Instance {
		in, err := New(&testHost{options: options}, engineThread)
		if err != nil {
			t.Fatal(err)
		}
		return in
	}
	in := begin()
	data := (&chunktest.File{Path: podPath}).Append(nil, "2026-11-22T10:00:00Z stdout F bad missed", "2026-11-22T10:00:00Z stdout F good missed")
	if err := in.pipeline.ProcessFile("catchup.7", data, time.Now().Add(time.Minute), in.disk.Begin()); err != nil {
		t.Fatal(err)
	}
	data = (&chunktest.File{Path: podPath}).Append(nil, "2026-11-22T10:00:00Z stdout F bad new", "2026-11-22T10:00:00Z stdout F good new")
	if status := in.Flush(workerThread, "containers", data); status != OK {
		t.Fatal(status)
	}
	if n := in.Balance().Parked; n != 2 {
		t.Fatalf("%d records are parked", n)
	}
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	in = begin()
	healed.Store(true)
	waitFor(t, "the parked records are delivered", func() bool { return in.Balance().Parked == 0 && in.Balance().Pending == 0 })
	if err := in.Close(); err != nil {
		t.Error(err)
	}
	mu.Lock()
	defer mu.Unlock()
	if len(got) != 4 {
		t.Errorf("%d records arrived: %q", len(got), got)
	}
	for _, record := range got {
		if late := strings.Contains(record, `"late":true`); late != strings.Contains(record, "missed") {
			t.Error(record)
		}
	}
}
