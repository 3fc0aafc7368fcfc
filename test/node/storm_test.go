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
		settings["storage.total_limit_size"] = "2M"
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
	for {
		select {
		case <-s.stop:
			return
		case <-time.After(every):
		}
		for want, have := *stormSpeed/int(time.Second/every), 0; have < want; {
			before := c.Size()
			if err := c.Write(5); err != nil {
				s.t.Error(err)
				return
			}
			have += c.Size() - before
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

// judge waits for all lines of the files that are there, and compares.
func (s *storm) judge() {
	type pod struct {
		*Simulated
		there, removed Truth
	}
	var pods []pod
	var files [][]string
	for _, c := range s.all {
		removed, err := c.Removed()
		s.must(err)
		there, err := c.There()
		s.must(err)
		files = append(files, append(slices.Clone(removed), there...))
		p := pod{Simulated: c}
		p.removed, err = Read(removed...)
		s.must(err)
		p.there, err = Read(append(removed[max(len(removed)-1, 0):], there...)...)
		s.must(err)
		pods = append(pods, p)
	}
	torn := 0
	lost := func(show bool) (there, removed int) {
		torn = 0
		s.sink.mu.Lock()
		defer s.sink.mu.Unlock()
		for _, p := range pods {
			got := s.sink.lines[p.Name]
			var missing []int
			for n := 1; n <= p.Lines; n++ {
				switch {
				case got[n] > 0:
				case s.sink.torn[p.Name][n] > 0:
					torn++
				case p.there.Lines[p.Name][n] && !p.removed.Lines[p.Name][n]:
					there++
					missing = append(missing, n)
				default:
					removed++
				}
			}
			if show && len(missing) > 0 {
				s.t.Errorf("%s: %d lines are missing although their file is there: %d to %d of %d", p.Name, len(missing), missing[0], missing[len(missing)-1], p.Lines)
				s.t.Log(missing[:min(len(missing), 20)])
			}
		}
		return there, removed
	}
	s.eventually("all lines of the files that are there", s.sink.Total, func() bool { there, _ := lost(false); return there == 0 })
	s.account(files...)
	there, removed := lost(true)
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
