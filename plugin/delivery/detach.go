package delivery

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"time"
)

// This file detaches frames from their rounds: the worker goes on without an
// answer, and the request goes on without the worker.

const (
	// detachAfter is how long a request must be in progress before its round is
	// detached for the sake of other chunks.
	detachAfter = time.Second
	// detachSoonAfter is the same for the oldest round when every worker waits, and
	// detachAtOnceAfter when the last answer took so long as well. Not all workers may be
	// known yet.
	detachSoonAfter   = 300 * time.Millisecond
	detachAtOnceAfter = 50 * time.Millisecond
	// slowAfter is how long a request must be in progress before the frames behind it
	// are sent as well. It is the same as detachAfter while chunks wait for a worker
	// (Round.Queued). When the last answer took verySlow, such a round is detached when it
	// is not answered at once.
	slowAfter = 100 * time.Millisecond
	verySlow  = 250 * time.Millisecond
	atOnce    = 10 * time.Millisecond
	// queuedFor is how long chunks are taken to wait for all workers after one was seen that
	// waited for one worker: Fluent Bit deals chunks to its workers in turn.
	queuedFor = 200 * time.Millisecond
	// slowAtFirst is slowAfter before the first answer.
	slowAtFirst = 30 * time.Millisecond
	// checkInterval is how often a round looks whether it is to be detached.
	checkInterval = 10 * time.Millisecond
	// maxDetached is the number of detached frames at which rounds are not detached before
	// their deadline, and maxDetachedPartition that of one of several partitions at which no
	// more are sent. A backend that takes a minute has about one for each second.
	maxDetached          = 128
	maxDetachedPartition = 64
)

var (
	errNoAnswer = errors.New("the backend has not answered yet")
	errSlow     = errors.New("the backend is slow to answer")
)

// isSlow reports whether a round is to be detached because the backend is slow: it waits
// only for answers, and that for long. Other workers may be free: Fluent Bit deals chunks
// to its workers in turn, so the next chunk may be for the one that waits.
func (b *Batcher) isSlow(r *Round) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.workers == 0 || r.Patient || b.isStopping() {
		return false
	}
	after, took := detachAfter, time.Duration(b.took.Load())
	idle := b.workers-len(b.rounds) < runtime.GOMAXPROCS(0) // more chunks could be worked on
	queued := r.Queued || time.Since(b.queuedAt) < queuedFor
	switch {
	case queued && idle && took >= verySlow:
		after = atOnce
	case queued && idle:
		after = b.slowAfter()
	case b.workers > 1 && len(b.rounds) >= b.workers && b.rounds[0] == r:
		after = detachSoonAfter
		if took >= detachSoonAfter {
			after = detachAtOnceAfter
		}
	}
	var longest time.Duration
	for _, f := range r.waiting {
		sent, ok := f.sentFor()
		if !ok || b.breakers.isDown(f.Partition) {
			return false
		}
		longest = max(longest, sent)
	}
	return longest >= after
}

// reserve reserves the memory of the frames of a round that is to be detached; false for
// no memory. The round waits until there is some, because a chunk that is refused comes
// again only seconds later.
func (b *Batcher) reserve(r *Round) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	bytes, longest := 0, time.Duration(0)
	for _, f := range r.waiting {
		sent, _ := f.sentFor()
		longest = max(longest, sent)
		bytes += f.Memory()
	}
	times := b.breakers.times()
	if b.detached+len(r.waiting) > times*maxDetached || b.detachedBytes+bytes > times*b.config.DetachedBytes {
		return false
	}
	if time.Duration(b.took.Load()) < verySlow {
		b.took.Store(int64(max(longest, verySlow))) // until the next answer says more
	}
	r.reserved = bytes
	b.detachedBytes += bytes
	return true
}

// IsSlow reports whether the last answer was slow to come.
func (b *Batcher) IsSlow() bool { return time.Duration(b.took.Load()) >= slowAfter }

func (b *Batcher) slowAfter() time.Duration {
	if b.took.Load() == 0 {
		return slowAtFirst
	}
	return slowAfter
}

// sentFor returns how long the frame's request has been in progress; false for none.
func (f *Frame) sentFor() (time.Duration, bool) {
	sent := f.sentAt.Load()
	return time.Since(time.Unix(0, sent)), sent != 0
}

func (b *Batcher) isStopping() bool { return b.config.Stopping != nil && b.config.Stopping() }

// detach returns a frame without an answer.
func (r *Round) detach(f *Frame) (*Frame, Result) {
	r.detached = append(r.detached, f)
	if r.detaching == errNoAnswer {
		r.batcher.onNoAnswer(f, r.begun)
	}
	return r.finish(completion{f, Result{Verdict: Retry, Err: r.detaching, Detached: true}})
}

// onNoAnswer notes a frame without an answer by its deadline, in a round that has begun
// at a time. A backend that is slow is not down, and its answer is waited for. But at a
// stop, and where each frame has less than the time of a request, as on the thread of the
// engine, several in a row open the circuit: every one costs its worker the deadline.
func (b *Batcher) onNoAnswer(f *Frame, begun time.Time) {
	now := time.Now()
	short := now.Sub(begun) < b.config.RequestTimeout*9/10
	if b.isStopping() || short && b.breakers.onCutShort(f.Partition) {
		b.breakers.onFailure(f.Partition, errNoAnswer, begun, now, f.Deadline)
		return
	}
	b.breakers.onNoAnswer(f.Partition, now, f.Deadline, b.config.BackoffMax)
}

// hasRoom returns an error when the detached frames take all the memory that they may.
// The caller holds the lock.
func (b *Batcher) hasRoom() error {
	if b.detached == 0 || b.detachedBytes <= b.breakers.times()*b.config.DetachedBytes {
		return nil
	}
	return fmt.Errorf("%d bytes are with the backend, which has not answered yet (memory_limit)", b.detachedBytes)
}

// endRound removes a round. The requests of the frames that are left go on.
func (b *Batcher) endRound(r *Round, left []*Frame) {
	b.mu.Lock()
	if i := slices.Index(b.rounds, r); i >= 0 {
		b.rounds = slices.Delete(b.rounds, i, i+1)
	}
	b.detached += len(left)
	b.detachedBytes -= r.reserved
	for _, f := range left {
		f.held = f.Memory()
		b.detachedBytes += f.held
	}
	b.mu.Unlock()
	for _, f := range left {
		b.breakers.onDetached(f.Partition, 1, f.held)
	}
}

// endDetached notes that the request of a detached frame has ended.
func (b *Batcher) endDetached(f *Frame) {
	b.mu.Lock()
	b.detached--
	b.detachedBytes -= f.held
	b.mu.Unlock()
	b.breakers.onDetached(f.Partition, -1, -f.held)
}

// isSlowFor reports whether the answer to a frame is slow to come.
func (b *Batcher) isSlowFor(f *Frame) bool {
	sent, ok := f.sentFor()
	return ok && sent >= b.slowAfter()
}
