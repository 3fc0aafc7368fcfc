package faults

import (
	"flag"
	"math/rand"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/k8slog/k8slog/test/agent"
	"github.com/k8slog/k8slog/test/agent/session"
)

var soak = flag.Duration("soak", 0, "how long TestSoak runs; zero is not at all")

// schedule sets faults at random for a while.
func (r *rig) schedule(random *rand.Rand, during time.Duration, longest time.Duration) {
	r.t.Helper()
	all := append(append([]Fault{}, Outages...), LostAnswers...)
	for end := time.Now().Add(during); time.Now().Before(end); {
		r.set(all[random.Intn(len(all))])
		time.Sleep(time.Duration(random.Int63n(int64(longest))))
		if random.Intn(2) == 0 {
			r.set(Healthy)
			time.Sleep(time.Duration(random.Int63n(int64(longest))))
		}
	}
	r.set(Healthy)
}

// Any faults in any order, while lines are written and files are rotated.
func TestRandom(t *testing.T) {
	each(t, full, func(t *testing.T, a agent.Agent, p *Protocol) {
		random := rand.New(rand.NewSource(theSeed(t)))
		r := newRig(t, a, p, plan{options: quick, changes: soon, repeats: true})
		r.Run(rate, 2*time.Second)
		r.start()
		r.schedule(random, 30*time.Second, 2*time.Second)
		r.finish(enough)
	})
}

// Faults and kills for as long as it is told to, with the shipped
// configuration, and figures at the end (docs/reliability.md).
func TestSoak(t *testing.T) {
	if *soak == 0 {
		t.Skip("make soak")
	}
	a, err := agent.Find(session.Root)
	if err != nil {
		t.Fatal(err)
	}
	t.Log(a)
	random := rand.New(rand.NewSource(theSeed(t)))
	r := newRig(t, a, HTTP, plan{repeats: true, width: 200})
	r.Run(rate, 0)
	r.start()
	var peak, own int64
	var chunks, kills, rotations int
	look := func() {
		all, anonymous := memory(r.PID())
		peak, own = max(peak, all), max(own, anonymous)
		chunks = max(chunks, r.chunks())
	}
	begun, said := time.Now(), time.Now()
	for time.Since(begun) < *soak {
		r.schedule(random, time.Duration(random.Int63n(int64(40*time.Second))), 15*time.Second)
		look()
		switch {
		case a.Real && random.Intn(3) == 0:
			kills++
			r.Kill()
			r.start()
		default:
			// Files are turned over when the agent is not about to die: what is
			// renamed away while nobody reads is not found again.
			stored := r.backend.Ledger.Stored()
			r.Within(3*time.Minute, "lines", func() bool { look(); return r.backend.Ledger.Stored() > stored })
			r.Load.Rotate()
			rotations++
			time.Sleep(3 * time.Second) // for the new ones to be found
		}
		if time.Since(said) > time.Minute {
			said = time.Now()
			t.Logf("after %v: %d lines, %d records stored, %d MB of memory, %d chunks on disk",
				time.Since(begun).Round(time.Second), r.Total(), r.backend.Ledger.Stored(), peak>>20, chunks)
		}
	}
	if err := r.Load.Stop(); err != nil {
		t.Fatal(err)
	}
	r.complete(5 * time.Minute)
	look()
	_, sum := r.backend.Ledger.Report(r.Written())
	t.Logf("%v with %d kills and %d rotations of every file: %d lines in, %d records out, %d lost, %d repeated; "+
		"at most %d MB of memory (%d MB of them no files) and %d chunks on disk",
		time.Since(begun).Round(time.Second), kills, rotations, r.Total(), r.backend.Ledger.Stored(), sum.Lost, sum.Repeated,
		peak>>20, own>>20, chunks)
	r.finish(0)
}

// chunks counts those on the disk.
func (r *rig) chunks() (n int) {
	_ = filepath.WalkDir(filepath.Join(r.dir, "node/var/lib/k8slog/storage"), func(path string, entry os.DirEntry, err error) error {
		if err == nil && filepath.Ext(path) == ".flb" {
			n++
		}
		return nil
	})
	return n
}
