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

// startHold is how long the first new chunks of a process wait for older ones: at a start,
// Fluent Bit presents what it reads now before what is on the disk.
const startHold = 2 * time.Second

var errOlderFirst = errors.New("older chunks of the time before go first, because the backend takes only what is not much older than what it has")

// order is the chunks in work, by the time of their first record. The zero order is empty.
type order struct {
	mu     sync.Mutex
	inWork map[*worker]int64
}

// begin enters a chunk, unless an older one is in work. A chunk is older when it is so by
// more than the margin.
func (o *order) begin(w *worker, first int64, margin time.Duration) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, other := range o.inWork {
		if other < first-int64(margin) {
			return false
		}
	}
	if o.inWork == nil {
		o.inWork = map[*worker]int64{}
	}
	o.inWork[w] = first
	return true
}

func (o *order) end(w *worker) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.inWork, w)
}

// giveWay returns an error when older chunks go first. The caller must call order.end.
func (w *worker) giveWay() error {
	if w.p.maxBehind == 0 {
		return nil
	}
	margin := w.p.maxBehind / 2
	w.awaitBacklog(margin)
	if w.p.Resume.HasOlder(w.state.First-int64(margin), time.Now().Add(-giveWayFor)) || !w.p.order.begin(w, w.state.First, margin) {
		return errOlderFirst
	}
	return nil
}

// awaitBacklog lets a new chunk wait after the start of the process, if chunks that are older
// by more than the margin may be on the disk. It does not wait where that would take most of
// the time of the chunk: nothing else is presented meanwhile where there are no workers.
func (w *worker) awaitBacklog(margin time.Duration) {
	p := w.p
	wait := time.Until(p.started.Add(startHold))
	if wait <= 0 || !p.LastSettled.Before(p.started.Add(-margin)) ||
		w.state.First < p.started.Add(-margin).UnixNano() || 2*wait > time.Until(w.deadline) || p.Stopping() {
		return
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-p.closed:
	}
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
