package plugin

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/k8slog/k8slog/plugin/ledger"
)

// A record on which the server fails waits alone: all others are delivered, and
// the backend does not count as down.
func TestRecordThatMakesTheServerFail(t *testing.T) {
	for _, n := range []int{1, 2, 10, 300} {
		for _, bad := range slices.Compact([]int{0, n / 2, n - 1}) {
			t.Run(fmt.Sprintf("record %d of %d", bad, n), func(t *testing.T) {
				healed := false
				poison := fmt.Sprint("line ", bad)
				r := receive(t, func(_ int, texts []string) int {
					if slices.Contains(texts, poison) && !healed {
						return http.StatusInternalServerError
					}
					return 204
				})
				in, host := start(t, map[string]string{"backend": "http", "endpoint": r.URL})
				data := dockerChunk(numbered(n)...)
				for range 3 { // Fluent Bit presents the chunk again
					begun := time.Now()
					if status := in.Flush(workerThread, podTag, data); status != Retry {
						t.Fatalf("status %d", status)
					}
					if time.Since(begun) > in.config.FlushDeadline {
						t.Error("the chunk was held until its deadline")
					}
					if b := in.Balance(); b != (ledger.Balance{Received: int64(n), Delivered: int64(n - 1), Pending: 1}) {
						t.Error(b)
					}
					if in.batcher.Down() {
						t.Error("the backend counts as down")
					}
				}
				if status := in.Flush(workerThread, podTag, dockerChunk("another")); status != OK {
					t.Errorf("another chunk: status %d", status)
				}
				r.mu.Lock()
				healed = true
				r.mu.Unlock()
				if status := in.Flush(workerThread, podTag, data); status != OK {
					t.Errorf("after it was healed: status %d", status)
				}
				if len(r.got()) != n+1 {
					t.Errorf("%d records arrived", len(r.got()))
				}
				if host.logged("wait alone") == 0 {
					t.Error("nothing is said of it")
				}
			})
		}
	}
}

// A server that fails on everything is down, and costs few requests.
func TestServerThatFailsOnEverything(t *testing.T) {
	r := receive(t, func(int, []string) int { return http.StatusInternalServerError })
	in, host := start(t, map[string]string{"backend": "http", "endpoint": r.URL})
	if status := in.Flush(workerThread, podTag, dockerChunk(numbered(1000)...)); status != Retry {
		t.Fatalf("status %d", status)
	}
	if !in.batcher.Down() || r.requests > 20 {
		t.Errorf("down %v after %d requests", in.batcher.Down(), r.requests)
	}
	if host.logged("requests in a row failed") == 0 {
		t.Errorf("log %q", host.log)
	}
}
