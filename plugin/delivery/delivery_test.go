package delivery

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
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
	return &Frame{Body: []byte(body), Records: 1, Deadline: time.Now().Add(10 * time.Second)}
}

// commit commits the bodies at once, each from a goroutine of its own, and
// returns the results and how long it took.
func commit(c *Committer, frames ...*Frame) ([]Result, time.Duration) {
	start := time.Now()
	results := make([]Result, len(frames))
	var all sync.WaitGroup
	for i, f := range frames {
		all.Go(func() { results[i] = c.Commit(f) })
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

func TestAloneTravelsAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		backend := &fake{}
		c := New(backend, limits)
		defer c.Close()
		c.SetWorkers(9)
		alone := frame("b")
		alone.Alone = true
		results, _ := commit(c, frame("a"), alone, frame("c"))
		if got := backend.sorted(); !slices.Equal(got, []string{"a", "b", "c"}) {
			t.Errorf("requests %q", got)
		}
		for _, r := range results {
			if !r.Alone {
				t.Errorf("%+v", r)
			}
		}
	})
}

func TestVerdicts(t *testing.T) {
	rejected := &backend.Rejected{Answer: "HTTP 401"}
	some := &backend.Rejected{Answer: "HTTP 400", Some: true}
	large := &backend.TooLarge{Answer: "HTTP 413"}
	for _, test := range []struct {
		name   string
		err    error
		frames int
		want   Verdict
	}{
		{"refused", rejected, 1, Rejected},
		{"refused in company: nobody knows whose fault it is", rejected, 2, Divide},
		{"refused for some records", some, 1, Divide},
		{"too large", large, 1, Divide},
		{"too large in company", large, 2, Divide},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := New(&fake{answer: func(context.Context, int, string) error { return test.err }}, limits)
				defer c.Close()
				c.SetWorkers(test.frames)
				results, _ := commit(c, []*Frame{frame("a"), frame("b")}[:test.frames]...)
				for _, r := range results {
					if r.Verdict != test.want || !errors.Is(r.Err, test.err) || r.Alone != (test.frames == 1) {
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

func TestGivesUpAtTheDeadlineAndClosesTheGate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		down := true
		b := &fake{answer: func(context.Context, int, string) error {
			if down {
				return errors.New("connection refused")
			}
			return nil
		}}
		c := New(b, limits)
		defer c.Close()
		results, took := commit(c, frame("a"))
		if results[0].Verdict != Retry || took > 10*time.Second {
			t.Fatalf("%+v after %v", results[0], took)
		}
		requests := b.count()
		results, took = commit(c, frame("b"))
		if results[0].Verdict != Retry || took != 0 || b.count() != requests {
			t.Errorf("while it is down: %+v after %v, %d requests", results[0], took, b.count()-requests)
		}
		down = false
		time.Sleep(limits.BackoffMax)
		if results, _ = commit(c, frame("c")); results[0].Verdict != Accepted {
			t.Errorf("the probe: %+v", results[0])
		}
		if results, _ = commit(c, frame("d")); results[0].Verdict != Accepted {
			t.Errorf("after the probe: %+v", results[0])
		}
	})
}

func TestOneProbeAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &fake{answer: func(ctx context.Context, _ int, _ string) error {
			<-ctx.Done() // hangs
			return ctx.Err()
		}}
		c := New(b, limits)
		defer c.Close()
		commit(c, frame("a"))
		time.Sleep(limits.BackoffMax)
		before := b.count()
		results := make(chan Result, 2)
		go func() { results <- c.Commit(frame("probe")) }()
		synctest.Wait()
		start := time.Now()
		if r := c.Commit(frame("other")); r.Verdict != Retry || time.Since(start) != 0 {
			t.Errorf("beside the probe: %+v after %v", r, time.Since(start))
		}
		if n := b.count() - before; n != 1 {
			t.Errorf("%d requests beside each other", n)
		}
		<-results
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
		c := New(b, limits)
		defer c.Close()
		results, took := commit(c, frame("a"))
		if results[0].Verdict != Accepted || took < limits.RequestTimeout || took > limits.RequestTimeout+200*time.Millisecond {
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
		go func() { result <- c.Commit(frame("a")) }()
		synctest.Wait()
		start := time.Now()
		go c.Close()
		if r := <-result; r.Verdict != Retry || time.Since(start) != 0 {
			t.Errorf("%+v after %v", r, time.Since(start))
		}
	})
}

func TestRetryAfterIsOverWhenItIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &fake{answer: func(_ context.Context, n int, _ string) error {
			if n == 1 {
				return &backend.Throttled{After: 15 * time.Second}
			}
			return nil
		}}
		c := New(b, limits)
		defer c.Close()
		commit(c, frame("a")) // its deadline comes before
		for start := time.Now(); ; time.Sleep(time.Second) {
			results, _ := commit(c, frame("b"))
			if results[0].Verdict != Accepted {
				if time.Since(start) > 16*time.Second {
					t.Fatalf("still %+v", results[0])
				}
				continue
			}
			if time.Since(start) < 14*time.Second {
				t.Errorf("sent after %v", time.Since(start))
			}
			return
		}
	})
}

// A slow backend is not one that is down, though it outlasts a chunk.
func TestShortTimeLeftSaysNothingOfTheBackend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &fake{answer: func(ctx context.Context, _ int, _ string) error {
			select {
			case <-time.After(700 * time.Millisecond):
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}}
		c := New(b, limits)
		defer c.Close()
		late := frame("a")
		late.Deadline = time.Now().Add(500 * time.Millisecond)
		if results, _ := commit(c, late); results[0].Verdict != Retry {
			t.Errorf("%+v", results[0])
		}
		later := frame("b")
		later.Deadline = time.Now().Add(time.Millisecond)
		before := b.count()
		if results, _ := commit(c, later); results[0].Verdict != Retry || b.count() != before {
			t.Errorf("%+v with hardly any time left", results[0])
		}
		if results, _ := commit(c, frame("c")); results[0].Verdict != Accepted {
			t.Errorf("%+v", results[0])
		}
	})
}

// With less time than a request may take, a backend that hangs is found out too.
func TestManyCutShortAreDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &fake{answer: func(ctx context.Context, _ int, _ string) error {
			<-ctx.Done()
			return ctx.Err()
		}}
		c := New(b, limits)
		defer c.Close()
		for i := range cutsAreDown {
			f := frame("a")
			f.Deadline = time.Now().Add(time.Second)
			if err := c.Closed(f.Deadline); err != nil {
				t.Fatalf("closed after %d: %v", i, err)
			}
			commit(c, f)
		}
		if c.Closed(time.Now().Add(time.Second)) == nil {
			t.Error("still open")
		}
	})
}

// A disk or a pipe may ignore that its time is over.
func TestABackendThatDoesNotComeBackIsLeftBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hang := make(chan struct{})
		b := &fake{answer: func(context.Context, int, string) error {
			<-hang
			return nil
		}}
		c := New(b, limits)
		results, took := commit(c, frame("a"))
		if r := results[0]; r.Verdict != Retry || !r.Abandoned || took != 11*time.Second {
			t.Errorf("%+v after %v", r, took)
		}
		if err := c.Closed(time.Now().Add(time.Second)); err == nil {
			t.Error("the next would be sent")
		}
		c.Close()
		close(hang)
	})
}

// Whatever the backend answers, every frame has one verdict, and the accepted
// ones are exactly those that it said yes to, once.
func TestNoFrameIsLostOrDoubled(t *testing.T) {
	for seed := range uint64(200) {
		synctest.Test(t, func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 0))
			var mu sync.Mutex
			stored := map[string]int{}
			b := &fake{}
			b.answer = func(_ context.Context, _ int, body string) error {
				mu.Lock()
				defer mu.Unlock()
				switch random.IntN(6) {
				case 0:
					return errors.New("HTTP 503")
				case 1:
					return &backend.Throttled{After: time.Duration(random.IntN(500)) * time.Millisecond}
				case 2:
					return &backend.Rejected{Some: random.IntN(2) == 0}
				case 3:
					return &backend.TooLarge{}
				}
				for _, b := range strings.Fields(body) {
					stored[b]++
				}
				return nil
			}
			c := New(b, limits)
			defer c.Close()
			const workers = 4
			c.SetWorkers(workers)
			var all sync.WaitGroup
			for w := range workers {
				rest := rand.New(rand.NewPCG(seed, uint64(w+1)))
				all.Go(func() {
					for i := range 20 {
						name := string(rune('a'+w)) + strings.Repeat("i", i+1)
						f := frame(name + strings.Repeat(" ", rest.IntN(60)) + " ")
						f.Alone = rest.IntN(5) == 0
						r := c.Commit(f)
						mu.Lock()
						if n := stored[name]; (r.Verdict == Accepted) != (n == 1) || n > 1 {
							t.Errorf("seed %d: %s is %+v and stored %d times", seed, name, r, n)
						}
						mu.Unlock()
					}
				})
			}
			all.Wait()
		})
	}
}
