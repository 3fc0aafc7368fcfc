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

// hangGrace is how long past its deadline a backend may take to notice that its
// time is over, before it is left behind.
const hangGrace = time.Second

// Round is the frames of one worker that are under way. It serves one goroutine:
// Submit, Next until it returns nil, End. It is made by Batcher.Begin.
type Round struct {
	batcher   *Batcher
	deadline  time.Time
	begun     time.Time
	done      chan completion // has room for all that is under way
	underWay  []*Frame
	abandoned []*Frame // the backend did not come back with them in time
	overdue   *time.Timer
	late      bool // it has fired
}

// completion is a frame that came back.
type completion struct {
	frame  *Frame
	result Result
}

// Begin opens a round whose frames must be answered by a deadline. Until End the
// worker counts as one that adds nothing to the requests of others.
func (b *Batcher) Begin(deadline time.Time) *Round {
	b.mu.Lock()
	b.waiting++
	b.mu.Unlock()
	return &Round{
		batcher: b, deadline: deadline, begun: time.Now(),
		done: make(chan completion, MaxInFlight), overdue: time.NewTimer(time.Until(deadline) + hangGrace),
	}
}

// Room returns how many more frames may be submitted now.
func (r *Round) Room() int { return MaxInFlight - len(r.underWay) }

// Submit hands over frames: Room at most.
func (r *Round) Submit(frames ...*Frame) {
	now := time.Now()
	var ready []*Frame
	for _, f := range frames {
		f.Deadline, f.round = r.deadline, r
		r.underWay = append(r.underWay, f)
		switch {
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
// result; nil when none is under way. Frames of a backend that hangs come back
// as abandoned soon after the deadline.
func (r *Round) Next() (*Frame, Result) {
	if len(r.underWay) == 0 {
		return nil, Result{}
	}
	if !r.late {
		select {
		case c := <-r.done:
			return r.finish(c)
		case <-r.overdue.C:
			r.late = true
		}
	}
	for {
		select {
		case c := <-r.done: // it came while another was waited for
			if i := slices.Index(r.abandoned, c.frame); i >= 0 {
				r.abandoned = slices.Delete(r.abandoned, i, i+1)
				continue
			}
			return r.finish(c)
		default:
			return r.abandon(r.underWay[0])
		}
	}
}

func (r *Round) finish(c completion) (*Frame, Result) {
	i := slices.Index(r.underWay, c.frame)
	r.underWay = slices.Delete(r.underWay, i, i+1)
	return c.frame, c.result
}

// abandon leaves a frame behind with the backend.
func (r *Round) abandon(f *Frame) (*Frame, Result) {
	r.abandoned = append(r.abandoned, f)
	err := errors.New("the backend does not come back")
	r.batcher.breakers.onFailure(f.Partition, err, r.begun, time.Now(), r.batcher.config.BackoffMax)
	return r.finish(completion{f, Result{Verdict: Retry, Err: err, Abandoned: true}})
}

// End closes the round. Where frames were left with the backend, it returns a
// channel that is closed when the backend has come back with all of them, and
// nil else.
func (r *Round) End() <-chan struct{} {
	r.overdue.Stop()
	r.batcher.mu.Lock()
	r.batcher.waiting--
	r.batcher.mu.Unlock()
	left := len(r.abandoned) + len(r.underWay) // the latter where a panic came in between
	if left == 0 {
		return nil
	}
	returned := make(chan struct{})
	go func() {
		defer close(returned)
		for range left {
			<-r.done
		}
	}()
	return returned
}
