package plugin

import (
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/k8slog/k8slog/plugin/ledger"
	"github.com/k8slog/k8slog/test/chunktest"
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
					if in.own.batcher.Down() {
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
	if !in.own.batcher.Down() || r.requests > 20 {
		t.Errorf("down %v after %d requests", in.own.batcher.Down(), r.requests)
	}
	if host.logged("requests in a row failed") == 0 {
		t.Errorf("log %q", host.log)
	}
}

func failsOn(word string) func(int, []string) int {
	return func(_ int, texts []string) int {
		if slices.ContainsFunc(texts, func(s string) bool { return strings.Contains(s, word) }) {
			return http.StatusInternalServerError
		}
		return 204
	}
}

// A pod on all of whose records the server fails holds up no other pod, though its
// records stand between theirs.
func TestPodThatMakesTheServerFail(t *testing.T) {
	r := receive(t, failsOn("poison"))
	in, _ := start(t, map[string]string{"backend": "http", "endpoint": r.URL, "path_key": "path"})
	const n = 200
	var data []byte
	good, bad := &chunktest.File{Path: podPath}, &chunktest.File{Path: strings.Replace(podPath, "web", "bad", 1)}
	for i := range n {
		data = bad.Append(data, fmt.Sprintf("2026-11-22T10:00:00Z stdout F poison %d", i))
		data = good.Append(data, fmt.Sprintf("2026-11-22T10:00:00Z stdout F good %d", i))
	}
	for range 2 {
		if status := in.Flush(workerThread, "containers", data); status != Retry {
			t.Fatalf("status %d", status)
		}
		if b := in.Balance(); b != (ledger.Balance{Received: 2 * n, Delivered: n, Pending: n}) {
			t.Error(b)
		}
		if in.own.batcher.Down() {
			t.Error("the backend counts as down")
		}
	}
	var want []string
	for i := range n {
		want = append(want, fmt.Sprintf("good %d", i))
	}
	if !slices.Equal(r.got(), want) {
		t.Errorf("%q", r.got())
	}
}

// Chunks of each of which a record is left, on which the server fails, come again
// and again, and are parked, and are tried from there. The backend does not count
// as down, whatever comes in between.
func TestServerFailsAgain(t *testing.T) {
	r := receive(t, failsOn("poison"))
	park := filepath.Join(t.TempDir(), "parked")
	in, host := start(t, map[string]string{"backend": "http", "endpoint": r.URL, "park_path": park, "park_after": "300ms"})
	const n = 20
	parked := func() bool {
		for i := range n {
			in.Flush(workerThread, podTag, dockerChunk(fmt.Sprint("good ", i), fmt.Sprint("poison ", i)))
			if i%5 == 4 && in.own.batcher.Down() {
				t.Fatal("the backend counts as down")
			}
		}
		return in.Balance().Parked == n
	}
	for range 2 {
		parked()
	}
	waitFor(t, "all are parked", func() bool {
		return in.Balance().Parked+in.Balance().Pending >= n && in.Balance().Pending == 0 || parked()
	})
	waitFor(t, "they are tried", func() bool { return host.logged("parked records wait on") > 0 })
	if in.own.batcher.Down() {
		t.Error("the backend counts as down")
	}
	if status := in.Flush(workerThread, podTag, dockerChunk("another")); status != OK {
		t.Errorf("another chunk: status %d", status)
	}
}
