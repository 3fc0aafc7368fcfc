package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/k8slog/k8slog/test/agent"
)

const (
	rampPods   = 10
	rampStep   = 6 * time.Second
	rampBehind = 3 * time.Second // how old 99 of 100 lines of a step may be when they come
	rampMemory = 1 << 30
	// The collector has the first processor alone, and this program the second one.
	collectorCPU, ownCPU = 0, 1
)

// rampRates are lines a second.
var rampRates = []int{20_000, 40_000, 80_000, 120_000, 160_000, 200_000, 240_000, 280_000, 320_000, 360_000, 400_000, 480_000, 560_000, 640_000, 720_000, 800_000}

// rampResult is what each collector held.
type rampResult struct {
	rounds    int
	isLimited bool // the memory
	rows      []rampRow
}

type rampRow struct {
	name        string
	held        int // lines a second
	ended       string
	lines, lost int
	cpu         time.Duration
	peak        int64 // bytes
}

// runRamp raises the load for each collector until lines are late or lost. The best of its
// rounds counts: other work of the machine makes a collector late that would not be.
func (b *bench) runRamp() (*rampResult, error) {
	if runtime.NumCPU() <= ownCPU {
		return nil, errors.New("it needs two processors")
	}
	fmt.Printf("\nA load that rises\n")
	r := &rampResult{rounds: b.rounds, isLimited: true}
	b.api.containers = rampPods
	if err := bindAll(ownCPU); err != nil {
		return nil, err
	}
	all := slices.DeleteFunc(b.collectors(), func(one *collector) bool { return !one.ramp })
	r.rows = make([]rampRow, len(all))
	for range b.rounds {
		for i, one := range all {
			row, err := b.rampOne(one, r)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", one.name, err)
			}
			fmt.Printf("  %-60s %7d lines/s, then %s; %d of %d lines lost, %.1f s of CPU, %d MB\n", row.name, row.held, row.ended, row.lost, row.lines, row.cpu.Seconds(), row.peak>>20)
			if r.rows[i].name == "" || row.held > r.rows[i].held {
				r.rows[i] = row
			}
		}
	}
	return r, nil
}

func (b *bench) rampOne(one *collector, r *rampResult) (row rampRow, err error) {
	row.name = one.name
	at := place{root: filepath.Join(b.dir, "ramp")}
	if at.state, err = os.MkdirTemp(b.dir, "state-"); err != nil {
		return row, err
	}
	defer os.RemoveAll(at.state)
	load, err := newPods(at, rampPods)
	if err != nil {
		return row, err
	}
	defer load.close()
	steps := &rampSteps{}
	receiver, err := newReceiver(b.delay, false)
	if err != nil {
		return row, err
	}
	defer receiver.close()
	receiver.each = steps.arrived
	at.receiver = receiver.address
	command, err := one.command(b, at)
	if err != nil {
		return row, err
	}
	log, err := os.Create(filepath.Join(at.state, "log"))
	if err != nil {
		return row, err
	}
	defer log.Close()
	group, err := newMemoryGroup(rampMemory)
	if err != nil {
		r.isLimited = false
	}
	defer group.remove()
	var process *agent.Process
	if err := pinned(collectorCPU, ownCPU, func() (err error) {
		process, err = agent.Start(command.path, command.args, command.env, log)
		return err
	}); err != nil {
		return row, err
	}
	defer process.Kill()
	if err := group.add(process.PID()); err != nil {
		return row, err
	}
	row.ended = "nothing: it held the highest rate"
	for _, rate := range rampRates {
		if row.ended = steps.run(load, rate, process); row.ended != "" {
			break
		}
		row.held = rate
	}
	last, lastAt := 0, time.Now()
	for time.Since(lastAt) < patience && last < load.next {
		if distinct, _ := receiver.arrived(); distinct != last {
			last, lastAt = distinct, time.Now()
		}
		time.Sleep(20 * time.Millisecond)
	}
	row.lines, row.lost = load.next, load.next-last
	if rate, lost := steps.firstLoss(); lost && rate <= row.held {
		row.ended = fmt.Sprintf("lines of %d a second were lost", rate)
		row.held = steps.rateBefore(rate)
	}
	if last == 0 {
		text, _ := os.ReadFile(log.Name())
		return row, fmt.Errorf("no line came\n%s", text[max(0, len(text)-2000):])
	}
	user, system, err := cpuOf(process.PID())
	if err != nil {
		return row, nil //nolint:nilerr // it has ended, which the row says
	}
	row.cpu = user + system
	row.peak, err = peakOf(process.PID())
	return row, err
}

