package pipeline

import (
	"errors"
	"sync"
	"time"

	"github.com/k8slog/k8slog/plugin/chunk"
)

// This file keeps the order of age after an outage, for a backend that refuses records
// which are much older than what it has (see backend.Ordered). Fluent Bit presents the
// chunks that were returned in no given order, and new ones between them.

// giveWayFor is how long a chunk gives way to an older one after that was returned. Fluent
// Bit presents it again after scheduler.cap, or has dropped it.
const giveWayFor = 3 * time.Minute

const (
	// startHold is how long after the start of the process a chunk may be the first of several:
	// Fluent Bit presents what it reads now before what is on the disk.
	startHold = 2 * time.Second
	// lookout is how long a chunk that skips some time waits for older ones. Fluent Bit passes
	// many chunks to its workers at once, and on a busy machine one that is older may begin
	// later.
	lookout = time.Second
)

var errOlderFirst = errors.New("older chunks of the time before go first, because the backend takes only what is not much older than what it has")

// order is the chunks in work, by the time of their first record. A chunk is entered before
// its state is taken from Resume, and stays until its state is saved there: nobody overlooks
// it in between. The zero order is empty.
type order struct {
	mu     sync.Mutex
	inWork map[*place]struct{}
	newest int64 // the first record of the newest chunk that is done; 0 for none
}

// place is that of a chunk in work.
type place struct {
	first   int64 // the time of its first record, in nanoseconds
	entered time.Time
}

func (o *order) enter(first int64) *place {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.inWork == nil {
		o.inWork = map[*place]struct{}{}
	}
	at := &place{first, time.Now()}
	o.inWork[at] = struct{}{}
	return at
}

// leave ends the work on a chunk, which is done, or was returned and is in Resume.
func (o *order) leave(at *place, done bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.inWork, at)
	if now := time.Now().UnixNano(); done { // a record may be ahead of the clock
		o.newest = max(o.newest, min(at.first, now))
	}
}

// hasOlder reports whether a chunk with a first record before a time is in work.
func (o *order) hasOlder(first int64) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	for other := range o.inWork {
		if other.first < first {
			return true
		}
	}
	return false
}

// follows reports whether a chunk is not newer than the newest one that is done, by more than
// the margin.
func (o *order) follows(at *place, margin time.Duration) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return at.first <= o.newest+int64(margin)
}

// giveWay returns an error when older chunks go first: those that are older by more than half
// of what the backend takes.
func (w *worker) giveWay() error {
	p := w.p
	if p.maxBehind == 0 {
		return nil
	}
	margin := p.maxBehind / 2
	isLater := func() bool {
		before := w.place.first - int64(margin)
		return p.Resume.HasOlder(before, time.Now().Add(-giveWayFor)) || p.order.hasOlder(before)
	}
	if isLater() {
		return errOlderFirst
	}
	if !p.order.follows(w.place, margin) && w.lookOut() && isLater() {
		return errOlderFirst
	}
	return nil
}

// lookOut waits for older chunks that Fluent Bit presents now, and reports whether it has
// waited. It does not wait where that would take most of the time of the chunk: nothing else
// is presented meanwhile where there are no workers.
func (w *worker) lookOut() (waited bool) {
	p := w.p
	until := w.place.entered.Add(lookout)
	if hold := p.started.Add(startHold); until.Before(hold) {
		until = hold
	}
	wait := time.Until(until)
	if wait <= 0 || 2*wait > time.Until(w.deadline) || p.Stopping() {
		return false
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-p.closed:
	}
	return true
}

// firstTime returns the time of the first record of a chunk; 0 for a chunk without records.
func firstTime(data []byte) int64 {
	reader := chunk.NewReader(data)
	var ev chunk.Event
	if !reader.Next(&ev) {
		return 0
	}
	return ev.Time
}
