package delivery

import (
	"errors"
	"slices"
	"time"
)

// MaxInFlight is how many frames of a round may be under way at a time. Frames
// of different partitions travel in requests of their own, so it bounds the
// requests and connections that one chunk causes, however many partitions its
// records name.
const MaxInFlight = 64

// detachAfter is how long a request must be under way before its round gives the
// worker up to other chunks. crowdCheck is how often the round looks.
const (
	detachAfter = time.Second
	crowdCheck  = 100 * time.Millisecond
)

// maxDetached bounds the frames that are under way because rounds were crowded.
const maxDetached = 16

// Round is the frames of one worker that are under way. It serves one goroutine:
// Submit, Next until it returns nil, End. It is made by Batcher.Begin.
//
// A backend that is slow is not down. Where it has not answered by the deadline,
// or where every worker waits for it, the round detaches: its frames come back
// without an answer, and their requests go on. What the backend says in the end
// is told to the function that was given to End.
type Round struct {
	batcher   *Batcher
	deadline  time.Time
	begun     time.Time
	done      chan completion // has room for all that is under way
	underWay  []*Frame
	detached  []*Frame // they came back without an answer
	overdue   *time.Timer
	crowd     *time.Ticker
	detaching error // why frames come back without an answer
}

// completion is a frame that came back.
type completion struct {
	frame  *Frame
	result Result
}

// Begin opens a round whose frames must be answered by a deadline. Until End the
// worker counts as one that adds nothing to the requests of others, unless the
// round is in the background, where it is none of Fluent Bit's workers.
func (b *Batcher) Begin(deadline time.Time, background bool) *Round {
	r := &Round{
		batcher: b, deadline: deadline, begun: time.Now(), done: make(chan completion, MaxInFlight),
		overdue: time.NewTimer(time.Until(deadline)), crowd: time.NewTicker(crowdCheck),
	}
	if !background {
		b.mu.Lock()
		b.rounds = append(b.rounds, r)
		b.mu.Unlock()
	}
	return r
}

// Room returns how many more frames may be submitted now.
func (r *Round) Room() int { return MaxInFlight - len(r.underWay) - len(r.detached) }

// Submit hands over frames: Room at most.
func (r *Round) Submit(frames ...*Frame) {
	now := time.Now()
	var ready []*Frame
	for _, f := range frames {
		f.Deadline, f.round = r.deadline, r
		r.underWay = append(r.underWay, f)
		switch {
		case r.detaching != nil:
			r.complete(f, Result{Verdict: Retry, Err: r.detaching})
		case now.After(r.deadline), f.NotBefore.After(r.deadline):
			r.complete(f, Result{Verdict: Retry, Err: errors.New("no time is left for another try")})
		case f.NotBefore.After(now):
			time.AfterFunc(f.NotBefore.Sub(now), func() { r.batcher.hand(f) })
		default:
			ready = append(ready, f)
		}
	}
	r.batcher.hand(ready...)
}

// complete gives a frame back. It never blocks.
func (r *Round) complete(f *Frame, result Result) { r.done <- completion{f, result} }

// Next waits for a frame to come back, in any order, and returns it with its
// result; nil when none is under way.
func (r *Round) Next() (*Frame, Result) {
	if len(r.underWay) == 0 {
		return nil, Result{}
	}
	for r.detaching == nil {
		select {
		case c := <-r.done:
			return r.finish(c)
		case <-r.overdue.C:
			r.detaching = errNoAnswer
		case <-r.crowd.C:
			if r.batcher.isCrowded(r) {
				r.detaching = errCrowded
			}
		}
	}
	for {
		select {
		case c := <-r.done:
			if i := slices.Index(r.detached, c.frame); i < 0 {
				return r.finish(c)
			}
			r.done <- c // for End
			return r.detach(r.underWay[0])
		default:
			return r.detach(r.underWay[0])
		}
	}
}

var (
	errNoAnswer = errors.New("the backend has not answered yet")
	errCrowded  = errors.New("the backend is slow, and every worker waits for it")
)

func (r *Round) finish(c completion) (*Frame, Result) {
	i := slices.Index(r.underWay, c.frame)
	r.underWay = slices.Delete(r.underWay, i, i+1)
	return c.frame, c.result
}

// detach returns a frame without an answer.
func (r *Round) detach(f *Frame) (*Frame, Result) {
	r.detached = append(r.detached, f)
	if r.detaching == errNoAnswer {
		r.batcher.noAnswer(f, r.begun)
	}
	return r.finish(completion{f, Result{Verdict: Retry, Err: r.detaching, Detached: true}})
}

// End closes the round. late is told the result of every frame that came back
// detached, in a goroutine of its own, and with nil when that was the last.
func (r *Round) End(late func(*Frame, Result)) {
	r.overdue.Stop()
	r.crowd.Stop()
	left := slices.Concat(r.detached, r.underWay) // the latter where a panic came in between
	r.batcher.endRound(r, left)
	if len(left) == 0 {
		return
	}
	go func() {
		for range left {
			c := <-r.done
			r.batcher.detachedBack(c.frame)
			late(c.frame, c.result)
		}
		late(nil, Result{})
	}()
}
