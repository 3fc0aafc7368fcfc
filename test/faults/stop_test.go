package faults

import (
	"testing"
	"time"

	"github.com/k8slog/k8slog/test/agent"
)

// shippedGrace is that of conf/; a stop may take 5 s longer.
const shippedGrace = 15 * time.Second

// stopped ends the agent and returns how long that took.
func (r *rig) stopped(limit time.Duration) time.Duration {
	r.t.Helper()
	r.up()
	begun := time.Now()
	if err := r.Session.Stop(limit + 20*time.Second); err != nil {
		r.t.Errorf("cannot stop: %v", err)
	}
	took := time.Since(begun).Round(10 * time.Millisecond)
	if most := allowed(limit, begun, time.Now()); took > most {
		r.t.Errorf("the stop took %v, want %v at most", took, most)
	}
	return took
}

// SIGTERM with the backend up: all that tail had read is delivered, within
// seconds, with the shipped configuration. What was not read is read next time.
func TestStop(t *testing.T) {
	each(t, full, func(t *testing.T, a agent.Agent, p *Protocol) {
		r := newRig(t, a, p, plan{})
		for range 4 {
			r.start()
			stored := r.backend.Ledger.Stored()
			r.Write(1500)
			r.Eventually("a line", func() bool { return r.backend.Ledger.Stored() > stored })
			t.Logf("the stop took %v", r.stopped(7*time.Second))
			if b := r.books(); b.Pending != 0 || b.Received != b.Delivered {
				t.Errorf("at the end of a stop: %+v", b)
			}
		}
		r.start()
		r.finish(enough)
	})
}

// outage is a fault, and how long it lasts before the stop; below zero, it begins so
// long after.
type outage struct {
	fault  Fault
	before time.Duration
}

// SIGTERM with the backend gone, with the shipped configuration, at different
// times of its being gone: the agent ends within Grace and 5 s, and delivers
// everything after the next start.
func TestStopInOutage(t *testing.T) {
	each(t, full, func(t *testing.T, a agent.Agent, p *Protocol) {
		outages := []outage{
			{Hanging, -10 * time.Second}, {Refusing, 3 * time.Second},
			{Hanging, 3 * time.Second}, {Hanging, 20 * time.Second}, {Refusing, 14 * time.Second},
		}
		if p != HTTP { // the time differs for no protocol
			outages = outages[:2]
		}
		for _, outage := range outages {
			t.Run(outage.fault.Name+" since "+outage.before.String(), func(t *testing.T) {
				t.Parallel()
				r := newRig(t, a, p, plan{})
				r.Run(rate, 0)
				r.start()
				r.Eventually("the first lines", func() bool { return r.backend.Ledger.Stored() > 0 })
				if outage.before < 0 {
					// It is slow first, so that there is something to do in
					// the grace time.
					r.set(ThrottledFor(2 * time.Second))
					timer := time.AfterFunc(-outage.before, func() { _ = r.backend.Set(outage.fault) })
					defer timer.Stop()
				} else {
					r.set(outage.fault)
					time.Sleep(outage.before) // how long it lasts
				}
				took := r.stopped(shippedGrace + 5*time.Second)
				books := r.books()
				t.Logf("the stop took %v; %d records were pending", took, books.Pending)
				if err := r.Load.Stop(); err != nil {
					t.Fatal(err)
				}
				if !a.Real {
					return // what it held in memory is lost
				}
				r.set(Healthy)
				r.start()
				r.finish(enough)
			})
		}
	})
}
