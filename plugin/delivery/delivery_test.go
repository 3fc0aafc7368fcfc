package delivery

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/k8slog/k8slog/plugin/backend"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fake is a backend that answers what it is told to.
type fake struct {
	// answer is asked for every request; nil means yes.
	answer func(ctx context.Context, n int, body string) error

	mu     sync.Mutex
	bodies []string
	times  []time.Time
}

func (f *fake) Pack(frames [][]byte) (backend.Body, error) { return backend.Body{Parts: frames}, nil }

func (f *fake) Send(ctx context.Context, b backend.Body) error {
	body := string(bytes.Join(b.Parts, nil))
	f.mu.Lock()
	f.bodies = append(f.bodies, body)
	f.times = append(f.times, time.Now())
	n := len(f.bodies)
	f.mu.Unlock()
	if f.answer == nil {
		return nil
	}
	return f.answer(ctx, n, body)
}

// sorted is the requests in an order of their own: those that are sealed at
// the same time arrive in any.
func (f *fake) sorted() []string { return slices.Sorted(slices.Values(f.bodies)) }

func (f *fake) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.bodies)
}

var limits = Config{
	BatchBytes: 100, BatchWait: 50 * time.Millisecond, RequestTimeout: 2 * time.Second,
	BackoffMin: 100 * time.Millisecond, BackoffMax: time.Second,
}

func frame(body string) *Frame {
	return &Frame{Body: []byte(body), Deadline: time.Now().Add(10 * time.Second)}
}

// send submits frames in a round of their own, all with the deadline of the
// first, and returns their results.
func send(c *Batcher, frames ...*Frame) []Result {
	results := make([]Result, len(frames))
	round := c.Begin(frames[0].Deadline, false)
	defer round.End(func(*Frame, Result) {})
	round.Submit(frames...)
	for f, result := round.Next(); f != nil; f, result = round.Next() {
		results[slices.Index(frames, f)] = result
	}
	return results
}

// commit commits the bodies at once, each from a goroutine of its own, and
// returns the results and how long it took.
func commit(c *Batcher, frames ...*Frame) ([]Result, time.Duration) {
	start := time.Now()
	results := make([]Result, len(frames))
	var all sync.WaitGroup
	for i, f := range frames {
		all.Go(func() { results[i] = send(c, f)[0] })
		synctest.Wait()
	}
	all.Wait()
	return results, time.Since(start)
}

func TestSealing(t *testing.T) {
	big := strings.Repeat("x", 60)
	for _, test := range []struct {
		name    string
		workers int
		bodies  []string
		want    []string
		after   time.Duration
	}{
		{"a lone worker does not wait", 1, []string{"a"}, []string{"a"}, 0},
		{"all workers wait", 3, []string{"a", "b", "c"}, []string{"abc"}, 0},
		{"one worker is idle", 3, []string{"a", "b"}, []string{"ab"}, limits.BatchWait},
		{"full by bytes", 9, []string{big, big + big}, []string{big, big + big}, 0},
		{"what does not fit goes with the next", 9, []string{big, big}, []string{big, big}, limits.BatchWait},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				backend := &fake{}
				c := New(backend, limits)
				defer c.Close()
				c.SetWorkers(test.workers)
				var frames []*Frame
				for _, b := range test.bodies {
					frames = append(frames, frame(b))
				}
				results, took := commit(c, frames...)
				for i, r := range results {
					if r.Verdict != Accepted {
						t.Errorf("frame %d: %+v", i, r)
					}
				}
				if got := backend.sorted(); !slices.Equal(got, test.want) {
					t.Errorf("requests %q, want %q", got, test.want)
				}
				if took != test.after {
					t.Errorf("took %v, want %v", took, test.after)
				}
			})
		})
	}
}

func TestExclusiveTravelsAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		backend := &fake{}
		c := New(backend, limits)
		defer c.Close()
		c.SetWorkers(9)
		exclusive := frame("b")
		exclusive.Exclusive = true
		results, _ := commit(c, frame("a"), exclusive, frame("c"))
		if got := backend.sorted(); !slices.Equal(got, []string{"a", "b", "c"}) {
			t.Errorf("requests %q", got)
		}
		for _, r := range results {
			if !r.Exclusive {
				t.Errorf("%+v", r)
			}
		}
	})
}

