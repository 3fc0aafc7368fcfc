package plugin

import (
	"slices"
	"testing"
	"time"

	"github.com/k8slog/k8slog/test/chunktest"
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
	if err := in.own.batcher.Unavailable(time.Now().Add(stopDeadline)); err == nil {
		t.Error("the backend does not count as down")
	}
	if status := in.Flush(workerThread, podTag, dockerChunk("b")); status != Retry {
		t.Errorf("status %d", status)
	}
	if took := time.Since(begin); took > in.config.FlushDeadline {
		t.Errorf("both took %v", took)
	}
}

// A line whose rest has not come is kept over a stop, and joined after the next
// start; the other records of its chunk arrive.
func TestOpenLineIsKeptOverAStop(t *testing.T) {
	for _, wait := range []string{"0s", "100ms"} {
		t.Run("join_wait "+wait, func(t *testing.T) {
			r := receive(t, func(int, []string) int { return 204 })
			options := mergeOptions(joiningOptions(r, wait), "join_restart", "on")
			file := &chunktest.File{Path: podPath}
			first := file.Append(nil, cri("out", "F", "whole"), cri("out", "P", "begin"))
			second := file.Append(nil, cri("out", "F", "ning"), cri("out", "F", "next"))

			in, host := start(t, options)
			host.stopping.Store(true)
			for range 2 { // Fluent Bit presents it again while it stops
				if status := in.Flush(workerThread, "containers", first); status != Retry {
					t.Fatalf("status %d", status)
				}
			}
			if got := r.got(); !slices.Equal(got, []string{"whole"}) {
				t.Errorf("at the stop %q", got)
			}

			in, _ = start(t, joiningOptions(r, "10s"))
			flushAll(t, in, first, second)
			got := r.got()
			slices.Sort(got)
			if !slices.Equal(got, []string{"beginning", "next", "whole", "whole"}) {
				t.Errorf("after the start %q", got)
			}
		})
	}
}
