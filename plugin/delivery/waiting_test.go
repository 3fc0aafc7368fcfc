package delivery

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// A partition that does not answer is seen long before the time of a request is over, and not
// when it is only slow.
func TestSilentPartitionIsSeenSoon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var healed atomic.Bool
		b := &fake{answer: func(ctx context.Context, _ int, body string) error {
			switch {
			case body == "well":
				return nil
			case body == "slow" || healed.Load():
				time.Sleep(20 * time.Second)
				return nil
			}
			<-ctx.Done()
			return ctx.Err()
		}}
		config := limits
		config.RequestTimeout = 8 * time.Second
		c := New(b, config)
		defer c.Close()
		c.SetWorkers(8)
		begun := time.Now()
		second := func() {
			go send(c, ofPartition("sick"), ofPartition("well"), ofPartition("slow"))
			time.Sleep(time.Second)
		}
		for range 8 {
			second()
		}
		if all := c.SilentPartitions(); len(all) != 0 {
			t.Errorf("%+v are silent at once", all)
		}
		for range 37 {
			second()
		}
		all := c.SilentPartitions()
		if len(all) != 1 || all[0].Partition != "sick" || all[0].Since.Sub(begun) > time.Second || !all[0].Silent || !strings.Contains(all[0].Err.Error(), "no answer to the request within 4") {
			t.Errorf("after 45 s: %+v", all)
		}
		if down := c.DownPartitions(); len(down) != 0 {
			t.Errorf("%+v are down", down)
		}
		for range 30 {
			second()
		}
		if down := c.DownPartitions(); len(down) != 1 || down[0].Partition != "sick" || down[0].Silent || len(c.SilentPartitions()) != 0 {
			t.Errorf("after 75 s: %+v are down, and %+v silent", down, c.SilentPartitions())
		}
		healed.Store(true)
		for range 150 {
			second()
		}
		if down := c.DownPartitions(); len(down) != 0 || len(c.SilentPartitions()) != 0 {
			t.Errorf("afterwards: %+v are down, and %+v silent", down, c.SilentPartitions())
		}
		time.Sleep(time.Minute) // the last requests end
	})
}

// What is said of one partition is not said of the backend.
func TestErrorsNameThePartition(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &fake{answer: func(_ context.Context, _ int, body string) error {
			if strings.Contains(body, "sick") {
				return errors.New("HTTP 503")
			}
			return nil
		}}
		c := New(b, limits)
		defer c.Close()
		send(c, ofPartition("sick"), ofPartition("well"))
		err := send(c, ofPartition("sick"))[0].Err
		if want := `partition "sick" is down: HTTP 503`; err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
		c.breakers.throttle("well", time.Now().Add(time.Minute))
		err = send(c, ofPartition("well"))[0].Err
		if want := `the backend asked to wait 1m0s more for partition "well"`; err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
		only := New(b, limits)
		defer only.Close()
		send(only, ofPartition("sick"))
		if err := only.Unavailable(time.Now()); err == nil || err.Error() != "the backend is down: HTTP 503" {
			t.Errorf("the only partition: %v", err)
		}
	})
}
