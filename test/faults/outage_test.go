package faults

import (
	"testing"
	"time"

	"github.com/k8slog/k8slog/test/agent"
)

// rate is how many lines a second a node writes.
const rate = 1500

// Every way to fail, one after another, while lines are written and files are
// rotated: nothing is lost, and nothing comes twice.
func TestOutages(t *testing.T) {
	each(t, all, func(t *testing.T, a agent.Agent, p *Protocol) {
		r := newRig(t, a, p, plan{options: quick, changes: soon})
		r.Run(rate, 3*time.Second)
		r.start()
		r.Eventually("the first lines", func() bool { return r.backend.Ledger.Stored() > 0 })
		for _, f := range Outages {
			before := r.backend.Requests()
			r.set(f)
			if !f.Down && !f.Garbled {
				r.Eventually("a request while "+f.Name, func() bool { return r.backend.Requests() > before })
			}
			time.Sleep(1500 * time.Millisecond) // how long it lasts
			r.set(Healthy)
			stored := r.backend.Ledger.Stored()
			r.Eventually("lines after "+f.Name, func() bool { return r.backend.Ledger.Stored() > stored })
		}
		r.finish(enough)
	})
}

// Answers that get lost: nothing is lost, and what was on its way comes again.
func TestLostAnswers(t *testing.T) {
	each(t, full, func(t *testing.T, a agent.Agent, p *Protocol) {
		r := newRig(t, a, p, plan{options: quick, changes: soon, repeats: true})
		r.Run(rate, 3*time.Second)
		r.start()
		for _, f := range LostAnswers {
			before := r.backend.Requests()
			r.set(f)
			r.Eventually("a request while "+f.Name, func() bool { return r.backend.Requests() > before })
			r.set(Healthy)
			stored := r.backend.Ledger.Stored()
			r.Eventually("lines after "+f.Name, func() bool { return r.backend.Ledger.Stored() > stored })
		}
		r.finish(enough)
	})
}
