// Package faults tests the plugin under faults: a backend that fails in every
// way known, a node whose containers write meanwhile, and a ledger that tells
// of every line whether it was lost, repeated, or out of order.
package faults

import (
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Load is a node whose containers write numbered lines.
type Load struct {
	Containers []*Container

	stop chan struct{}
	done sync.WaitGroup
	once sync.Once

	mu  sync.Mutex
	err error
}

// NewLoad lays out a node below root, with lines about width bytes long.
func NewLoad(root string, containers, width int) (*Load, error) {
	l := &Load{stop: make(chan struct{})}
	for _, dir := range []string{"var/lib/k8slog", "var/log/containers"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			return nil, err
		}
	}
	for i := range containers {
		c, err := newContainer(root, []string{"default", "shop", "kube-system"}[i%3], i, width)
		if err != nil {
			return nil, err
		}
		l.Containers = append(l.Containers, c)
	}
	return l, nil
}

// AddApart adds a container in a namespace of its own, which writes to stdout only:
// one stream and one index.
func (l *Load) AddApart(root string, width int) (*Container, error) {
	c, err := newContainer(root, "apart", len(l.Containers), width)
	if err != nil {
		return nil, err
	}
	c.noErrors = true
	l.Containers = append(l.Containers, c)
	return c, nil
}

// tick is how often a container writes.
const tick = 50 * time.Millisecond

// Run writes that many lines a second until Stop. Every so often the next
// container's file is rotated; zero is never.
func (l *Load) Run(rate int, rotate time.Duration) { l.RunOf(l.Containers, rate, rotate) }

// RunOf is Run of some of the containers.
func (l *Load) RunOf(containers []*Container, rate int, rotate time.Duration) {
	l.done.Go(func() {
		ticker := time.NewTicker(tick)
		defer ticker.Stop()
		turn, rotated := 0, time.Now()
		begun, written := time.Now(), 0
		for {
			select {
			case <-l.stop:
				return
			case now := <-ticker.C:
				due := int(now.Sub(begun).Seconds()*float64(rate)) - written
				each := due / len(containers)
				for _, c := range containers {
					l.note(c.write(each))
				}
				written += each * len(containers)
				if rotate > 0 && now.Sub(rotated) >= rotate {
					rotated = now
					l.note(containers[turn%len(containers)].rotate())
					turn++
				}
			}
		}
	})
}

// Write has every container write n lines at once.
func (l *Load) Write(n int) {
	for _, c := range l.Containers {
		l.note(c.write(n))
	}
}

// Rotate renames every container's file.
func (l *Load) Rotate() {
	for _, c := range l.Containers {
		l.note(c.rotate())
	}
}

func (l *Load) note(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err == nil {
		l.err = err
	}
}

// Stop ends the writing and returns the first error of it.
func (l *Load) Stop() error {
	l.once.Do(func() { close(l.stop) })
	l.done.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err
}

// Written returns how many lines there are, by container and stream.
func (l *Load) Written() map[string]int {
	all := map[string]int{}
	for _, c := range l.Containers {
		c.mu.Lock()
		for s, n := range c.written {
			all[c.key(streams[s])] = n
		}
		c.mu.Unlock()
	}
	return all
}

// Total returns how many lines there are.
func (l *Load) Total() (n int) {
	for _, written := range l.Written() {
		n += written
	}
	return n
}
