package plugin

import (
	"net/http"
	"os"
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
	in, log := nodeWithLog(t, map[string]string{
		"endpoint": r.URL, "catch_up_after": "100ms",
		"flush_deadline": "300ms", "request_timeout": "100ms", "backoff_min": "10ms", "backoff_max": "50ms",
	})
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
