package delivery

import (
	"context"
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
