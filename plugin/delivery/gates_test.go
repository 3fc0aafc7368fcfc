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

func routed(route string) *Frame {
	f := frame(route)
	f.Partition = route
	return f
}

// A route that fails is closed by itself, as long as others do not.
func TestEachRouteHasAGate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &fake{answer: func(_ context.Context, _ int, body string) error {
			if strings.Contains(body, "sick") {
				return errors.New("HTTP 503")
			}
			return nil
		}}
		c := New(b, limits)
		defer c.Close()
		results := c.Commit(routed("sick"), routed("well"))
		if results[0].Verdict != Retry || results[1].Verdict != Accepted {
			t.Fatalf("%+v", results)
		}
		for range 20 {
			before := b.count()
			start := time.Now()
			results = c.Commit(routed("well"))
			if results[0].Verdict != Accepted || b.count() != before+1 || time.Since(start) != 0 || c.Closed(time.Now().Add(time.Second)) != nil {
				t.Fatalf("%+v", results)
			}
			time.Sleep(100 * time.Millisecond)
		}
	})
}

// When everybody fails, the backend is down, and one probe finds out that it
// is not any more: for all.
func TestAllRoutesDownAreTheBackend(t *testing.T) {
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
		c.Commit(routed("a"), routed("b"))
		if c.Closed(time.Now().Add(time.Second)) == nil {
			t.Error("still open")
		}
		before := b.count()
		if r := c.Commit(routed("c"))[0]; r.Verdict != Retry || b.count() != before {
			t.Errorf("a third route: %+v", r)
		}
		down = false
		time.Sleep(limits.BackoffMax)
		for _, r := range c.Commit(routed("a"), routed("b"), routed("c")) {
			if r.Verdict != Accepted {
				t.Errorf("the probe: %+v", r)
			}
		}
		if len(c.gates.routes) != 0 {
			t.Errorf("%d gates are kept", len(c.gates.routes))
		}
	})
}

// One tenant's limit is not another's.
func TestRetryAfterIsOfARoute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &fake{answer: func(_ context.Context, n int, body string) error {
			if n == 1 {
				return &backend.Throttled{After: time.Minute}
			}
			return nil
		}}
		c := New(b, limits)
		defer c.Close()
		c.Commit(routed("a"))
		before := b.count()
		results := c.Commit(routed("a"), routed("b"))
		if results[0].Verdict != Retry || results[1].Verdict != Accepted || b.count() != before+1 {
			t.Errorf("%+v", results)
		}
		if err := c.Pause("a", 0, time.Now().Add(10*time.Second)); err == nil {
			t.Error("no pause")
		}
		time.Sleep(time.Minute)
		if results = c.Commit(routed("a")); results[0].Verdict != Accepted {
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
			results := c.Commit(routed("hangs"), routed("well"))
			if !results[0].Abandoned || results[1].Verdict != Accepted {
				t.Errorf("%+v", results)
			}
			close(hang)
			c.Close()
		})
	}
}
