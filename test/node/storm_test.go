package node

import (
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

var (
	stormTime  = flag.Duration("storm", 0, "how long TestStorm writes; 0 for never")
	stormSeed  = flag.Uint64("seed", 1, "the seed of TestStorm")
	stormLogs  = flag.Int("containers", 4, "the containers of TestStorm")
	stormSize  = flag.Int("size", 2<<20, "the size at which TestStorm rotates a log")
	stormSpeed = flag.Int("speed", 60<<10, "bytes a second of each container of TestStorm")
	stormChaos = flag.String("chaos", "kill,stop,outage", "what TestStorm does to the agent: kill, stop, outage, db, drop, remove")
)

// storm is containers that write, and are rotated.
type storm struct {
	*rig
	mu   sync.Mutex
	all  []*Simulated
	next int
	stop chan struct{}
	done sync.WaitGroup
}

// TestStorm: files are rotated faster than tail can follow, while the agent is killed,
// stopped and started, also during outages.
func TestStorm(t *testing.T) {
	settings := map[string]string{"catch_up_after": "5s", "catch_up_bytes": "64M"}
	if strings.Contains(*stormChaos, "drop") {
		// What was dropped after it was handed over is read when it counts as abandoned.
		settings["storage.total_limit_size"], settings["abandon_after"] = "2M", "1m"
	}
	if *stormTime == 0 {
		t.Skip("-storm=0; see make storm")
	}
	s := &storm{rig: newRig(t, settings), stop: make(chan struct{})}
	s.edit("conf/fluent-bit.conf", "rotate_wait       30", "rotate_wait       2")
	s.start()
	time.Sleep(time.Second)
	for range *stormLogs {
		s.add()
	}
	s.unleash(rand.New(rand.NewPCG(*stormSeed, 0)))
	close(s.stop)
	s.done.Wait()
	s.sink.Down.Store(false)
	if s.now == nil {
		s.rig.start()
	}
	s.judge()
}

func (s *storm) add() *Simulated {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next++
	c, err := NewSimulated(s.root, "web-"+strconv.Itoa(s.next), s.next)
	s.must(err)
	s.all = append(s.all, c)
	s.done.Go(func() { s.write(c, s.next%7 == 6 && strings.Contains(*stormChaos, "remove")) })
	return c
}

// write writes until the storm ends, or, for a short one, until the pod is removed.
func (s *storm) write(c *Simulated, short bool) {
	const every = 50 * time.Millisecond
	end := time.Now().Add(10 * time.Second)
	for left := 0; ; { // the bytes that may be written; below zero after a long line
		select {
		case <-s.stop:
			return
		case <-time.After(every):
		}
		for left += *stormSpeed / int(time.Second/every); left > 0; {
			before := c.Size()
			if err := c.Write(5); err != nil {
				s.t.Error(err)
				return
			}
			left -= c.Size() - before
		}
		if c.Size() > *stormSize {
			if err := c.Rotate(); err != nil {
				s.t.Error(err)
				return
			}
		}
		if short && time.Now().After(end) {
			if err := c.Remove(); err != nil {
				s.t.Error(err)
			}
			s.add()
			return
		}
	}
}

// unleash does at random what the flags say.
func (s *storm) unleash(random *rand.Rand) {
	chaos := strings.Split(*stormChaos, ",")
	down := func(d time.Duration) {
		time.Sleep(d)
		if strings.Contains(*stormChaos, "db") && random.IntN(4) == 0 {
			for _, name := range []string{"containers.db", "containers.db-shm", "containers.db-wal"} {
				_ = os.Remove(filepath.Join(s.root, "var/lib/k8slog", name))
			}
		}
		s.rig.start()
	}
	for end := time.Now().Add(*stormTime); time.Now().Before(end); {
		time.Sleep(time.Duration(500+random.IntN(5000)) * time.Millisecond)
		switch chaos[random.IntN(len(chaos))] {
		case "kill":
			s.kill()
			down(time.Duration(random.IntN(3000)) * time.Millisecond)
		case "stop":
			s.rig.stop()
			down(time.Duration(random.IntN(3000)) * time.Millisecond)
		case "outage":
			s.sink.Down.Store(true)
			time.Sleep(time.Duration(random.IntN(4000)) * time.Millisecond)
			if random.IntN(2) == 0 {
				s.kill()
				down(time.Duration(random.IntN(2000)) * time.Millisecond)
				time.Sleep(time.Duration(random.IntN(3000)) * time.Millisecond)
			}
			s.sink.Down.Store(false)
		}
	}
}

// pod is a container, and its lines that are in files that are there.
type pod struct {
	*Simulated
	expected map[int]bool
	left     []int // those that have not arrived
}

// await returns how many lines have not arrived, neither whole nor in pieces.
func (p *pod) await(s *Sink) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	p.left = slices.DeleteFunc(p.left, func(n int) bool { return s.lines[p.Name][n] > 0 || s.torn[p.Name][n] > 0 })
	return len(p.left)
}

// judge waits for all lines of the files that are there, and compares.
func (s *storm) judge() {
	var pods []pod
	var files [][]string
	for _, c := range s.all {
		removed, err := c.Removed()
		s.must(err)
		there, err := c.There()
		s.must(err)
		files = append(files, append(slices.Clone(removed), there...))
		gone, err := Read(removed...)
		s.must(err)
		// A line may begin in the last file that was removed.
		left, err := Read(append(removed[max(len(removed)-1, 0):], there...)...)
		s.must(err)
		p := pod{Simulated: c, expected: map[int]bool{}}
		for n := range left.Lines[c.Name] {
			if !gone.Lines[c.Name][n] {
				p.expected[n] = true
				p.left = append(p.left, n)
			}
		}
		pods = append(pods, p)
	}
	s.eventually("all lines of the files that are there", s.sink.Total, func() bool {
		for i := range pods {
			if pods[i].await(s.sink) > 0 {
				time.Sleep(time.Second) // the sink answers meanwhile
				return false
			}
		}
		return true
	})
	s.account(files...)
	there, removed, torn := 0, 0, 0
	for _, p := range pods {
		for n := 1; n <= p.Lines; n++ {
			switch {
			case s.sink.lines[p.Name][n] > 0:
			case s.sink.torn[p.Name][n] > 0:
				torn++
			case p.expected[n]:
				there++
			default:
				removed++
			}
		}
		if n := len(p.left); n > 0 {
			slices.Sort(p.left)
			s.t.Errorf("%s: %d lines are missing although their file is there: %d to %d of %d", p.Name, n, p.left[0], p.left[n-1], p.Lines)
			s.t.Log(p.left[:min(n, 20)])
		}
	}
	total, twice := 0, 0
	s.sink.mu.Lock()
	for _, lines := range s.sink.lines {
		for _, n := range lines {
			total++
			twice += n - 1
		}
	}
	s.t.Logf("seed %d: %d agents, %d lines arrived, %d torn; missing: %d of files that are there, %d of files that were removed; repeats %d; wrong identity %d; pieces %d",
		*stormSeed, len(s.logs), total, torn, there, removed, twice, s.sink.wrong, len(s.sink.others))
	s.sink.mu.Unlock()
	if os.Getenv("STORM_LOGS") != "" {
		_ = os.WriteFile(filepath.Join(os.Getenv("STORM_LOGS"), "pieces"), []byte(strings.Join(s.sink.others, "\n\n")), 0o644)
		for i, log := range s.logs {
			_ = os.WriteFile(filepath.Join(os.Getenv("STORM_LOGS"), strconv.Itoa(i)+".log"), []byte(log.String()), 0o644)
		}
	}
}
