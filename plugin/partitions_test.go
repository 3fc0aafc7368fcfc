package plugin

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/k8slog/k8slog/test/chunktest"
)

// A chunk whose records name any number of tenants costs no more connections and
// requests at a time than one with a few, whatever the backend answers.
func TestManyPartitionsAreBounded(t *testing.T) {
	var now, peak atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		n := now.Add(1)
		for most := peak.Load(); n > most && !peak.CompareAndSwap(most, n); most = peak.Load() {
		}
		w.WriteHeader(http.StatusTooManyRequests)
		now.Add(-1)
	}))
	defer server.Close()
	in, _ := start(t, map[string]string{
		"backend": "http", "endpoint": server.URL, "tenant": "{namespace|component|other}", "path_key": "path",
		"flush_deadline": "3s", "request_timeout": "3s",
	})
	const tenants = 18_000
	var data []byte
	id := strings.Repeat("a", 64)
	for i := range tenants {
		data = chunktest.Append(data, int64(i), "path", fmt.Sprintf("/var/log/containers/web-1_ns-%d_web-%s.log", i, id),
			"log", "2026-11-22T10:00:00Z stdout F text")
	}
	if status := in.Flush(workerThread, "containers", data); status != Retry {
		t.Errorf("status %d", status)
	}
	if n := peak.Load(); n > 100 {
		t.Errorf("%d requests at a time", n)
	}
	if n := len(in.batcher.DownPartitions()); n > 1100 {
		t.Errorf("%d partitions are remembered", n)
	}
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	if m.HeapAlloc > 200<<20 {
		t.Errorf("%d MB of heap", m.HeapAlloc>>20)
	}
}
