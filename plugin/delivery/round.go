package delivery

import (
	"context"
	"errors"
	"slices"
	"time"
)

// MaxInFlight is the number of frames of a round that are in progress at a time.
// Frames of different partitions travel in requests of their own. So this bounds
// the requests and connections of one chunk, whatever partitions its records name.
const MaxInFlight = 64

// Round is the frames of one worker that are in progress. It serves one goroutine,
// which calls Submit, then Next until it returns nil, then End. It is created by
// Batcher.Begin.
//
// A backend that is slow is not down. When it has not answered by the deadline, or
// for longer than detachAfter, the round detaches its frames: Next returns them
// without an answer, and their requests go on. The function that is given to End
// gets their results.
type Round struct {
	// OnSlow is called by Next when a frame has waited for its answer for longer than
	// slowAfter, again and again. It may call Submit. It may be nil.
	OnSlow func()
	// Queued is true for a chunk with another one behind it, which waits for the worker.
	// The caller sets it before Submit.
	Queued bool
	// Patient is true for a round that is not detached before its deadline, however slow the
	// backend is. The caller sets it before Submit.
	Patient bool

	batcher   *Batcher
	deadline  time.Time
	begun     time.Time
	done      chan completion // has room for all frames of the round
	waiting   []*Frame        // submitted, and not returned
	detached  []*Frame        // returned without an answer
	overdue   *time.Timer
	check     *time.Ticker
	sent      chan struct{} // a request of a frame was sent
	reserved  int           // bytes of the frames that are to be detached
	detaching error         // why frames are returned without an answer; nil while they are not
	// waits is true for a round that waits for every answer: its caller has no other way
	// to learn of one that comes late.
	waits bool
}

// completion is a frame with its result.
type completion struct {
	frame  *Frame
	result Result
}

// Begin opens a round with a deadline for the results of its frames. Until End, its
// worker counts as one that waits. A background round does not belong to a worker.
func (b *Batcher) Begin(deadline time.Time, background bool) *Round {
	r := &Round{
		batcher: b, deadline: deadline, begun: time.Now(), done: make(chan completion, MaxInFlight),
		overdue: time.NewTimer(time.Until(deadline)), check: time.NewTicker(checkInterval), sent: make(chan struct{}, 1),
	}
	if !background {
		b.mu.Lock()
		b.rounds = append(b.rounds, r)
		b.mu.Unlock()
	}
	return r
}

// WaitForAnswers lets the round detach nothing until the batcher is closed: Next waits for
// the answers, also behind the deadline.
func (r *Round) WaitForAnswers() { r.waits = true }

// Room returns the number of frames that may be submitted now.
func (r *Round) Room() int { return MaxInFlight - len(r.waiting) - len(r.detached) }

// Submit sends frames, at most Room of them.
func (r *Round) Submit(frames ...*Frame) {
	now := time.Now()
	var ready []*Frame
	for _, f := range frames {
		f.Deadline, f.round = r.deadline, r
		f.packed.Store(0)
		r.waiting = append(r.waiting, f)
		switch {
		case r.detaching != nil:
			r.complete(f, Result{Verdict: Retry, Err: r.detaching})
		case now.After(r.deadline), f.NotBefore.After(r.deadline):
			r.complete(f, Result{Verdict: Retry, Err: errors.New("no time is left for another try")})
		case f.NotBefore.After(now):
			time.AfterFunc(f.NotBefore.Sub(now), func() { r.batcher.submit(r.Queued, f) })
		default:
			ready = append(ready, f)
		}
	}
	r.batcher.submit(r.Queued, ready...)
}

// complete passes the result of a frame to Next or End. It never blocks.
func (r *Round) complete(f *Frame, result Result) { r.done <- completion{f, result} }

// Next waits for a result of any frame, and returns both. It returns nil when no
// frame is in progress.
func (r *Round) Next() (*Frame, Result) {
	if len(r.waiting) == 0 {
		return nil, Result{}
	}
	overdue, check, closed := r.overdue.C, r.check.C, (<-chan struct{})(nil)
	if r.waits {
		overdue, check, closed = nil, nil, r.batcher.ctx.Done()
	}
	for r.detaching == nil {
		select {
		case c := <-r.done:
			return r.finish(c)
		case <-overdue:
			r.detaching = errNoAnswer
		case <-check:
			// First all frames are sent, also when the machine is so busy that this is late.
			if r.OnSlow != nil && slices.ContainsFunc(r.waiting, r.batcher.isSlowFor) {
				r.OnSlow()
			}
			r.detachIfSlow()
		case <-r.sent:
			r.detachIfSlow()
		case <-closed:
			r.detaching = context.Canceled
		}
	}
	select {
	case c := <-r.done:
		if !slices.Contains(r.detached, c.frame) {
			return r.finish(c)
		}
		r.done <- c // for End
	default:
	}
	return r.detach(r.waiting[0])
}

// detachIfSlow begins to detach the round when the backend is slow, and every frame behind
// those that wait is sent: no more are sent afterwards.
func (r *Round) detachIfSlow() {
	if r.waits || !r.batcher.isSlow(r) {
		return
	}
	if n := len(r.waiting); r.OnSlow != nil {
		if r.OnSlow(); len(r.waiting) > n {
			return
		}
	}
	if r.batcher.reserve(r) {
		r.detaching = errSlow
	}
}

func (r *Round) finish(c completion) (*Frame, Result) {
	i := slices.Index(r.waiting, c.frame)
	r.waiting = slices.Delete(r.waiting, i, i+1)
	return c.frame, c.result
}

// End closes the round. late gets the result of every detached frame, in a
// goroutine of its own. ended is closed after the last one.
func (r *Round) End(late func(*Frame, Result)) (ended <-chan struct{}) {
	r.overdue.Stop()
	r.check.Stop()
	left := slices.Concat(r.detached, r.waiting) // frames are still waiting after a panic
	r.batcher.endRound(r, left)
	done := make(chan struct{})
	if len(left) == 0 {
		close(done)
		return done
	}
	go func() {
		defer close(done)
		for range left {
			c := <-r.done
			r.batcher.endDetached(c.frame)
			late(c.frame, c.result)
		}
	}()
	return done
}
