package delivery

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// A backend that stores at once and answers late has every frame once, when it was
// written, however late the answers are.
func TestSlowIsNotDown(t *testing.T) {
	for _, answersAfter := range []time.Duration{9 * time.Second, 25 * time.Second, time.Minute} {
		synctest.Test(t, func(t *testing.T) {
			b := &fake{answer: func(ctx context.Context, _ int, _ string) error {
				select {
				case <-time.After(answersAfter):
					return nil
				case <-ctx.Done():
					return ctx.Err()
				}
			}}
			config := limits
			config.RequestTimeout = 8 * time.Second
			c := New(b, config)
			defer c.Close()
			c.SetWorkers(4)
			const frames = 180
			var all sync.WaitGroup
			begun := time.Now()
			for i := range frames {
				all.Go(func() {
					round := c.Begin(time.Now().Add(10*time.Second), false)
					round.Submit(frame(fmt.Sprint(i, " ")))
					for f, r := round.Next(); f != nil; f, r = round.Next() {
						if !r.Detached && r.Verdict != Accepted {
							t.Errorf("%v: frame %d: %+v", answersAfter, i, r)
						}
					}
					<-round.End(func(_ *Frame, r Result) {
						if r.Verdict != Accepted {
							t.Errorf("%v: frame %d: %+v", answersAfter, i, r)
						}
					})
				})
				time.Sleep(time.Second)
			}
			all.Wait()
			sent := map[string]int{}
			for i, body := range b.bodies {
				for name := range strings.FieldsSeq(body) {
					sent[name]++
					var number int
					_, _ = fmt.Sscan(name, &number)
					if age := b.times[i].Sub(begun) - time.Duration(number)*time.Second; age > time.Second {
						t.Errorf("%v: frame %s was sent after %v", answersAfter, name, age)
					}
				}
			}
			for name, times := range sent {
				if times > 1 {
					t.Errorf("%v: frame %s was sent %d times", answersAfter, name, times)
				}
			}
			if len(sent) != frames {
				t.Errorf("%v: %d frames were sent", answersAfter, len(sent))
			}
		})
	}
}

// A backend that never answers gets a bounded number of requests, and then one at a time.
func TestHangingBackendIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		now, most := 0, 0
		peak := func() int { // since the last call
			mu.Lock()
			defer mu.Unlock()
			defer func() { most = now }()
			return most
		}
		b := &fake{answer: func(ctx context.Context, _ int, _ string) error {
			mu.Lock()
			now++
			most = max(most, now)
			mu.Unlock()
			<-ctx.Done()
			mu.Lock()
			now--
			mu.Unlock()
			return ctx.Err()
		}}
		config := limits
		config.RequestTimeout = 8 * time.Second
		config.BatchWait = 0
		c := New(b, config)
		defer c.Close()
		const workers = 4
		c.SetWorkers(workers)
		var all sync.WaitGroup
		present := func(d time.Duration) {
			end := time.Now().Add(d)
			for range workers {
				all.Go(func() {
					for ; time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
						send(c, frame("a"))
					}
				})
			}
			time.Sleep(d)
		}
		present(patience * config.RequestTimeout)
		if n := peak(); n < 100 || n > maxDetached+10 {
			t.Errorf("%d requests at a time", n)
		}
		present(patience * config.RequestTimeout) // those that were under way end
		if !c.Down() {
			t.Error("the backend is not down")
		}
		peak()
		present(5 * time.Minute)
		all.Wait()
		if n := peak(); n > 1 {
			t.Errorf("%d probes at a time", n)
		}
	})
}

// One tenant that never answers leaves room for the requests of the others.
func TestHangingPartitionLeavesRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &fake{answer: func(ctx context.Context, _ int, body string) error {
			if strings.Contains(body, "well") {
				time.Sleep(100 * time.Millisecond)
				return nil
			}
			<-ctx.Done()
			return ctx.Err()
		}}
		config := limits
		config.RequestTimeout = 8 * time.Second
		c := New(b, config)
		defer c.Close()
		c.SetWorkers(4)
		for range 600 {
			begun := time.Now()
			results := send(c, ofPartition("sick"), ofPartition("well"))
			if results[1].Verdict != Accepted || results[0].Verdict != Retry {
				t.Fatalf("%+v", results)
			}
			// A probe keeps its worker until the deadline, once in a while.
			if took := time.Since(begun); took > 2*time.Second && !c.breakers.isDown("sick") {
				t.Fatalf("it took %v", took)
			}
			time.Sleep(300 * time.Millisecond)
		}
		if !c.breakers.isDownAlone("sick") {
			t.Error("the partition is not down")
		}
	})
}

// The error of a chunk that is given back says what the backend answered last.
func TestLastAnswerIsNotHidden(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		last := errors.New("HTTP 503: no shard")
		b := &fake{answer: func(context.Context, int, string) error {
			time.Sleep(3 * time.Second)
			return last
		}}
		c := New(b, limits)
		defer c.Close()
		f := frame("a")
		f.Deadline = time.Now().Add(3*time.Second + limits.RequestTimeout/minTimeLeft)
		r := send(c, f)[0]
		if r.Verdict != Retry || !errors.Is(r.Err, last) || !strings.Contains(r.Err.Error(), last.Error()) {
			t.Errorf("%+v", r)
		}
	})
}
