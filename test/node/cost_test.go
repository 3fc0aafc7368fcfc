package node

import (
	"flag"
	"fmt"
	"testing"
	"time"
)

var (
	costRounds = flag.Int("cost", 0, "how often TestCost measures; 0 for never")
	costTime   = flag.Duration("cost-time", 20*time.Second, "how long a round of TestCost lasts")
	costRate   = flag.Int("cost-rate", 10, "lines a second of each of the containers of TestCost")
	costDrain  = flag.Int("cost-drain", 0, "lines of each container that are there before the agent starts; 0 for a steady node")
)

// TestCost measures the CPU time and the memory of an agent on a node of 300 containers, with
// and without the ledger of the disk, by turns.
func TestCost(t *testing.T) {
	if *costRounds == 0 {
		t.Skip("-cost=0")
	}
	var cpu [2]time.Duration
	var rss [2]int64
	for round := range *costRounds {
		for _, with := range []int{round % 2, 1 - round%2} {
			settings := map[string]string{}
			if with == 0 {
				settings = map[string]string{"disk_ledger_path": "", "disk_ledger_logs": "", "disk_ledger_exclude": ""}
			}
			c, r := cost(t, settings)
			t.Logf("ledger %d: %v, %d MiB", with, c.Round(time.Millisecond), r>>20)
			cpu[with], rss[with] = cpu[with]+c, rss[with]+r
		}
	}
	n := int64(*costRounds)
	t.Logf("without the ledger %v and %.1f MiB, with it %v and %.1f MiB: %+.1f %% CPU, %+.1f MiB",
		cpu[0]/time.Duration(n), float64(rss[0]/n)/(1<<20), cpu[1]/time.Duration(n), float64(rss[1]/n)/(1<<20),
		100*(float64(cpu[1])/float64(cpu[0])-1), float64((rss[1]-rss[0])/n)/(1<<20))
}

func cost(t *testing.T, settings map[string]string) (cpu time.Duration, rss int64) {
	r := newRig(t, settings)
	var pods []*Simulated
	lines := 0
	write := func(n int) {
		for _, p := range pods {
			r.must(p.Write(n))
		}
		lines += n * len(pods)
	}
	if *costDrain == 0 {
		r.start()
	}
	for i := range 300 {
		p, err := NewSimulated(r.root, fmt.Sprint("web-", i+1), i+1)
		r.must(err)
		pods = append(pods, p)
	}
	if *costDrain > 0 {
		write(*costDrain)
		r.start()
	} else {
		for end := time.Now().Add(*costTime); time.Now().Before(end); time.Sleep(time.Second) {
			write(*costRate)
		}
	}
	r.eventually("all lines", r.sink.Total, func() bool { return r.sink.Total() == lines })
	agent := r.now
	r.stop()
	user, system, rss := agent.Usage()
	return user + system, rss
}
