package delivery

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/k8slog/k8slog/plugin/backend"
)

func TestGivesUpAtTheDeadlineAndOpensTheBreaker(t *testing.T) {
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
		time.Sleep(maxTimeout) // the request that went on is over
		before := b.count()
		results := make(chan Result, 2)
		go func() { results <- send(c, frame("probe"))[0] }()
		synctest.Wait()
		start := time.Now()
		if r := send(c, frame("other"))[0]; r.Verdict != Retry || time.Since(start) != 0 {
			t.Errorf("beside the probe: %+v after %v", r, time.Since(start))
		}
		if n := b.count() - before; n != 1 {
			t.Errorf("%d requests beside each other", n)
		}
		<-results
	})
}

// Requests that were under way when the backend went away fail one after
// another; that makes no room for a second probe.
func TestOneProbeAtATimeAfterLateFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var now, peak atomic.Int32
		b := &fake{answer: func(ctx context.Context, _ int, _ string) error {
			peak.Store(max(peak.Load(), now.Add(1)))
			defer now.Add(-1)
			<-ctx.Done() // hangs
			return ctx.Err()
		}}
		c := New(b, limits)
		defer c.Close()
		var all sync.WaitGroup
		present := func(every time.Duration, times int) {
			for range times {
				all.Go(func() { send(c, frame("a")) })
				time.Sleep(every)
			}
		}
		present(5300*time.Millisecond, 2) // they fail after 10 s, and after 15.3 s
		present(613*time.Millisecond, 20)
		peak.Store(0) // those that began before it was known are over
		present(613*time.Millisecond, 200)
		all.Wait()
		if n := peak.Load(); n != 1 {
			t.Errorf("%d requests beside each other", n)
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
		for i := range maxCutShort {
			f := frame("a")
			f.Deadline = time.Now().Add(time.Second)
			if err := c.Unavailable(f.Deadline); err != nil {
				if i == 0 {
					t.Fatal(err)
				}
				return // the request that went on has found out
			}
			commit(c, f)
		}
		if c.Unavailable(time.Now().Add(time.Second)) == nil {
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
		if r := results[0]; r.Verdict != Retry || !r.Detached || took != 10*time.Second {
			t.Errorf("%+v after %v", r, took)
		}
		if err := c.Unavailable(time.Now().Add(time.Second)); err != nil {
			t.Errorf("slow is not down: %v", err)
		}
		time.Sleep(patience*limits.RequestTimeout - took + time.Millisecond)
		if err := c.Unavailable(time.Now().Add(time.Second)); err == nil {
			t.Error("the next would be sent")
		}
		c.Close()
		close(hang)
	})
}
