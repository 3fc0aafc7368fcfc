package delivery

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// A round without a worker waits for its answer, behind its deadline too: nobody else would
// learn of it. It ends with the batcher.
func TestBackgroundRoundWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		backend := &fake{answer: func(ctx context.Context, n int, _ string) error {
			took := time.Minute
			if n == 2 {
				took = 24 * time.Hour
			}
			select {
			case <-time.After(took):
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}}
		config := limits
		config.RequestTimeout = maxTimeout
		c := New(backend, config)
		c.SetWorkers(1)
		send := func() Result {
			round := c.Begin(time.Now().Add(10*time.Second), true)
			defer round.End(func(*Frame, Result) {})
			round.WaitForAnswers()
			f := frame("parked")
			round.Submit(f)
			_, result := round.Next()
			return result
		}
		begun := time.Now()
		if result := send(); result.Verdict != Accepted || time.Since(begun) < time.Minute {
			t.Errorf("after %v: %+v", time.Since(begun), result)
		}
		time.AfterFunc(time.Minute, c.Close)
		if result := send(); result.Verdict != Retry || time.Since(begun) > 2*time.Minute+time.Second {
			t.Errorf("after the end: %+v", result)
		}
		synctest.Wait()
	})
}

// hanging returns a backend that answers after a time, and counts the bytes that wait.
type hanging struct {
	fake
	now, most atomic.Int64
}

func answersAfter(d time.Duration) *hanging {
	h := &hanging{}
	h.answer = func(ctx context.Context, _ int, body string) error {
		n := h.now.Add(int64(len(body)))
		h.most.Store(max(h.most.Load(), n))
		defer h.now.Add(-int64(len(body)))
		select {
		case <-time.After(d):
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return h
}

// A slow backend gets a backlog as fast as the memory for requests without a worker
// allows. No chunk is refused when that memory is in use: its worker waits.
func TestBacklogToSlowBackend(t *testing.T) {
	for _, room := range []int{1 << 20, 2000} {
		synctest.Test(t, func(t *testing.T) {
			const workers, chunks, size = 2, 60, 100
			b := answersAfter(500 * time.Millisecond)
			config := limits
			config.RequestTimeout, config.DetachedBytes = 8*time.Second, room
			c := New(b, config)
			defer c.Close()
			c.SetWorkers(workers)
			begun := time.Now()
			var all, late sync.WaitGroup
			for range workers {
				all.Go(func() {
					for range chunks / workers {
						round := c.Begin(time.Now().Add(10*time.Second), false)
						round.Queued = true
						round.Submit(frame(strings.Repeat("x", size)))
						if _, r := round.Next(); !r.Detached && r.Verdict != Accepted {
							t.Errorf("%+v", r)
						}
						ended := round.End(func(_ *Frame, r Result) {
							if r.Verdict != Accepted {
								t.Errorf("late: %+v", r)
							}
						})
						late.Go(func() { <-ended })
					}
				})
			}
			all.Wait()
			late.Wait()
			// As many at a time as there is room for, and those of the workers, which wait
			// atOnce for each.
			want := time.Duration(chunks*size/(room+workers*size)+1)*500*time.Millisecond + 200*time.Millisecond + chunks/workers*atOnce
			if took := time.Since(begun); took > want {
				t.Errorf("room for %d bytes: it took %v, want %v", room, took, want)
			}
			if most := b.most.Load(); most > int64(room+workers*size) {
				t.Errorf("%d bytes were under way at a time, want %d and those of the workers", most, room)
			}
		})
	}
}

// A partition that hangs takes no more than its share of the memory for requests that go
// on without a worker, so that the others are sent.
func TestHangingPartitionLeavesMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &fake{answer: func(ctx context.Context, _ int, body string) error {
			if strings.Contains(body, "sick") {
				<-ctx.Done()
			}
			return ctx.Err()
		}}
		config := limits
		config.RequestTimeout, config.DetachedBytes = 8*time.Second, 1000
		c := New(b, config)
		defer c.Close()
		c.SetWorkers(4)
		for second := range 50 { // before it counts as down
			begun := time.Now()
			sick := ofPartition("sick")
			sick.Body = append(sick.Body, make([]byte, 90)...)
			results := send(c, sick, ofPartition("well"))
			if results[1].Verdict != Accepted || results[0].Verdict != Retry {
				t.Fatalf("second %d: %+v", second, results)
			}
			if took := time.Since(begun); took > 2*time.Second {
				t.Fatalf("second %d: it took %v", second, took)
			}
			time.Sleep(time.Second)
		}
		if c.detachedBytes > 1000 {
			t.Errorf("%d bytes wait", c.detachedBytes)
		}
	})
}
