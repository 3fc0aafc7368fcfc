package e2e

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/k8slog/k8slog/test/agent"
)

// Tenants whose backend never answers keep nobody else from their records, with the shipped
// workers and memory: not while they hang, and not after a kill -9, when all their chunks
// come again at once.
func TestHangingTenants(t *testing.T) {
	eachAgent(t, func(t *testing.T, a agent.Agent) {
		if !a.Real {
			t.Skip("the test host keeps nothing on disk")
		}
		t.Parallel()
		w := &watchedReceiver{arrived: map[string]time.Time{}, times: map[string]int{}}
		w.answer = func(r *http.Request) int {
			if strings.HasPrefix(r.Header.Get("X-Scope-Orgid"), "bad") {
				<-r.Context().Done()
				return http.StatusServiceUnavailable
			}
			return http.StatusNoContent
		}
		server := httptest.NewServer(w)
		t.Cleanup(server.Close)
		t.Cleanup(server.CloseClientConnections)
		top := t.TempDir()
		dir := filepath.Join(top, "containers")
		names := []string{"good-a", "good-b", "bad-0", "bad-1", "bad-2", "bad-3"}
		n := newWatchedNode(t, dir, names...)
		conf := watchedConf(top, dir, fmt.Sprintf("    backend http\n    endpoint %s\n    tenant {namespace}\n    memory_limit 96MiB\n    park_path %s/parked\n", server.URL, top))
		for _, change := range [][2]string{
			{"    workers          4\n", "    workers          32\n"},
			{"    storage.type   filesystem\n", "    storage.type   filesystem\n    db             " + top + "/tail.db\n"},
		} {
			if !strings.Contains(conf, change[0]) {
				t.Fatalf("no %q", change[0])
			}
			conf = strings.Replace(conf, change[0], change[1], 1)
		}
		s := run(t, a, conf)
		written := 0
		phase := func(name string, rounds int) {
			begun := written
			for range rounds {
				for _, name := range names {
					n.writeLine(name, written)
				}
				written++
				time.Sleep(500 * time.Millisecond)
			}
			s.eventually("all good lines", func() bool { return w.stored("good") >= 2*written })
			w.mu.Lock()
			defer w.mu.Unlock()
			good, first := map[string]time.Duration{}, time.Now() // when Fluent Bit had begun
			for text, at := range n.written {
				var number int
				_, _ = fmt.Sscan(text[strings.IndexByte(text, ' '):], &number)
				if arrived := w.arrived[text]; strings.HasPrefix(text, "good") && number >= begun {
					good[text] = arrived.Sub(at)
					if arrived.Before(first) {
						first = arrived
					}
				}
			}
			late := 0
			for text, age := range good {
				if age > 3*time.Second && n.written[text].After(first) {
					late++
				}
			}
			t.Logf("%s: the oldest of %d good lines arrived after %v", name, len(good), slices.Max(slices.Collect(maps.Values(good))))
			if late > 0 {
				t.Errorf("%s: %d good lines arrived after more than 3 s", name, late)
			}
		}
		phase("before", 80)
		for range 2 {
			s.Kill()
			s = run(t, a, conf)
			s.eventually("the first request", func() bool { return strings.Contains(s.Log.String(), "requests of") })
			phase("after kill -9", 60)
		}
	})
}
