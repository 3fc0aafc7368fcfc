package plugin

import (
	"fmt"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/k8slog/k8slog/plugin/ledger"
	"github.com/k8slog/k8slog/test/chunktest"
)

// A destination that is down does not hold up the others. What these have is not sent again
// when the chunk comes again.
func TestDestinationDownWithoutParking(t *testing.T) {
	var down atomic.Bool
	down.Store(true)
	own := receive(t, nil)
	a := receive(t, func(int, []string) int {
		if down.Load() {
			return http.StatusServiceUnavailable
		}
		return http.StatusOK
	})
	in, _ := start(t, routed(t, all, own, a))
	var chunks [][]byte
	var want []string
	for i := range 5 {
		chunks = append(chunks, sayAll("shop", fmt.Sprint(i, " x"), fmt.Sprint(i, " y")))
		want = append(want, fmt.Sprint(i, " x"), fmt.Sprint(i, " y"))
	}
	for range 3 {
		for _, c := range chunks {
			if status := in.Flush(workerThread, "t", c); status != Retry {
				t.Errorf("status %d", status)
			}
		}
	}
	own.has(t, "default", want...)
	a.has(t, "a")
	if got := in.Balance(); got != (ledger.Balance{Received: 10, Pending: 10}) {
		t.Error(got)
	}
	down.Store(false)
	for _, c := range chunks {
		waitFor(t, "a has the chunk", func() bool { return in.Flush(workerThread, "t", c) == OK })
	}
	own.has(t, "default", want...)
	a.has(t, "a", want...)
	if got := in.Balance(); got != (ledger.Balance{Received: 10, Delivered: 10}) {
		t.Error(got)
	}
}

