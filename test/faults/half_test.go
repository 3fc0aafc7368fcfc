package faults

import (
	"bytes"
	"cmp"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/k8slog/k8slog/test/agent"
	"github.com/k8slog/k8slog/test/agent/session"
)

// poison says which lines a picky backend refuses.
func poison(r *Row) bool { return strings.HasPrefix(r.Log, "13 ") }

// small refuses requests that are larger.
func small(limit int) func(x *Exchange) error {
	return func(x *Exchange) error {
		body, err := x.body()
		if err != nil {
			return err
		}
		if len(body) > limit {
			return x.answer(http.StatusRequestEntityTooLarge)
		}
		x.r.Body = io.NopCloser(bytes.NewReader(body))
		return Healthy.Serve(x)
	}
}

// halves are the faults of a protocol in which some of a request is refused for good.
func halves(p *Protocol) []Fault {
	picky := Fault{Name: "picky", Refuses: poison, Serve: small(p.Limit)}
	switch p {
	case HTTP: // a server may have stored the rest of what it refuses
		return []Fault{picky, {Name: "leaky", Refuses: poison, Leaks: true, Repeats: true}}
	case Loki: // which has, and hides it
		picky.Repeats = true
	case VictoriaLogs: // refuses nothing for what it is
		picky.Refuses = nil
	}
	return []Fault{picky}
}

// letters counts the lines of the dead-letter files, and those without a reason.
func (r *rig) letters() (n, mute int, files []string) {
	files, _ = filepath.Glob(filepath.Join(r.dir, "node/var/lib/k8slog/dead-letter.ndjson*"))
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			r.t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			n++
			if !strings.Contains(line, `"reason":"rejected"`) || !strings.Contains(line, cmp.Or(r.p.Refusal, "400")) || !strings.Contains(line, `"log":"13 `) {
				mute++
			}
		}
	}
	return n, mute, files
}

// Lines that the backend refuses lie in the dead-letter file, each with the
// reason, and nothing else does; the rest arrives. The command brings them to
// the backend when it takes them.
func TestHalfAccepted(t *testing.T) {
	each(t, all, func(t *testing.T, a agent.Agent, p *Protocol) {
		for _, fault := range halves(p) {
			t.Run(fault.Name, func(t *testing.T) {
				r := newRig(t, a, p, plan{options: quick, changes: soon, repeats: fault.Repeats})
				r.set(fault)
				r.Run(rate, 3*time.Second)
				r.start()
				if fault.Refuses != nil {
					r.Eventually("dead letters", func() bool { n, _, _ := r.letters(); return n > 0 })
				}
				time.Sleep(3 * time.Second) // how long lines are written
				if err := r.Load.Stop(); err != nil {
					t.Fatal(err)
				}
				dead := 2 * len(r.Containers) // a line 13 in each stream
				if fault.Refuses == nil {
					dead = 0
				}
				r.Eventually("all other lines", func() bool {
					_, sum := r.backend.Ledger.Report(r.Written())
					n, _, _ := r.letters()
					return sum.Lost == dead && n == dead
				})
				r.up()
				r.End()
				want := Books{Received: r.Total(), Delivered: r.Total() - dead, DeadLettered: dead}
				if b := r.books(); b != want {
					t.Errorf("%+v, want %+v", b, want)
				}
				n, mute, files := r.letters()
				if n != dead || mute > 0 {
					t.Errorf("%d letters, want %d; %d do not say why; %v", n, dead, mute, files)
				}
				r.set(Healthy)
				if dead > 0 {
					r.replay(files[0])
				}
				r.audit()
			})
		}
	})
}

// replay runs the command on a dead-letter file.
func (r *rig) replay(path string) {
	r.t.Helper()
	command := exec.Command(filepath.Join(session.Root, "build/k8slog"), "replay",
		"-conf", filepath.Join(r.dir, "conf/fluent-bit.conf"), "-set", "endpoint="+r.backend.URL(),
		"-set", "status_listen=", "-set", "dead_letter_path="+filepath.Join(r.dir, "refused"), path)
	command.Env = append(append(os.Environ(), "K8SLOG_NODE_ROOT="+filepath.Join(r.dir, "node")), r.endpoint()...)
	if out, err := command.CombinedOutput(); err != nil {
		r.t.Errorf("replay: %v\n%s", err, out)
	}
}

// Without room for dead letters their chunk is given back, and nothing is
// settled that is nowhere; other chunks arrive. When there is room again, so do
// the letters and what stood beside them.
func TestDeadLettersWithoutRoom(t *testing.T) {
	each(t, full, func(t *testing.T, a agent.Agent, p *Protocol) {
		if _, err := os.Stat("/dev/full"); err != nil {
			t.Skip(err)
		}
		r := newRig(t, a, p, plan{options: quick, changes: soon, containers: 2, repeats: p == Loki})
		letters := filepath.Join(r.dir, "node/var/lib/k8slog/dead-letter.ndjson")
		if err := os.Symlink("/dev/full", letters); err != nil {
			t.Fatal(err)
		}
		r.set(Fault{Name: "picky", Refuses: poison})
		r.Write(60)
		r.start()
		r.Eventually("a chunk given back", func() bool { return r.auditor.Value("k8slog_chunks_given_back_total") > 0 })
		r.Write(60)
		r.Eventually("the other lines", func() bool { return r.backend.Ledger.Stored() >= 120 })
		if pending := r.auditor.Value("k8slog_records_pending"); pending < 4 {
			t.Errorf("%.0f records are pending, want those that are nowhere", pending)
		}
		if err := os.Remove(letters); err != nil {
			t.Fatal(err)
		}
		r.Eventually("the letters", func() bool { n, _, _ := r.letters(); return n == 4 })
		r.Eventually("all lines", func() bool { _, sum := r.backend.Ledger.Report(r.Written()); return sum.Lost == 4 })
		r.up()
		r.End()
		if b, want := r.books(), (Books{Received: 240, Delivered: 236, DeadLettered: 4}); b != want {
			t.Errorf("%+v, want %+v", b, want)
		}
		r.set(Healthy)
		r.replay(letters)
		r.audit()
	})
}
