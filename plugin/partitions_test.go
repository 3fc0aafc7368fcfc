package plugin

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/k8slog/k8slog/test/chunktest"
	"github.com/k8slog/k8slog/test/fake"
)

// tenants is the number of tenants in a chunk.
const tenants = 18_000

// manyNamespaces is a chunk with a record of each of so many namespaces.
func manyNamespaces(n int) (data []byte) {
	id := strings.Repeat("a", 64)
	for i := range n {
		data = chunktest.Append(data, int64(i), "path", fmt.Sprintf("/var/log/containers/web-1_ns-%d_web-%s.log", i, id),
			"log", "2026-11-22T10:00:00Z stdout F text")
	}
	return data
}

// heap returns the bytes of the heap that are in use.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// A chunk whose records name any number of tenants costs no more connections and
// requests at a time than one with a few, whatever the backend answers, with parking
// and without.
func TestManyPartitionsAreBounded(t *testing.T) {
	for _, park := range []bool{false, true} {
		t.Run(fmt.Sprintf("park %v", park), func(t *testing.T) {
			var now, peak atomic.Int64
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				n := now.Add(1)
				for most := peak.Load(); n > most && !peak.CompareAndSwap(most, n); most = peak.Load() {
				}
				w.WriteHeader(http.StatusTooManyRequests)
				now.Add(-1)
			}))
			defer server.Close()
			options := map[string]string{
				"backend": "http", "endpoint": server.URL, "tenant": "{namespace|component|other}", "path_key": "path",
				"flush_deadline": "3s", "request_timeout": "3s",
			}
			if park {
				options["park_path"], options["park_after"] = filepath.Join(t.TempDir(), "parked"), "0s"
			}
			in, _ := start(t, options)
			if status := in.Flush(workerThread, "containers", manyNamespaces(tenants)); status != Retry {
				t.Errorf("status %d", status)
			}
			if n := peak.Load(); n > 100 {
				t.Errorf("%d requests at a time", n)
			}
			if n := len(in.own.batcher.DownPartitions()); n > 1100 {
				t.Errorf("%d partitions are remembered", n)
			}
			if n := heap(); n > 200<<20 {
				t.Errorf("%d MB of heap", n>>20)
			}
		})
	}
}

// A backend that refuses any number of indices for now gets no file for each: the records
// are parked in a bounded number of files, a good record beside them is delivered, and all
// of them are when the backend takes them.
func TestManyScopesAreBounded(t *testing.T) {
	manyScopesAreBounded(t, 0)
}

// The same holds for a backend whose answers come after the chunk was given back.
func TestManyScopesOfSlowBackend(t *testing.T) {
	manyScopesAreBounded(t, 1200*time.Millisecond)
}

func manyScopesAreBounded(t *testing.T, delay time.Duration) {
	const indices = 6000 // more than are remembered as refused
	var healed atomic.Bool
	var last atomic.Int64
	server := &fake.Elasticsearch{Each: func(request int, d fake.Doc) *fake.Failure {
		if last.Swap(int64(request)) != int64(request) && !healed.Load() {
			time.Sleep(delay)
		}
		if healed.Load() || d.Index == "logs-good" {
			return nil
		}
		return &fake.Failure{Status: 429, Type: "cluster_block_exception", Reason: "index [" + d.Index + "] blocked by: [TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage watermark, index has read-only-allow-delete block];"}
	}}
	dir := filepath.Join(t.TempDir(), "parked")
	in, _ := startBulk(t, server, map[string]string{
		"index": "logs-{namespace}", "path_key": "path", "park_path": dir, "park_after": "0s",
		"memory_limit": "64MiB", "flush_deadline": "30s", "request_timeout": "10s",
	})
	data := chunktest.Append(manyNamespaces(indices), indices, "path", "/var/log/containers/web-1_good_web-"+strings.Repeat("a", 64)+".log",
		"log", "2026-11-22T10:00:00Z stdout F text")
	waitFor(t, "the chunk is acknowledged", func() bool { return in.Flush(workerThread, "containers", data) == OK })
	if b := in.Balance(); b.Parked+b.Pending != indices || b.Delivered != 1 { // while they are tried, they are pending
		t.Error(b)
	}
	if files, _ := filepath.Glob(filepath.Join(dir, "*.parked")); len(files) == 0 || len(files) > 100 {
		t.Errorf("%d files", len(files))
	}
	if n := heap(); n > 64<<20 {
		t.Errorf("%d MB of heap", n>>20)
	}
	if lines := strings.Count(in.HealthyFull().Error(), "\n"); lines > 60 {
		t.Errorf("the full health has %d lines", lines)
	}
	healed.Store(true)
	waitFor(t, "all is delivered", func() bool { return in.Balance().Delivered == indices+1 })
	if got := len(server.Docs()); got != indices+1 {
		t.Errorf("%d documents", got)
	}
}