// rampSteps are the steps of one collector.
type rampSteps struct {
	mu  sync.Mutex
	all []rampPart
}

// rampPart is the lines of a step, by their numbers.
type rampPart struct {
	rate, from, to int // to is behind the last one
	came, late     int
}

// arrived notes a line. The receiver calls it once for each.
func (s *rampSteps) arrived(n int, age time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := len(s.all) - 1; i >= 0; i-- {
		if part := &s.all[i]; n >= part.from {
			if part.came++; age > rampBehind {
				part.late++
			}
			return
		}
	}
}

// run writes the lines of a step, and returns why the collector did not hold it; empty when
// it did. The lines of the first half must be there at the end.
func (s *rampSteps) run(load *pods, rate int, process *agent.Process) (ended string) {
	s.mu.Lock()
	s.all = append(s.all, rampPart{rate: rate, from: load.next})
	step := &s.all[len(s.all)-1]
	s.mu.Unlock()
	from, begin := load.next, time.Now()
	defer func() { step.to = load.next }()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	half := 0
	for passed := time.Duration(0); passed < rampStep; passed = time.Since(begin) {
		<-tick.C
		if err := load.write(from + int(time.Since(begin).Seconds()*float64(rate))); err != nil {
			return err.Error()
		}
		if half == 0 && passed >= rampStep-rampBehind {
			half = load.next - from
		}
		select {
		case <-process.Done():
			return fmt.Sprintf("at %d it ended: %v", rate, process.Err())
		default:
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch wrote := load.next - from; {
	case wrote < int(rampStep.Seconds()*float64(rate))*97/100:
		return fmt.Sprintf("the generator of the load wrote only %d a second", int(float64(wrote)/rampStep.Seconds()))
	case step.came < half*99/100 || step.late > step.came/100:
		return fmt.Sprintf("at %d lines came more than %v late", rate, rampBehind)
	}
	return ""
}

// firstLoss returns the rate of the first step of which a line never came.
func (s *rampSteps) firstLoss() (rate int, lost bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, part := range s.all {
		if part.came < part.to-part.from {
			return part.rate, true
		}
	}
	return 0, false
}

func (s *rampSteps) rateBefore(rate int) (before int) {
	for _, part := range s.all {
		if part.rate < rate {
			before = part.rate
		}
	}
	return before
}

// table returns the result as a table in Markdown.
func (r *rampResult) table() string {
	var b strings.Builder
	memory := "1 GiB of memory"
	if !r.isLimited {
		memory = "no limit of its memory"
	}
	fmt.Fprintf(&b, "A load that rises by steps of %v, from %d pods whose logs are rotated as the kubelet does it; the collector has one processor and %s; the best of %d rounds:\n\n", rampStep, rampPods, memory, r.rounds)
	b.WriteString("| collector | held, lines a second | what ended it | lost | CPU, µs a line | peak memory, MB |\n|---|---|---|---|---|---|\n")
	for _, row := range r.rows {
		fmt.Fprintf(&b, "| %s | **%d** | %s | %d of %d | %.1f | %d |\n", row.name, row.held, row.ended, row.lost, row.lines,
			float64(row.cpu.Microseconds())/float64(max(row.lines-row.lost, 1)), row.peak/1e6)
	}
	return b.String()
}
