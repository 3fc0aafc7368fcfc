package faults

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/k8slog/k8slog/test/agent"
)

// late is how old a line may get before the output beside has it: Fluent Bit
// hands chunks over once a second, and the machine of a test may be busy.
const late = 5 * time.Second

// follower counts the lines of a file that grows.
type follower struct {
	path  string
	at    int64
	lines int
	buf   []byte
}

func (f *follower) count() int {
	file, err := os.Open(f.path)
	if err != nil {
		return f.lines
	}
	defer file.Close()
	if f.buf == nil {
		f.buf = make([]byte, 256<<10)
	}
	for {
		n, err := file.ReadAt(f.buf, f.at)
		f.lines += bytes.Count(f.buf[:n], []byte{'\n'})
		f.at += int64(n)
		if err == io.EOF || n == 0 {
			return f.lines
		}
	}
}

// While one output is dead, the one beside it has every line as soon as ever,
// tailing goes on, the dead one's workers are free, and one request at a time
// finds out whether it is back.
func TestOutputBeside(t *testing.T) {
	each(t, full, func(t *testing.T, a agent.Agent, p *Protocol) {
		for _, fault := range []Fault{Hanging, Refusing} {
			t.Run(fault.Name, func(t *testing.T) {
				t.Parallel()
				outputBeside(t, a, p, fault)
			})
		}
	})
}

func outputBeside(t *testing.T, a agent.Agent, p *Protocol, fault Fault) {
	path := filepath.Join(t.TempDir(), "records")
	// Twenty chunks a second, so that there are soon more of them than may be in
	// memory (storage.max_chunks_up).
	changes := append([]string{"flush                     1\n", "flush                     0.05\n"}, soon...)
	r := newRig(t, a, p, plan{options: quick, changes: changes, beside: besideFile(path)})
	r.Run(rate, 3*time.Second)
	r.start()
	beside := follower{path: path}
	r.Eventually("the first lines", func() bool { return beside.count() > 0 && r.backend.Ledger.Stored() > 0 })
	began := time.Now()
	before := r.oldest(&beside, 5*time.Second)

	r.set(fault)
	r.Eventually("the news that the backend is down", func() bool { return r.auditor.Value("k8slog_backend_up") == 0 })
	// A request that was under way then may outlive flush_deadline.
	r.Within(2*time.Minute, "an end of the requests that were under way", func() bool { return r.backend.Now() <= 1 })
	if a.Real {
		r.Within(2*time.Minute, "more chunks than storage.max_chunks_up", func() bool { return r.chunks() > maxChunksUp })
	}
	r.backend.Peak()
	given := r.auditor.Value("k8slog_chunks_given_back_total")
	during := r.oldest(&beside, 12*time.Second)
	if peak := r.backend.Peak(); peak > 1 {
		t.Errorf("%d requests at a time, want one probe", peak)
	}
	if now := r.auditor.Value("k8slog_chunks_given_back_total"); now < given+100 {
		t.Errorf("%.0f chunks were given back: the workers wait", now-given)
	}
	if limit := allowed(late, began, time.Now()); before > limit || during > limit {
		t.Errorf("a line was %v old before the other had it, want %v at most", during, limit)
	}
	t.Logf("the oldest line that the output beside had not got: %v old before, %v during the outage", before, during)

	r.set(Healthy)
	if err := r.Load.Stop(); err != nil {
		t.Fatal(err)
	}
	r.complete(enough)
	r.Eventually("all lines in the file", func() bool { return beside.count() == r.Total() })
	r.finish(0)
}

// oldest watches for a while, and returns the greatest age that a line had
// which the file beside had not got.
func (r *rig) oldest(beside *follower, during time.Duration) (oldest time.Duration) {
	type moment struct {
		at    time.Time
		total int
	}
	var written []moment
	for end := time.Now().Add(during); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		written = append(written, moment{time.Now(), r.Total()})
		got := beside.count()
		for len(written) > 0 && written[0].total <= got {
			written = written[1:]
		}
		if len(written) > 0 {
			oldest = max(oldest, time.Since(written[0].at))
		}
	}
	return oldest.Round(10 * time.Millisecond)
}

// Patience that one answer asks for holds for every request of the output.
func TestThrottleHolds(t *testing.T) {
	each(t, full, func(t *testing.T, a agent.Agent, p *Protocol) {
		for _, throttled := range []struct {
			fault Fault
			least time.Duration
		}{{ThrottledFor(4 * time.Second), 4 * time.Second}, {ThrottledUntil(5 * time.Second), 4 * time.Second}} {
			t.Run(throttled.fault.Name, func(t *testing.T) {
				t.Parallel()
				// A longer deadline waits, a shorter one gives back: both must hold.
				r := newRig(t, a, p, plan{changes: soon, options: "    flush_deadline 6s\n    request_timeout 2s\n    join_wait 500ms\n"})
				r.Run(rate, 0)
				r.start()
				r.Eventually("the first lines", func() bool { return r.backend.Ledger.Stored() > 0 })
				r.set(throttled.fault)
				const failed = `k8slog_request_duration_seconds_count{outcome="failed"}`
				n, before := r.backend.Requests(), r.auditor.Value(failed)
				r.Eventually("a request", func() bool { return r.backend.Requests() > n })
				r.Eventually("its answer", func() bool { return r.backend.Now() == 0 })
				at := time.Now()
				// On a busy machine it takes a while until the plugin has read the answer.
				r.Eventually("the news of the answer", func() bool { return r.auditor.Value(failed) > before })
				noted := time.Now()
				r.set(Healthy)
				stored := r.backend.Ledger.Stored()
				r.Eventually("more lines", func() bool { return r.backend.Ledger.Stored() > stored })
				for _, begin := range r.backend.Begins() {
					if after := begin.Sub(at); begin.After(noted) {
						if after < throttled.least-500*time.Millisecond {
							t.Errorf("a request came %v after an answer that asked for %v", after, throttled.least)
						}
						break
					}
				}
				r.finish(enough)
			})
		}
	})
}
