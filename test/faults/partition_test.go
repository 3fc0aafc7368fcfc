package faults

import (
	"flag"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/k8slog/k8slog/test/agent"
	"github.com/k8slog/k8slog/test/agent/session"
)

var soakPartition = flag.Duration("soak-partition", 0, "how long one stream is refused in TestSoakPartition; zero is not at all")

const (
	// partitionRate is how many lines a second are refused, and how many are not.
	partitionRate = 1000
	// onTime is the delay that 99 of 100 good lines have at most.
	onTime = 3 * time.Second
	apart  = "apart/" // of the names of what is refused
)

// One stream or index is refused for a long time, and the agent is killed
// meanwhile: all other lines are on time, the disk holds what is refused and no
// more, and the memory is bounded. Then it is taken again: every line arrives, and
// no reader sees one twice. make soak-partition
func TestSoakPartition(t *testing.T) {
	if *soakPartition == 0 {
		t.Skip("make soak-partition")
	}
	a, err := agent.Find(session.Root)
	if err != nil {
		t.Fatal(err)
	}
	t.Log(a)
	for _, p := range []*Protocol{Loki, Elasticsearch} {
		t.Run(p.Name, func(t *testing.T) { partitionRefused(t, a, p, *soakPartition) })
	}
}

func partitionRefused(t *testing.T, a agent.Agent, p *Protocol, during time.Duration) {
	const width = 100
	pl := plan{containers: 4, width: width, repeats: true}
	if p == Elasticsearch {
		pl.output = []string{"logs-k8slog-default", "logs-{namespace|component|node}-default"}
	}
	r := newRig(t, a, p, pl)
	good := r.Containers
	bad, err := r.AddApart(filepath.Join(r.dir, "node"), width)
	if err != nil {
		t.Fatal(err)
	}
	r.set(Fault{Name: "one stream refused", Limits: func(row *Row) bool { return row.Namespace == bad.Namespace }})
	begun := time.Now()
	r.RunOf(good, partitionRate, 0)
	r.RunOf([]*Container{bad}, partitionRate, 0)
	r.start()
	f := figures{rig: r, bad: bad}
	f.pass(15*time.Second, "start")
	for n := range 3 {
		f.pass(during/3, "refused")
		if n < 2 && a.Real {
			r.backend.Ledger.Phase("restart")
			r.Kill()
			r.start()
			f.kills++
			f.pass(min(15*time.Second, during/10), "restart")
		}
	}
	disk, refused := f.disk(), bad.Bytes()
	if n := f.stored(bad); n > 0 {
		t.Errorf("%d lines are stored that are refused", n)
	}
	peak := f
	r.set(Healthy)
	recovered := time.Now()
	for f.backlog() > 5*partitionRate && time.Since(recovered) < during+5*time.Minute {
		f.pass(time.Second, "recovery")
	}
	took := time.Since(recovered).Round(time.Second)
	if err := r.Load.Stop(); err != nil {
		t.Fatal(err)
	}
	r.complete(5 * time.Minute)
	r.Within(time.Minute, "an empty folder of parked records", func() bool { return r.size("parked", ".parked") == 0 })
	for _, phase := range []string{"refused", "restart", "recovery"} {
		t.Logf("good lines, %s: %v", phase, r.backend.Ledger.Delays(phase, apart))
	}
	t.Logf("the machine was too busy to run the test for %v in all", stalledBetween(begun, time.Now()).Round(time.Second))
	t.Logf("%v refused, %d kills: %d MB of lines refused took %d MB of the disk, %d MB of them in Fluent Bit's chunks at most; "+
		"memory %d MB at most, %d MB of it no files; then %d MB and %d MB; all of it was delivered %v after the recovery",
		during, f.kills, refused>>20, disk>>20, peak.storage>>20, peak.all>>20, peak.own>>20, f.all>>20, f.own>>20, took)
	for _, phase := range []string{"refused", "recovery"} {
		if d := r.backend.Ledger.Delays(phase, apart); d.Percentile(99) > allowed(onTime, begun, time.Now()) {
			t.Errorf("%s: good lines are late: %v", phase, d)
		}
	}
	if limit := refused + 64<<20; disk > limit {
		t.Errorf("%d MB of the disk are used, want %d at most", disk>>20, limit>>20)
	}
	if f.all > 400<<20 || f.own > 200<<20 {
		t.Errorf("%d MB of memory, %d MB of it no files", f.all>>20, f.own>>20)
	}
	r.up()
	r.End()
	r.audit()
	r.books()
}

// figures are the most that was seen.
type figures struct {
	*rig
	bad               *Container
	kills             int
	all, own, storage int64
	said              time.Time
}

// pass looks for a while, which is a phase of the ledger.
func (f *figures) pass(during time.Duration, phase string) {
	f.backend.Ledger.Phase(phase)
	for end := time.Now().Add(during); time.Now().Before(end); time.Sleep(time.Second) {
		select {
		case <-f.Done():
			f.t.Fatalf("the agent ended: %v", f.Err())
		default:
		}
		all, own := memory(f.PID())
		f.all, f.own, f.storage = max(f.all, all), max(f.own, own), max(f.storage, f.size("storage", ".flb"))
		if time.Since(f.said) > time.Minute {
			f.said = time.Now()
			f.t.Logf("%s: %d lines, %d records stored, %.0f parked, %d MB parked, %d MB in chunks, %d MB of memory, %d MB no files; load %.4s; good lines: %v",
				phase, f.Total(), f.backend.Ledger.Stored(), f.auditor.Value("k8slog_records_parked"), f.size("parked", ".parked")>>20,
				f.size("storage", ".flb")>>20, all>>20, own>>20, load(), f.backend.Ledger.Delays(phase, apart))
		}
	}
}

// load is that of the machine, which may have other work.
func load() []byte { text, _ := os.ReadFile("/proc/loadavg"); return text }

// disk is what the agent has on the disk.
func (f *figures) disk() int64 { return f.size("storage", ".flb") + f.size("parked", ".parked") }

// size adds up the files of an extension in a folder of the agent.
func (r *rig) size(folder, extension string) (sum int64) {
	_ = filepath.WalkDir(filepath.Join(r.dir, "node/var/lib/k8slog", folder), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != extension {
			return nil //nolint:nilerr // files come and go
		}
		if info, err := os.Stat(path); err == nil {
			sum += info.Size()
		}
		return nil
	})
	return sum
}

// stored returns how many lines of a container are stored.
func (f *figures) stored(c *Container) int {
	written := f.written(c)
	sum := 0
	for _, n := range written {
		sum += n
	}
	return sum - f.backend.Ledger.Missing(written)
}

func (r *rig) written(c *Container) map[string]int {
	written := r.Written()
	maps.DeleteFunc(written, func(key string, _ int) bool { return !strings.HasPrefix(key, c.key("")) })
	return written
}

// backlog returns how many refused lines are not stored yet.
func (f *figures) backlog() int { return f.backend.Ledger.Missing(f.written(f.bad)) }
