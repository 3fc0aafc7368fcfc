package plugin

import (
	"testing"
	"time"
)

// While Fluent Bit stops, a chunk has less time, and a backend that does not
// answer within it counts as down at once.
func TestStopLeavesLittleTime(t *testing.T) {
	over := make(chan struct{})
	defer close(over)
	r := receive(t, func(int, []string) int { <-over; return 503 })
	in, host := start(t, map[string]string{"backend": "http", "endpoint": r.URL, "flush_deadline": "30s", "request_timeout": "20s"})
	if got := in.deadlineOn(workerThread); got != in.config.FlushDeadline {
		t.Errorf("before the stop %v", got)
	}
	host.stopping.Store(true)
	begin := time.Now()
	if status := in.Flush(workerThread, podTag, dockerChunk("a")); status != Retry {
		t.Errorf("status %d", status)
	}
	if err := in.committer.Closed(time.Now().Add(stopDeadline)); err == nil {
		t.Error("the backend does not count as down")
	}
	if status := in.Flush(workerThread, podTag, dockerChunk("b")); status != Retry {
		t.Errorf("status %d", status)
	}
	if took := time.Since(begin); took > in.config.FlushDeadline {
		t.Errorf("both took %v", took)
	}
}
