package plugin

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/k8slog/k8slog/plugin/ledger"
)

// The records of a chunk that Fluent Bit does not present again are abandoned, and the
// balance says so. When the chunk comes after all, they are taken back out.
func TestAbandonedRecords(t *testing.T) {
	defer http.DefaultClient.CloseIdleConnections()
	var up atomic.Bool
	r := receive(t, func(int, []string) int {
		if up.Load() {
			return 204
		}
		return 503
	})
	in, host := start(t, map[string]string{
		"backend": "http", "endpoint": r.URL, "abandon_after": "200ms", "flush_deadline": "100ms", "request_timeout": "100ms", "status_listen": ":0",
	})
	data := dockerChunk(numbered(5)...)
	if status := in.Flush(workerThread, podTag, data); status != Retry {
		t.Fatalf("status %d", status)
	}
	waitFor(t, "the chunk is abandoned", func() bool { return in.Balance() == ledger.Balance{Received: 5, Abandoned: 5} })
	if s := in.Balance().String(); !strings.Contains(s, "abandoned 5 + pending 0") {
		t.Error(s)
	}
	waitFor(t, "a line in the log", func() bool { return host.logged("1 chunks with 5 pending records have not come again for 200ms") > 0 })
	if s := scrape(t, in); s["k8slog_records_abandoned"] != 5 || s["k8slog_records_pending"] != 0 {
		t.Errorf("%v abandoned, %v pending", s["k8slog_records_abandoned"], s["k8slog_records_pending"])
	}
	up.Store(true)
	waitFor(t, "the chunk is delivered", func() bool { return in.Flush(workerThread, podTag, data) == OK })
	if b := in.Balance(); b != (ledger.Balance{Received: 5, Delivered: 5}) {
		t.Error(b)
	}
}
