package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/k8slog/k8slog/test/agent"
)

type bench struct {
	options
	root, dir, fluentBit string
	api                  *apiServer
}

// benchCase is what all collectors are compared in.
type benchCase struct {
	name, title string
	containers  int
	live        bool // lines are written while the collector runs
	write       func(io.Writer, int, time.Time) error
}

// cost is what one run took until the receiver had all lines.
type cost struct {
	user, system    time.Duration
	wall            time.Duration
	peak            int64 // bytes
	requests, bytes int64
	repeated, lost  int
	p50, p99        time.Duration // how old lines were when they came
}

func (c cost) cpu() float64 { return (c.user + c.system).Seconds() }

// runCase runs all collectors by turns, backwards in every second round.
func (b *bench) runCase(c *benchCase) (*result, error) {
	fmt.Printf("\n%s\n", c.title)
	at := place{root: filepath.Join(b.dir, c.name)}
	b.api.containers = c.containers
	if !c.live {
		all, err := openLogs(at.logs(), c.containers)
		if err != nil {
			return nil, err
		}
		if err := writeBacklog(all, b.lines, c.write); err != nil {
			return nil, err
		}
		for _, f := range all {
			_ = f.Close()
		}
	}
	all := b.collectors()
	r := &result{benchCase: c, costs: map[string][]cost{}}
	for _, one := range all {
		r.names = append(r.names, one.name)
	}
	for range b.rounds {
		for _, one := range all {
			cost, err := b.runOne(c, one, at)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", one.name, err)
			}
			fmt.Printf("  %-60s %5.2f s (user %.2f, sys %.2f)  %4d MB  %5d requests  %4d MB sent  %d lost, %d again  wall %.1f s  %v %v\n", one.name, cost.cpu(),
				cost.user.Seconds(), cost.system.Seconds(), cost.peak>>20, cost.requests, cost.bytes>>20, cost.lost, cost.repeated, cost.wall.Seconds(), cost.p50.Round(time.Millisecond), cost.p99.Round(time.Millisecond))
			r.costs[one.name] = append(r.costs[one.name], cost)
		}
		slices.Reverse(all)
	}
	return r, nil
}

// patience is how long after the last line that came the rest counts as lost.
const patience = 20 * time.Second

func (b *bench) runOne(c *benchCase, one *collector, at place) (cost, error) {
	var err error
	if at.state, err = os.MkdirTemp(b.dir, "state-"); err != nil {
		return cost{}, err
	}
	defer os.RemoveAll(at.state)
	files := []*os.File{}
	if c.live {
		if files, err = openLogs(at.logs(), c.containers); err != nil {
			return cost{}, err
		}
		defer func() {
			for _, f := range files {
				_ = f.Close()
			}
		}()
	}
	receiver, err := newReceiver(b.delay, c.live)
	if err != nil {
		return cost{}, err
	}
	defer receiver.close()
	at.receiver = receiver.address
	command, err := one.command(b, at)
	if err != nil {
		return cost{}, err
	}
	log, err := os.Create(filepath.Join(at.state, "log"))
	if err != nil {
		return cost{}, err
	}
	defer log.Close()
	start := time.Now()
	process, err := agent.Start(command.path, command.args, command.env, log)
	if err != nil {
		return cost{}, err
	}
	defer process.Kill()
	lines := b.lines
	if c.live {
		if lines, err = writeLive(files, b.time, c.write); err != nil {
			return cost{}, err
		}
	}
	last, lastAt := 0, time.Now()
	for distinct := 0; distinct < lines; time.Sleep(5 * time.Millisecond) {
		select {
		case <-process.Done():
			text, _ := os.ReadFile(log.Name())
			return cost{}, fmt.Errorf("it ended early: %v\n%s", process.Err(), text[max(0, len(text)-2000):])
		default:
		}
		if distinct, _ = receiver.arrived(); distinct != last {
			last, lastAt = distinct, time.Now()
		}
		if time.Since(lastAt) > patience {
			break
		}
	}
	distinct, repeated := receiver.arrived()
	result := cost{wall: time.Since(start), requests: receiver.requests.Load(), bytes: receiver.bytes.Load(), lost: lines - distinct, repeated: repeated,
		p50: receiver.age(50), p99: receiver.age(99)}
	if distinct == 0 {
		text, _ := os.ReadFile(log.Name())
		return cost{}, fmt.Errorf("no line came\n%s", text[max(0, len(text)-2000):])
	}
	if result.user, result.system, err = cpuOf(process.PID()); err != nil {
		return cost{}, err
	}
	result.peak, err = peakOf(process.PID())
	return result, err
}

// cpuOf returns the CPU time that a process has had so far.
func cpuOf(pid int) (user, system time.Duration, err error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, 0, err
	}
	// Behind the name, which may have anything in it, these are fields 12 and 13. A tick
	// is a hundredth of a second on every architecture that this runs on.
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	ticks := func(s string) time.Duration {
		n, _ := strconv.Atoi(s)
		return time.Duration(n) * 10 * time.Millisecond
	}
	return ticks(fields[11]), ticks(fields[12]), nil
}

// peakOf returns the most resident memory that a process has had.
func peakOf(pid int) (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			var kilobytes int64
			_, err := fmt.Sscan(value, &kilobytes)
			return kilobytes << 10, err
		}
	}
	return 0, nil
}
