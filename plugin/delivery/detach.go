package delivery

import (
	"errors"
	"slices"
	"time"
)

// This file detaches frames from their rounds: the worker goes on without an
// answer, and the request goes on without the worker.

const (
	// detachAfter is how long a request must be in progress before its round is
	// detached for the sake of other chunks.
	detachAfter = time.Second
	// checkInterval is how often a round looks whether it is to be detached.
	checkInterval = 100 * time.Millisecond
	// maxDetached is the number of frames that are detached for that reason, and
	// maxDetachedSlow the number while the backend answers.
	maxDetached     = 16
	maxDetachedSlow = 64
	// maxDetachedBytes bounds the memory of these frames.
	maxDetachedBytes = 16 << 20
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
	most, bytes := maxDetached, b.detachedBytes
	if b.breakers.answeredSince(r.begun) {
		most = maxDetachedSlow
	}
	for _, f := range r.waiting {
		bytes += len(f.Body)
	}
	if b.workers == 0 || b.detached+len(r.waiting) > most || bytes > maxDetachedBytes || b.isStopping() {
		return false
	}
	return !slices.ContainsFunc(r.waiting, func(f *Frame) bool {
		sent := f.sentAt.Load()
		return sent == 0 || time.Since(time.Unix(0, sent)) < detachAfter || b.breakers.isDown(f.Partition)
	})
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

// onNoAnswer opens the circuit for a frame without an answer by its deadline, in a
// round that has begun at a time. A frame that had less than the time of a request
// says little about the backend.
func (b *Batcher) onNoAnswer(f *Frame, begun time.Time) {
	now := time.Now()
	short := now.Sub(begun) < b.config.RequestTimeout*9/10
	if short && !b.isStopping() && !b.breakers.onCutShort(f.Partition) {
		b.breakers.onInconclusive(f.Partition, now, f.Deadline)
		return
	}
	b.breakers.onFailure(f.Partition, errNoAnswer, begun, now, b.config.BackoffMax)
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
