package delivery

import (
	"errors"
	"fmt"
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
	// detachAtOnceAfter when the last answer took so long as well.
	detachSoonAfter   = 300 * time.Millisecond
	detachAtOnceAfter = 50 * time.Millisecond
	// slowAfter is how long a request must be in progress before the frames behind it
	// are sent as well.
	slowAfter = 100 * time.Millisecond
	// checkInterval is how often a round looks whether it is to be detached.
	checkInterval = 25 * time.Millisecond
	// maxDetached is the number of detached frames at which no more are sent, and
	// maxDetachedPartition that of one of several partitions. A backend that takes a minute
	// has about one for each second.
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
	bytes := b.detachedBytes
	for _, f := range r.waiting {
		bytes += len(f.Body)
	}
	if b.workers == 0 || b.detached+len(r.waiting) > maxDetached || bytes > b.config.DetachedBytes || b.isStopping() {
		return false
	}
	after := detachAfter
	if b.workers > 1 && len(b.rounds) >= b.workers && b.rounds[0] == r {
		after = detachSoonAfter
		if time.Duration(b.took.Load()) >= detachSoonAfter {
			after = detachAtOnceAfter
		}
	}
	return !slices.ContainsFunc(r.waiting, func(f *Frame) bool {
		return !f.isSentFor(after) || b.breakers.isDown(f.Partition)
	})
}

// IsSlow reports whether the last answer was slow to come.
func (b *Batcher) IsSlow() bool { return time.Duration(b.took.Load()) >= slowAfter }

// isSentFor reports whether the frame's request has been in progress for a time.
func (f *Frame) isSentFor(d time.Duration) bool {
	sent := f.sentAt.Load()
	return sent != 0 && time.Since(time.Unix(0, sent)) >= d
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
		b.breakers.onFailure(f.Partition, errNoAnswer, begun, now, b.config.BackoffMax)
		return
	}
	b.breakers.onNoAnswer(f.Partition, now, f.Deadline, b.config.BackoffMax)
}

// hasRoom returns an error when the detached frames take all the memory that they may.
// The caller holds the lock.
func (b *Batcher) hasRoom() error {
	if b.detached == 0 || b.detachedBytes < b.config.DetachedBytes {
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
	for _, f := range left {
		b.detachedBytes += len(f.Body)
	}
	b.mu.Unlock()
	for _, f := range left {
		b.breakers.onDetached(f.Partition, 1)
	}
}

// endDetached notes that the request of a detached frame has ended.
func (b *Batcher) endDetached(f *Frame) {
	b.mu.Lock()
	b.detached--
	b.detachedBytes -= len(f.Body)
	b.mu.Unlock()
	b.breakers.onDetached(f.Partition, -1)
}
