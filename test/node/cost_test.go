package node

import (
	"flag"
	"fmt"
	"slices"
	"syscall"
	"testing"
	"time"
	"unsafe"
)

var (
	costRounds = flag.Int("cost", 0, "how often TestCost measures; 0 for never")
	costTime   = flag.Duration("cost-time", 20*time.Second, "how long a round of TestCost lasts")
	costRate   = flag.Int("cost-rate", 10, "lines a second of each of the containers of TestCost")
	costTail   = flag.String("cost-tail", "", "a setting of the tail input of TestCost, as in \"file_cache_advise off\"")
	costLogs   = flag.Int("cost-containers", 300, "the containers of each node of TestCost")
	costDrain  = flag.Int("cost-drain", 0, "lines of each container that are there before the agent starts; 0 for a steady node")
)

// TestCost measures what the ledger of the disk costs an agent on a node of many containers: two
// agents run at the same time, with it and without it, each on a node of its own with the same
// lines, so that both have the same neighbours. What counts is the median of the ratios of
// their CPU times (user and system): of the whole life of the agents, and of the second half of
// the time, when all logs are known.
func TestCost(t *testing.T) {
	if *costRounds == 0 {
		t.Skip("-cost=0")
	}
	var whole, steady, memory []float64
	for round := range *costRounds {
		without, with := cost(t, round%2 == 0)
		whole = append(whole, percent(with.cpu, without.cpu))
		steady = append(steady, percent(with.steady, without.steady))
		memory = append(memory, float64(with.rss-without.rss)/(1<<20))
		t.Logf("without %v (%v steady) and %d MiB, with %v (%v) and %d MiB: %+.1f %% CPU (%+.1f %% steady)",
			without.cpu.Round(time.Millisecond), without.steady.Round(time.Millisecond), without.rss>>20,
			with.cpu.Round(time.Millisecond), with.steady.Round(time.Millisecond), with.rss>>20, whole[round], steady[round])
	}
	for _, all := range [][]float64{whole, steady, memory} {
		slices.Sort(all)
	}
	n := len(whole)
	t.Logf("%d pairs: the ledger costs %+.1f %% CPU (median; quartiles %+.1f and %+.1f), steady %+.1f %% (%+.1f and %+.1f), and %+.1f MiB (median)",
		n, whole[n/2], whole[n/4], whole[3*n/4], steady[n/2], steady[n/4], steady[3*n/4], memory[n/2])
}

// percent is how much more a is than b.
func percent(a, b time.Duration) float64 { return 100 * (float64(a)/float64(b) - 1) }

// usage is what an agent has cost.
type usage struct {
	cpu    time.Duration
	steady time.Duration // of cpu, that of the second half
	rss    int64
}

// cpuTime returns the CPU time of a process that runs.
func cpuTime(pid int) time.Duration {
	var at syscall.Timespec
	clock := uintptr(int32(^pid<<3 | 2)) // clock_getcpuclockid(3)
	_, _, _ = syscall.Syscall(syscall.SYS_CLOCK_GETTIME, clock, uintptr(unsafe.Pointer(&at)), 0)
	return time.Duration(at.Nano())
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
	for i := range *costLogs {
		for _, r := range rigs {
			p, err := NewSimulated(r.root, fmt.Sprint("web-", i+1), i+1)
			r.must(err)
			pods[r] = append(pods[r], p)
		}
	}
	found := map[*rig]time.Duration{}
	if *costDrain > 0 {
		write(*costDrain)
		start()
	} else {
		steady := time.Now().Add(*costTime / 2)
		for end := time.Now().Add(*costTime); time.Now().Before(end); time.Sleep(time.Second) {
			if len(found) == 0 && time.Now().After(steady) {
				for _, r := range rigs {
					found[r] = cpuTime(r.now.PID())
				}
			}
			write(*costRate)
		}
	}
	used := map[*rig]time.Duration{}
	measure := func(r *rig) usage {
		r.eventually("all lines", r.sink.Total, func() bool { return r.sink.Total() == lines })
		agent := r.now
		r.stop()
		user, system, rss := agent.Usage()
		for _, p := range pods[r] {
			_ = p.file.Close()
		}
		return usage{user + system, used[r] - found[r], rss}
	}
	for _, r := range rigs { // both have all before one ends
		r.eventually("all lines", r.sink.Total, func() bool { return r.sink.Total() == lines })
		used[r] = cpuTime(r.now.PID())
	}
	if first {
		without = measure(off)
		return without, measure(on)
	}
	with = measure(on)
	return measure(off), with
}
