package delivery

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/k8slog/k8slog/plugin/backend"
)

// A partition that asks for a second is waited for while most workers are idle, and not
// else. Then it is not down, and its records do not come again only seconds later.
func TestIdleWorkersWaitForAPartition(t *testing.T) {
	for _, workers := range []int{1, 3, 8, 32} {
		synctest.Test(t, func(t *testing.T) {
			asked := 0
			b := &fake{answer: func(_ context.Context, _ int, body string) error {
				if !strings.Contains(body, "sick") {
					return nil
				}
				if asked++; asked > 2 {
					return nil
				}
				return &backend.Throttled{After: time.Second, Answer: "HTTP 429"}
			}}
			c := New(b, limits)
			defer c.Close()
			c.SetWorkers(workers)
			begun := time.Now()
			results := send(c, ofPartition("sick"), ofPartition("well"))
			took := time.Since(begun)
			if waits := workers >= fewWorkers; waits != (results[0].Verdict == Accepted) || waits != (took >= 2*time.Second) || took > idleWait || results[1].Verdict != Accepted {
				t.Errorf("%d workers: %+v after %v", workers, results, took)
			}
			if down := len(c.DownPartitions()) > 0; down == (workers >= fewWorkers) {
				t.Errorf("%d workers: down %v", workers, down)
			}
		})
	}
}

// A partition that fails again and again does not keep workers, and is asked less and less
// often.
func TestPausesOfAPartitionGrow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &fake{answer: func(_ context.Context, _ int, body string) error {
			if strings.Contains(body, "sick") {
				return errors.New("HTTP 503")
			}
			return nil
		}}
		config := limits
		config.BackoffMin, config.BackoffMax = 200*time.Millisecond, 5*time.Second
		c := New(b, config)
		defer c.Close()
		c.SetWorkers(32)
		var tries []time.Time
		for range 600 {
			begun, before := time.Now(), b.count()
			send(c, ofPartition("sick"), ofPartition("well"))
			if took := time.Since(begun); len(tries) > 0 && took > config.BatchWait {
				t.Fatalf("a worker waits %v for a partition that is down", took)
			}
			if b.count() > before+1 {
				tries = append(tries, time.Now())
			}
			time.Sleep(100 * time.Millisecond)
		}
		pause := func(i int) time.Duration { return tries[i+1].Sub(tries[i]) }
		if pause(0) > 500*time.Millisecond || pause(2) < pause(0) {
			t.Errorf("the first pauses are %v, %v and %v", pause(0), pause(1), pause(2))
		}
		if last := pause(len(tries) - 2); last < config.BackoffMax || last > config.BackoffMax+time.Second {
			t.Errorf("the last pause is %v", last)
		}
	})
}
