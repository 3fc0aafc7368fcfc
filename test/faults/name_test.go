package faults

import (
	"testing"
	"time"

	"github.com/k8slog/k8slog/test/agent"
)

// The backend's name cannot be resolved: nothing is lost while it lasts, and
// with a name that can be all of it is delivered.
func TestNameNotFound(t *testing.T) {
	each(t, full, func(t *testing.T, a agent.Agent, p *Protocol) {
		r := newRig(t, a, p, plan{options: quick, changes: soon})
		r.Run(rate, 0)
		r.start("K8SLOG_ENDPOINT=http://backend.invalid:3100" + p.Path)
		r.Eventually("the news that the backend is down", func() bool { return r.auditor.Value("k8slog_backend_up") == 0 })
		given := r.auditor.Value("k8slog_chunks_given_back_total")
		r.Eventually("chunks given back", func() bool { return r.auditor.Value("k8slog_chunks_given_back_total") > given+5 })
		if err := r.Load.Stop(); err != nil {
			t.Fatal(err)
		}
		if !a.Real { // what it holds would be lost with it
			r.Kill()
			r.auditor.Stop()
			return
		}
		t.Logf("the stop took %v", r.stopped(shippedGrace+5*time.Second))
		if b := r.books(); b.Delivered != 0 || b.Pending != b.Received {
			t.Errorf("at the end of the outage: %+v", b)
		}
		r.start()
		r.finish(enough)
	})
}