func TestVerdicts(t *testing.T) {
	rejected := &backend.Rejected{Answer: "HTTP 410"}
	some := &backend.Rejected{Answer: "HTTP 400", Some: true}
	large := &backend.TooLarge{Answer: "HTTP 413"}
	for _, test := range []struct {
		name   string
		err    error
		frames int
		want   Verdict
	}{
		{"refused", rejected, 1, Rejected},
		{"refused in company: nobody knows whose fault it is", rejected, 2, Split},
		{"refused for some records", some, 1, Split},
		{"too large", large, 1, Split},
		{"too large in company", large, 2, Split},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := New(&fake{answer: func(context.Context, int, string) error { return test.err }}, limits)
				defer c.Close()
				c.SetWorkers(test.frames)
				results, _ := commit(c, []*Frame{frame("a"), frame("b")}[:test.frames]...)
				for _, r := range results {
					if r.Verdict != test.want || !errors.Is(r.Err, test.err) || r.Exclusive != (test.frames == 1) {
						t.Errorf("%+v", r)
					}
				}
			})
		})
	}
}

func TestRetriesUntilYes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &fake{answer: func(_ context.Context, n int, _ string) error {
			if n < 4 {
				return errors.New("HTTP 503")
			}
			return nil
		}}
		retried := 0
		config := limits
		config.Retried = func(error) { retried++ }
		c := New(b, config)
		defer c.Close()
		results, took := commit(c, frame("a"))
		if results[0].Verdict != Accepted || b.count() != 4 || retried != 3 {
			t.Errorf("%+v after %d requests, %d retries", results[0], b.count(), retried)
		}
		// 100 + 150 + 225 ms, each give or take half.
		if took < 230*time.Millisecond || took > 720*time.Millisecond {
			t.Errorf("the waits took %v", took)
		}
	})
}

func TestHangingBackendCostsTheRequestTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &fake{answer: func(ctx context.Context, n int, _ string) error {
			if n == 1 {
				<-ctx.Done()
				return ctx.Err()
			}
			return nil
		}}
		config := limits
		config.RequestTimeout = time.Second
		c := New(b, config)
		defer c.Close()
		results, took := commit(c, frame("a"))
		if least := patience * time.Second; results[0].Verdict != Accepted || took < least || took > least+200*time.Millisecond {
			t.Errorf("%+v after %v", results[0], took)
		}
	})
}

func TestThrottleHoldsForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &fake{answer: func(_ context.Context, n int, _ string) error {
			if n == 1 {
				return &backend.Throttled{After: 3 * time.Second, Answer: "HTTP 429"}
			}
			return nil
		}}
		c := New(b, limits)
		defer c.Close()
		start := time.Now()
		results, _ := commit(c, frame("a"), frame("b"))
		for _, r := range results {
			if r.Verdict != Accepted {
				t.Errorf("%+v", r)
			}
		}
		for i, at := range b.times[1:] {
			if at.Sub(start) < 3*time.Second {
				t.Errorf("request %d came after %v", i+1, at.Sub(start))
			}
		}
	})
}

func TestThrottlePastTheDeadlineIsNotWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &fake{answer: func(context.Context, int, string) error {
			return &backend.Throttled{After: time.Hour, Answer: "HTTP 429"}
		}}
		c := New(b, limits)
		defer c.Close()
		results, took := commit(c, frame("a"))
		if results[0].Verdict != Retry || took != 0 || b.count() != 1 {
			t.Errorf("%+v after %v and %d requests", results[0], took, b.count())
		}
	})
}

func TestPanicCostsARetry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(&fake{answer: func(context.Context, int, string) error { panic("a bug") }}, limits)
		defer c.Close()
		results, _ := commit(c, frame("a"))
		if results[0].Verdict != Retry || !strings.Contains(results[0].Err.Error(), "a bug") {
			t.Errorf("%+v", results[0])
		}
	})
}

func TestCloseGivesBackWhatWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(&fake{answer: func(ctx context.Context, _ int, _ string) error {
			<-ctx.Done()
			return ctx.Err()
		}}, limits)
		result := make(chan Result)
		go func() { result <- send(c, frame("a"))[0] }()
		synctest.Wait()
		start := time.Now()
		go c.Close()
		if r := <-result; r.Verdict != Retry || time.Since(start) != 0 {
			t.Errorf("%+v after %v", r, time.Since(start))
		}
	})
}
