package node

import (
	"flag"
	"fmt"
	"slices"
	"testing"
	"time"
)

var (
	costRounds = flag.Int("cost", 0, "how often TestCost measures; 0 for never")
	costTime   = flag.Duration("cost-time", 20*time.Second, "how long a round of TestCost lasts")
	costRate   = flag.Int("cost-rate", 10, "lines a second of each of the containers of TestCost")
	costTail   = flag.String("cost-tail", "", "a setting of the tail input of TestCost, as in \"file_cache_advise off\"")
	costDrain  = flag.Int("cost-drain", 0, "lines of each container that are there before the agent starts; 0 for a steady node")
)

// TestCost measures what the ledger of the disk costs an agent on a node of 300 containers: two
// agents run at the same time, with it and without it, each on a node of its own with the same
// lines, so that both have the same neighbours. What counts is the median of the ratios of
// their CPU times (user and system, getrusage).
func TestCost(t *testing.T) {
	if *costRounds == 0 {
		t.Skip("-cost=0")
	}
	var ratios, memory []float64
	for round := range *costRounds {
		without, with := cost(t, round%2 == 0)
		ratios = append(ratios, float64(with.cpu)/float64(without.cpu))
		memory = append(memory, float64(with.rss-without.rss)/(1<<20))
		t.Logf("without %v and %d MiB, with %v and %d MiB: %+.1f %% CPU", without.cpu.Round(time.Millisecond), without.rss>>20,
			with.cpu.Round(time.Millisecond), with.rss>>20, 100*(ratios[round]-1))
	}
	slices.Sort(ratios)
	slices.Sort(memory)
	n := len(ratios)
	t.Logf("%d pairs: the ledger costs %+.1f %% CPU (median; quartiles %+.1f and %+.1f), and %+.1f MiB (median)",
		n, 100*(ratios[n/2]-1), 100*(ratios[n/4]-1), 100*(ratios[3*n/4]-1), memory[n/2])
}

// usage is what an agent has cost.
type usage struct {
	cpu time.Duration
	rss int64
}

// cost runs a pair of agents. first is true when the one without the ledger starts first.
func cost(t *testing.T, first bool) (without, with usage) {
	off := newRig(t, map[string]string{"disk_ledger_path": "", "disk_ledger_logs": "", "disk_ledger_exclude": ""})
	on := newRig(t, nil)
	rigs := []*rig{off, on}
	if *costTail != "" {
		for _, r := range rigs {
			r.edit("conf/fluent-bit.conf", "inotify_watcher   off\n", "inotify_watcher   off\n    "+*costTail+"\n")
		}
	}
	if !first {
		rigs = []*rig{on, off}
	}
	pods := map[*rig][]*Simulated{}
	lines := 0
	write := func(n int) {
		for i := range pods[off] {
			for _, r := range rigs {
				r.must(pods[r][i].Write(n))
			}
		}
		lines += n * len(pods[off])
	}
	start := func() {
		for _, r := range rigs {
			r.start()
		}
	}
	if *costDrain == 0 {
		start()
	}
	for i := range 300 {
		for _, r := range rigs {
			p, err := NewSimulated(r.root, fmt.Sprint("web-", i+1), i+1)
			r.must(err)
			pods[r] = append(pods[r], p)
		}
	}
	if *costDrain > 0 {
		write(*costDrain)
		start()
	} else {
		for end := time.Now().Add(*costTime); time.Now().Before(end); time.Sleep(time.Second) {
			write(*costRate)
		}
	}
	measure := func(r *rig) usage {
		r.eventually("all lines", r.sink.Total, func() bool { return r.sink.Total() == lines })
		agent := r.now
		r.stop()
		user, system, rss := agent.Usage()
		for _, p := range pods[r] {
			_ = p.file.Close()
		}
		return usage{user + system, rss}
	}
	for _, r := range rigs { // both have all before one ends
		r.eventually("all lines", r.sink.Total, func() bool { return r.sink.Total() == lines })
	}
	if first {
		without = measure(off)
		return without, measure(on)
	}
	with = measure(on)
	return measure(off), with
}
