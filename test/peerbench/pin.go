package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"

	"golang.org/x/sys/unix"
)

// pinned runs f on a thread that is bound to a processor, and so are the programs that f
// starts. The thread is bound to another one after that.
func pinned(cpu, after int, f func() error) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := bind(0, cpu); err != nil {
		return err
	}
	defer func() { _ = bind(0, after) }()
	return f()
}

// bind binds a thread to a processor; 0 is the thread that calls.
func bind(thread, cpu int) error {
	var set unix.CPUSet
	set.Set(cpu)
	if err := unix.SchedSetaffinity(thread, &set); err != nil {
		return fmt.Errorf("cannot bind a thread to processor %d: %w", cpu, err)
	}
	return nil
}

// bindAll binds all threads of this process to a processor. Those that begin later are
// bound as well.
func bindAll(cpu int) error {
	tasks, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return err
	}
	for _, t := range tasks {
		if thread, err := strconv.Atoi(t.Name()); err == nil {
			_ = bind(thread, cpu) // it may have ended
		}
	}
	return nil
}

// memoryGroup limits the memory of processes, where this process may make a control group.
type memoryGroup struct{ dir string }

// newMemoryGroup makes a control group of version 2 or 1.
func newMemoryGroup(limit int64) (*memoryGroup, error) {
	name := fmt.Sprintf("k8slog-ramp-%d", os.Getpid())
	var last error
	for _, one := range [][2]string{{"/sys/fs/cgroup/memory", "memory.limit_in_bytes"}, {"/sys/fs/cgroup", "memory.max"}} {
		g := &memoryGroup{filepath.Join(one[0], name)}
		if last = os.Mkdir(g.dir, 0o755); last != nil {
			continue
		}
		if last = os.WriteFile(filepath.Join(g.dir, one[1]), strconv.AppendInt(nil, limit, 10), 0o644); last == nil {
			return g, nil
		}
		g.remove()
	}
	return nil, last
}

// add moves a process into the group; nil does nothing.
func (g *memoryGroup) add(pid int) error {
	if g == nil {
		return nil
	}
	return os.WriteFile(filepath.Join(g.dir, "cgroup.procs"), strconv.AppendInt(nil, int64(pid), 10), 0o644)
}

// remove removes the group, which must be empty.
func (g *memoryGroup) remove() {
	if g != nil {
		_ = os.Remove(g.dir)
	}
}
