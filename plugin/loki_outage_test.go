package plugin

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/k8slog/k8slog/plugin/ledger"
)

// An outage of Loki that begins between the requests of one chunk, when new streams are sent
// apart, is an outage: no stream is refused, and nothing is parked.
func TestOutageBetweenRequestsForStreams(t *testing.T) {
	var requests atomic.Int32
	var healthy atomic.Bool
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if requests.Add(1) > 1 && !healthy.Load() {
			panic(http.ErrAbortHandler) // the connection ends without an answer
		}
		w.WriteHeader(http.StatusNoContent)
	}))
	t.Cleanup(server.Close)
	in, _ := start(t, map[string]string{
		"backend": "loki", "endpoint": server.URL, "path_key": "path", "flush_deadline": "1s", "request_timeout": "1s", "backoff_max": "20ms",
		"park_path": filepath.Join(t.TempDir(), "parked"), "park_after": "0s",
	})
	c := mixedChunk(5, "a", "b", "c")
	for range 3 {
		if s := in.Flush(workerThread, "t", c); s != Retry {
			t.Fatalf("status %d", s)
		}
	}
	if refused := in.pipeline.RefusedScopes(); len(refused) != 0 {
		t.Errorf("%+v are refused", refused)
	}
	if b := in.Balance(); b.Parked != 0 || b.Pending != 10 {
		t.Error(b)
	}
	healthy.Store(true)
	waitFor(t, "everything is delivered", func() bool {
		return in.Flush(workerThread, "t", c) == OK && in.Balance() == ledger.Balance{Received: 15, Delivered: 15}
	})
}
