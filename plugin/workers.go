package plugin

import "time"

// This file is the threads that call, and how long each call may take.

// engineDeadline is the flush deadline when flushes run on the engine's own
// thread: while one waits, Fluent Bit neither reads, nor answers signals.
const engineDeadline = time.Second

// stopDeadline is the flush deadline while Fluent Bit stops: it waits for every
// chunk that a worker has, and in an outage that would be in vain. What is given
// back comes again after the next start.
const stopDeadline = 3 * time.Second

// deadlineOn takes note of a thread that flushes, and returns how long it may.
func (in *Instance) deadlineOn(thread int) time.Duration {
	in.mu.Lock()
	defer in.mu.Unlock()
	_, known := in.threads[thread]
	defer in.countWorkers(thread, known)
	if !known {
		in.threads[thread] = struct{}{}
		in.batcher.SetWorkers(len(in.threads))
		if thread == in.engine {
			in.log.Errorf("this output runs without workers: every wait for the backend stops all of Fluent Bit. "+
				"Set Workers to 2 or more. Until then flush_deadline is %v at most.", engineDeadline)
		}
	}
	switch {
	case thread == in.engine:
		return min(in.config.FlushDeadline, engineDeadline)
	case in.stopping():
		return min(in.config.FlushDeadline, stopDeadline)
	}
	return in.config.FlushDeadline
}

// countWorkers tells the joiner how many workers there are. Fluent Bit deals
// chunks to them in turn: until one has come again, there may be others.
func (in *Instance) countWorkers(thread int, again bool) {
	in.allSeen = in.allSeen || again
	switch {
	case thread == in.engine:
		in.reassembler.SetWorkers(0)
	case in.allSeen:
		in.reassembler.SetWorkers(len(in.threads))
	default:
		in.reassembler.SetWorkers(len(in.threads) + 1)
	}
}
