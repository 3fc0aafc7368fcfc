package plugin

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/k8slog/k8slog/plugin/status"
)

// A tenant whose requests hang is reported before its first request has timed out.
func TestSilentTenantIsReported(t *testing.T) {
	over := make(chan struct{})
	end := sync.OnceFunc(func() { close(over) })
	defer end()
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if r.Header.Get("X-Scope-Orgid") == "a" {
			<-over
		}
	}))
	t.Cleanup(server.Close)
	h := newHotel(t, everybody)
	in, _ := h.start(t, "endpoint", server.URL, "request_timeout", "1s", "flush_deadline", "1s")
	begun := time.Now()
	in.Flush(workerThread, "t", mixedChunk(1, "b", "a"))
	waitFor(t, "the tenant is silent", func() bool {
		for _, s := range in.stuck() {
			if strings.Contains(s.err.Error(), `partition "a" has answered nothing since `) && !s.since.Before(begun) {
				return true
			}
		}
		return false
	})
	w := in.Snapshot().Waiting
	if !slices.ContainsFunc(w, func(w status.Waiting) bool { return w.Kind == "partition" && w.Partition == "a" }) {
		t.Errorf("%+v wait", w)
	}
	end()
	waitFor(t, "the tenant has answered", func() bool { return len(in.stuck()) == 0 })
}
