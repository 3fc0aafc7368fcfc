package faults

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/k8slog/k8slog/test/agent"
)

// A hot reload, which would crash Fluent Bit, is refused, as often as it is
// asked for: the same process goes on, and nothing is lost.
func TestReload(t *testing.T) {
	each(t, full, func(t *testing.T, a agent.Agent, p *Protocol) {
		if !a.Real {
			t.Skip("the test host knows no reload")
		}
		r := newRig(t, a, p, plan{options: quick})
		plugins := r.dir + "/conf/plugins.conf"
		change(t, r.dir+"/conf/fluent-bit.conf", "plugins.conf\n", plugins+"\n    hot_reload on\n")
		r.Run(rate, 0)
		r.start()
		for n := 1; n <= 3; n++ {
			stored := r.backend.Ledger.Stored()
			r.Eventually("lines", func() bool { return r.backend.Ledger.Stored() > stored })
			var asked time.Time
			r.Eventually("refusal", func() bool {
				// For a second after a refusal Fluent Bit hears of no other.
				if time.Since(asked) > 2*time.Second {
					asked = time.Now()
					if err := r.Signal(syscall.SIGHUP); err != nil {
						t.Fatal(err)
					}
				}
				return strings.Count(r.Log.String(), "Reloading is halted") >= n
			})
		}
		if !strings.Contains(r.Log.String(), "a hot reload would crash Fluent Bit") {
			t.Error("the plugin does not say why")
		}
		r.finish(enough)
	})
}
