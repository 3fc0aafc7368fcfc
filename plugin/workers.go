package plugin

import "time"

// This file counts the calling threads, and sets the deadline of each call.

// engineDeadline is the flush deadline on the engine's own thread. While a flush waits
// there, Fluent Bit neither reads nor handles signals.
const engineDeadline = time.Second

// stopDeadline is the flush deadline while Fluent Bit stops. Fluent Bit waits for the
// chunk of every worker, and in an outage these would fail at their deadline. A returned
// chunk comes again after the next start.
const stopDeadline = 3 * time.Second

// deadlineOn counts a calling thread, and returns the time that its flush may take.
func (in *Instance) deadlineOn(thread int) time.Duration {
	in.mu.Lock()
	defer in.mu.Unlock()
	_, known := in.threads[thread]
	defer in.countWorkers(thread, known)
	defer in.noteBegin(thread)
	if !known {
		in.threads[thread] = &calls{}
		for d := range in.all {
			d.batcher.SetWorkers(len(in.threads))
		}
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

// queuedWithin is how soon after the end of a flush the next one of its thread begins when
// Fluent Bit had it in the thread's queue already. fullChunk is the size in bytes above
// which Fluent Bit begins a new chunk, about: there were more records than fit.
const (
	queuedWithin = 20 * time.Millisecond
	fullChunk    = 1900 << 10
)

// isQueued reports whether another chunk probably waits behind one that begins on a thread:
// the chunk had to wait for the one before, or it is full.
func (in *Instance) isQueued(thread int, data []byte) bool {
	if len(data) >= fullChunk {
		return true
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.threads[thread].queued
}

// calls is the flushes of a thread.
type calls struct {
	running   bool
	queued    bool      // the last flush began right after the one before
	busySince time.Time // when the first of the flushes began that followed one another
	ended     time.Time // when the last flush ended
	next      int       // the thread on which the next flush has begun
	times     int       // how often this was so
	inTurn    bool      // the last flush began on the thread whose turn it was
}

// begin notes that a flush begins.
func (c *calls) begin(now time.Time) {
	c.running, c.queued = true, now.Sub(c.ended) < queuedWithin
	if !c.queued {
		c.busySince = now
	}
}

// noteBegin notes that a flush on a thread begins.
func (in *Instance) noteBegin(thread int) {
	c := in.threads[thread]
	c.begin(time.Now())
	if last := in.threads[in.last]; last != nil {
		if last.next != thread {
			last.next, last.times = thread, 0
		}
		last.times++
		c.inTurn = last.times > turnsSeen
	}
	in.last = thread
}

// turnsSeen is how often a thread must have followed another one before it is believed that
// Fluent Bit passes chunks to the one after the other. There may be many workers, and a chunk
// in each second.
const turnsSeen = 1

// inOrder reports whether the chunks came in the order in which Fluent Bit has made them, up
// to the one that is being delivered, which is the only one. Fluent Bit passes chunks to its
// workers in rotation: when the threads call in this rotation, no chunk waits for a thread that
// should have called before.
func (in *Instance) inOrder() bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	running, inTurn := 0, false
	for _, c := range in.threads {
		if c.running {
			running++
			inTurn = c.inTurn
		}
	}
	return running == 1 && inTurn
}

// noteEnd notes that a flush on a thread ends.
func (in *Instance) noteEnd(thread int) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.threads[thread].running, in.threads[thread].ended = false, time.Now()
}

// drained reports whether the queue that Fluent Bit has for each thread was empty at some
// time in the last d.
func (in *Instance) drained(d time.Duration) bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	now := time.Now()
	for _, c := range in.threads {
		busy := c.running || now.Sub(c.ended) < queuedWithin
		if busy && now.Sub(c.busySince) >= d {
			return false
		}
	}
	return true
}

// countWorkers sets the number of workers of the reassembler. Fluent Bit passes chunks to
// its workers in rotation: until a thread has called again, there may be other threads.
func (in *Instance) countWorkers(thread int, again bool) {
	in.allSeen = in.allSeen || again
	if in.metadata != nil {
		workers := len(in.threads)
		if thread == in.engine {
			workers = 0
		} else if !in.allSeen {
			workers++
		}
		in.metadata.SetWorkers(workers)
	}
	switch {
	case thread == in.engine:
		in.reassembler.SetWorkers(0, false)
	case in.allSeen:
		in.reassembler.SetWorkers(len(in.threads), false)
	default:
		in.reassembler.SetWorkers(len(in.threads)+1, true)
	}
}