// The copies for a destination that is down are parked, so that the chunks are acknowledged,
// and are delivered to that destination alone when it is back, also by the next process. The
// record counts once.
func TestDestinationDownIsParked(t *testing.T) {
	for _, restart := range []bool{false, true} {
		t.Run(fmt.Sprint("restart ", restart), func(t *testing.T) {
			t.Parallel()
			var down atomic.Bool
			down.Store(true)
			own := receive(t, nil)
			a := receive(t, func(int, []string) int {
				if down.Load() {
					return http.StatusServiceUnavailable
				}
				return http.StatusOK
			})
			options := mergeOptions(routed(t, errorsToA, own, a), "park_path", filepath.Join(t.TempDir(), "parked"))
			options = mergeOptions(mergeOptions(options, "park_after", "100ms"), "backoff_min", "10ms")
			in, err := New(&testHost{options: options}, engineThread)
			if err != nil {
				t.Fatal(err)
			}
			lines := []string{`{"level":"info","msg":"1"}`, `{"level":"error","msg":"2"}`, `{"level":"error","msg":"3"}`}
			c := sayAll("shop", lines...)
			waitFor(t, "the chunk is acknowledged", func() bool { return in.Flush(workerThread, "t", c) == OK })
			own.has(t, "default", lines...)
			waitFor(t, "the copies are parked", func() bool { // while they are tried, they are pending
				return in.Balance() == ledger.Balance{Received: 3, Delivered: 1, Parked: 2}
			})
			if got := in.figures(); !slices.Equal(got, [][3]int64{{3}, {0, 0, 2}}) {
				t.Error(got)
			}
			if err := in.HealthyFull(); err == nil || !strings.Contains(err.Error(), "2 records of destination a are parked") {
				t.Errorf("health: %v", err)
			}
			// What comes behind is parked at once, and the others have it.
			later := `{"level":"error","msg":"4"}`
			if status := in.Flush(workerThread, "t", sayAll("shop", later)); status != OK {
				t.Fatalf("status %d behind parked records", status)
			}
			if restart {
				if err := in.Close(); err != nil {
					t.Error(err)
				}
				if in, err = New(&testHost{options: options}, engineThread); err != nil {
					t.Fatal(err)
				}
			}
			down.Store(false)
			waitFor(t, "the parked copies are delivered", func() bool {
				b := in.Balance()
				return b.Balanced() && b.Parked == 0 && b.Pending == 0
			})
			own.has(t, "default", append(lines, later)...)
			a.has(t, "a", lines[1], lines[2], later)
			if err := in.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// A destination that does not answer does not hold up the others, and gets nothing twice.
func TestDestinationHangs(t *testing.T) {
	release := make(chan struct{})
	own := receive(t, nil)
	a := receive(t, func(int, []string) int {
		<-release
		return http.StatusOK
	})
	in, _ := start(t, mergeOptions(mergeOptions(routed(t, all, own, a), "flush_deadline", "500ms"), "request_timeout", "400ms"))
	c := sayAll("shop", "1", "2")
	if status := in.Flush(workerThread, "t", c); status != Retry {
		t.Fatalf("status %d", status)
	}
	own.has(t, "default", "1", "2")
	next := sayAll("shop", "3")
	in.Flush(workerThread, "t", next)
	own.has(t, "default", "1", "2", "3")
	close(release)
	for _, c := range [][]byte{c, next} {
		waitFor(t, "a has the chunk", func() bool { return in.Flush(workerThread, "t", c) == OK })
	}
	own.has(t, "default", "1", "2", "3")
	a.has(t, "a", "1", "2", "3")
	if got := in.Balance(); got != (ledger.Balance{Received: 3, Delivered: 3}) {
		t.Error(got)
	}
}

// A message that goes on in the next chunk, and that one destination has, is not sent to it
// again by the chunk before.
func TestMessageAcrossChunksAtOneDestination(t *testing.T) {
	var down atomic.Bool
	down.Store(true)
	own := receive(t, nil)
	a := receive(t, func(int, []string) int {
		if down.Load() {
			return http.StatusServiceUnavailable
		}
		return http.StatusOK
	})
	options := routed(t, all+"rules:\n  - {name: r, match: {namespace: shop}, multiline: {start: '^#\\d', end: '^end$'}}\n", own, a)
	in, _ := start(t, mergeOptions(mergeOptions(options, "offset_key", "offset"), "join_wait", "5s"))
	file := chunktest.File{Path: podPath}
	first := file.Append(nil, cri("out", "F", "alone"), cri("out", "F", "#1 a"), cri("out", "F", "b"))
	second := file.Append(nil, cri("out", "F", "c"), cri("out", "F", "end"))
	done := make(chan Status, 2)
	for i, c := range [][]byte{first, second} {
		go func() { done <- in.Flush(workerThread+i, "t", c) }()
		time.Sleep(10 * time.Millisecond)
	}
	for range 2 {
		if status := <-done; status != Retry {
			t.Errorf("status %d", status)
		}
	}
	own.has(t, "default", "alone", "#1 a\nb\nc\nend")
	if got := in.Balance(); got != (ledger.Balance{Received: 5, Pending: 5}) {
		t.Error(got)
	}
	down.Store(false)
	for _, c := range [][]byte{first, second} {
		waitFor(t, "a has the chunk", func() bool { return in.Flush(workerThread, "t", c) == OK })
	}
	own.has(t, "default", "alone", "#1 a\nb\nc\nend")
	if got := strings.Join(a.got(), "\n"); got != "alone\n#1 a\nb\nc\nend" {
		t.Errorf("a has %q", got)
	}
	if got := in.Balance(); got != (ledger.Balance{Received: 5, Delivered: 5}) {
		t.Error(got)
	}
}

// Records that are parked for a destination that the file has no more stay parked, and the
// full health says why. They are delivered when the destination is there again.
func TestParkedForRemovedDestination(t *testing.T) {
	var down atomic.Bool
	down.Store(true)
	own := receive(t, nil)
	a := receive(t, func(int, []string) int {
		if down.Load() {
			return http.StatusServiceUnavailable
		}
		return http.StatusOK
	})
	options := mergeOptions(routed(t, all, own, a), "park_path", filepath.Join(t.TempDir(), "parked"))
	options = mergeOptions(mergeOptions(options, "park_after", "0s"), "backoff_min", "10ms")
	begin := func(options map[string]string) *Instance {
		in, err := New(&testHost{options: options}, engineThread)
		if err != nil {
			t.Fatal(err)
		}
		return in
	}
	end := func(in *Instance) {
		if err := in.Close(); err != nil {
			t.Error(err)
		}
	}
	in := begin(options)
	c := sayAll("shop", "1", "2")
	waitFor(t, "the chunk is acknowledged", func() bool { return in.Flush(workerThread, "t", c) == OK })
	end(in)
	down.Store(false)
	fewer := maps.Clone(options)
	delete(fewer, "rules_file")
	without := begin(fewer)
	waitFor(t, "the full health says so", func() bool {
		err := without.HealthyFull()
		return err != nil && strings.Contains(err.Error(), `2 records are parked since `) && strings.Contains(err.Error(), `the output has no destination "a" any more (rules_file)`)
	})
	if got := without.Balance(); got != (ledger.Balance{Received: 2, Parked: 2}) {
		t.Error(got)
	}
	end(without)
	a.has(t, "a")
	in = begin(options)
	waitFor(t, "they are delivered", func() bool { return in.Balance() == ledger.Balance{Received: 2, Delivered: 2} })
	a.has(t, "a", "1", "2")
	own.has(t, "default", "1", "2")
	end(in)
}
