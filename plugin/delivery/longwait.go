package delivery

import "time"

// This file says how long a worker waits for one of several partitions. The chunks behind
// may have records of others. But a chunk that is returned comes again only seconds later,
// so that a partition which fails for a moment is waited for where there is no hurry.

const (
	// longWait is how long a worker may wait for one of several partitions, with all tries,
	// and idleWait the same while most workers are idle.
	longWait = time.Second
	idleWait = 5 * time.Second
	// fewWorkers is the number of workers below which none can be spared.
	fewWorkers = 4
)

// isLong reports whether a worker must not wait so long for the partition of a request.
func (r *request) isLong(wait time.Duration) bool {
	return wait > longWait && r.breakers.areSeveral() && (wait > idleWait || !r.areIdle())
}

// areIdle reports whether three of four workers wait for nothing, and no chunk waits for one.
func (b *Batcher) areIdle() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.workers >= fewWorkers && 4*len(b.rounds) <= b.workers && time.Since(b.queuedAt) >= queuedFor
}
