package delivery

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/k8slog/k8slog/plugin/backend"
)

func ofPartition(partition string) *Frame {
	f := frame(partition)
	f.Partition = partition
	return f
}

// A partition that fails is refused by itself, as long as others do not fail.
func TestEachPartitionHasABreaker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &fake{answer: func(_ context.Context, _ int, body string) error {
			if strings.Contains(body, "sick") {
				return errors.New("HTTP 503")
			}
			return nil
		}}
		c := New(b, limits)
		defer c.Close()
		results := send(c, ofPartition("sick"), ofPartition("well"))
		if results[0].Verdict != Retry || results[1].Verdict != Accepted {
			t.Fatalf("%+v", results)
		}
		for range 20 {
			before := b.count()
			start := time.Now()
			results = send(c, ofPartition("well"))
			if results[0].Verdict != Accepted || b.count() != before+1 || time.Since(start) != 0 || c.Unavailable(time.Now().Add(time.Second)) != nil {
				t.Fatalf("%+v", results)
			}
			time.Sleep(100 * time.Millisecond)
		}
	})
}

// When everybody fails, the backend is down, and one probe finds out that it
// is not any more: for all.
func TestAllPartitionsDownAreTheBackend(t *testing.T) {
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
		send(c, ofPartition("a"), ofPartition("b"))
		if c.Unavailable(time.Now().Add(time.Second)) == nil {
			t.Error("still open")
		}
		before := b.count()
		if r := send(c, ofPartition("c"))[0]; r.Verdict != Retry || b.count() != before {
			t.Errorf("a third partition: %+v", r)
		}
		down = false
		time.Sleep(limits.BackoffMax)
		for _, r := range send(c, ofPartition("a"), ofPartition("b"), ofPartition("c")) {
			if r.Verdict != Accepted {
				t.Errorf("the probe: %+v", r)
			}
		}
		if len(c.breakers.partitions) != 0 {
			t.Errorf("%d breakers are kept", len(c.breakers.partitions))
		}
	})
}

// One tenant's limit is not another's.
func TestRetryAfterIsOfAPartition(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &fake{answer: func(_ context.Context, n int, body string) error {
			if n == 1 {
				return &backend.Throttled{After: time.Minute}
			}
			return nil
		}}
		c := New(b, limits)
		defer c.Close()
		send(c, ofPartition("a"))
		before := b.count()
		results := send(c, ofPartition("a"), ofPartition("b"))
		if results[0].Verdict != Retry || results[1].Verdict != Accepted || b.count() != before+1 {
			t.Errorf("%+v", results)
		}
		late := ofPartition("a")
		late.NotBefore = late.Deadline.Add(time.Second)
		if r := send(c, late)[0]; r.Verdict != Retry || b.count() != before+1 {
			t.Errorf("what would be too late is sent: %+v", r)
		}
		time.Sleep(time.Minute)
		if results = send(c, ofPartition("a")); results[0].Verdict != Accepted {
			t.Errorf("after it: %+v", results[0])
		}
	})
}

// A frame whose verdict came while another was waited for has it.
func TestAVerdictIsTakenThoughAnotherIsMissing(t *testing.T) {
	for range 20 {
		synctest.Test(t, func(t *testing.T) {
			hang := make(chan struct{})
			b := &fake{answer: func(_ context.Context, _ int, body string) error {
				if body == "hangs" {
					<-hang
				}
				return nil
			}}
			c := New(b, limits)
			results := send(c, ofPartition("hangs"), ofPartition("well"))
			if !results[0].Detached || results[1].Verdict != Accepted {
				t.Errorf("%+v", results)
			}
			close(hang)
			c.Close()
		})
	}
}

// Partitions that share a breaker come back together.
func TestSharedBreakerCloses(t *testing.T) {
	var bs breakers
	now := time.Now()
	for i := range maxPartitions + 2 {
		bs.onFailure(fmt.Sprint(i), errors.New("HTTP 503"), now, now, now)
	}
	last := fmt.Sprint(maxPartitions + 1)
	if len(bs.partitions) != maxPartitions+1 || !bs.of(last).isDown() {
		t.Fatalf("%d breakers", len(bs.partitions))
	}
	if bs.onSuccess(last, now); bs.isDown(last) {
		t.Error("the partition is down after a success")
	}
}

// Two partitions that fail at once, each for itself, are not the backend, as long as
// a third is accepted between their tries. Each is asked once at a time.
func TestTwoPartitionsDownAreNotTheBackend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &fake{answer: func(_ context.Context, _ int, body string) error {
			time.Sleep(time.Millisecond)
			if strings.Contains(body, "well") {
				return nil
			}
			return &backend.Throttled{After: 15 * time.Second}
		}}
		c := New(b, limits)
		defer c.Close()
		send(c, ofPartition("sick a"), ofPartition("sick b"), ofPartition("well"))
		for range 60 {
			time.Sleep(time.Second)
			start := time.Now()
			for _, partition := range []string{"sick a", "sick b", "well"} {
				result := send(c, ofPartition(partition))[0]
				if well := partition == "well"; well != (result.Verdict == Accepted) || c.Down() {
					t.Fatalf("%s: %+v, the backend is down: %v", partition, result, c.Down())
				}
			}
			if time.Since(start) > 100*time.Millisecond+3*limits.BatchWait {
				t.Fatalf("they took %v", time.Since(start))
			}
		}
	})
}

// A partition that is down alone does not keep a worker until the deadline.
func TestPartitionDownAloneIsAskedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &fake{answer: func(_ context.Context, _ int, body string) error {
			if strings.Contains(body, "sick") {
				return errors.New("HTTP 403")
			}
			return nil
		}}
		c := New(b, limits)
		defer c.Close()
		send(c, ofPartition("sick"))
		time.Sleep(time.Millisecond)
		send(c, ofPartition("well"))
		for range 60 {
			time.Sleep(time.Second)
			start := time.Now()
			if results := send(c, ofPartition("sick"), ofPartition("well")); results[0].Verdict != Retry || results[1].Verdict != Accepted {
				t.Fatalf("%+v", results)
			}
			if took := time.Since(start); took > limits.BatchWait {
				t.Fatalf("it took %v", took)
			}
		}
	})
}

// A partition that is throttled for longer than a worker may wait comes back at once.
func TestThrottledPartitionKeepsNoWorker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &fake{answer: func(_ context.Context, _ int, body string) error {
			if strings.Contains(body, "sick") {
				return &backend.Throttled{After: 3 * time.Second}
			}
			return nil
		}}
		c := New(b, limits)
		defer c.Close()
		for range 10 {
			start := time.Now()
			if results := send(c, ofPartition("sick"), ofPartition("well")); results[0].Verdict != Retry || results[1].Verdict != Accepted {
				t.Fatalf("%+v", results)
			}
			if took := time.Since(start); took > limits.BatchWait {
				t.Fatalf("it took %v", took)
			}
			time.Sleep(time.Second)
		}
	})
}
