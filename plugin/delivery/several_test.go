package delivery

import (
	"context"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// Several partitions that hang do not take all the requests that may wait.
func TestSeveralHangingPartitions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &fake{answer: func(ctx context.Context, _ int, body string) error {
			if strings.Contains(body, "hang") {
				<-ctx.Done()
			}
			return ctx.Err()
		}}
		config := limits
		config.RequestTimeout = 10 * time.Second
		config.BatchWait = 0
		c := New(b, config)
		defer c.Close()
		c.SetWorkers(8)
		var all sync.WaitGroup
		for range 32 { // as many workers after a restart
			for _, partition := range []string{"hang1", "hang2", "hang3", "hang4"} {
				all.Go(func() { send(c, ofPartition(partition)) })
			}
		}
		for second := range 70 { // before they count as down
			for _, partition := range []string{"hang1", "hang2", "hang3", "hang4"} {
				all.Go(func() { send(c, ofPartition(partition)) })
			}
			time.Sleep(500 * time.Millisecond)
			begun := time.Now()
			if r := send(c, ofPartition("good")); r[0].Verdict != Accepted || time.Since(begun) > time.Second {
				t.Errorf("second %d, after %v: %+v", second, time.Since(begun), r[0])
			}
			time.Sleep(500 * time.Millisecond)
		}
		all.Wait()
	})
}
