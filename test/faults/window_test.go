package faults

import (
	"testing"
	"time"

	"github.com/k8slog/k8slog/test/agent"
	"github.com/k8slog/k8slog/test/agent/session"
)

// After an outage that is longer than Loki's window, everything is stored: of each stream
// the oldest goes first, while new lines are written, also when the agent was killed in the
// outage and the backend is back before the agent is.
func TestOutageLongerThanTheWindow(t *testing.T) {
	const window, outage = 20 * time.Second, 70 * time.Second
	t.Parallel()
	a, err := agent.Find(session.Root)
	if err != nil {
		t.Fatal(err)
	}
	storing(t, a)
	for _, killed := range []bool{false, true} {
		name := "the agent goes on"
		if killed {
			name = "the agent is killed"
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, a, Loki, plan{containers: 3, repeats: killed, changes: soon, options: "    out_of_order_window " + window.String() + "\n"})
			r.backend.Window = window
			r.Run(rate, 0)
			r.start()
			r.Eventually("the first lines", func() bool { return r.backend.Ledger.Stored() > 0 })
			r.set(Refusing)
			time.Sleep(outage)
			if killed {
				r.Kill()
			}
			r.set(Healthy)
			if killed {
				r.start()
			}
			time.Sleep(window)
			r.finish(enough)
		})
	}
}
