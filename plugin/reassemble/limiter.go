package reassemble

import (
	"slices"
	"sync"
)

// limiter limits the number of chunks that wait for another chunk. Each of them holds
// a worker, and one worker must stay free for the chunks that they wait for. When one
// chunk too many begins to wait, the chunk that has waited longest stops.
type limiter struct {
	mu      sync.Mutex
	limit   int
	atLeast bool    // there may be more workers than the limit says
	waiting []*wait // the oldest first
}

// wait is the waiting of one chunk.
type wait struct {
	over  chan struct{} // closed when the chunk must stop waiting
	bound bool          // the chunk waits for an outcome, and cannot stop
	worth worth
}

// worth is what waiting is worth: what is worth less stops first.
type worth uint8

const (
	mayGoOn       worth = iota // behind an ordinary line, which rarely goes on
	restOfMessage              // of a message of several lines
	restOfLine                 // of a line, which comes for certain
)

func (l *limiter) setLimit(n int, atLeast bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.limit, l.atLeast = max(n, 0), atLeast
}

// none reports whether no chunk may wait.
func (l *limiter) none() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.limit == 0
}

func (l *limiter) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.waiting)
}

// begin begins a wait. The wait is over at once when the limit is reached and no other
// chunk can stop. Of the chunks whose waiting is worth least, the one that has waited
// longest stops.
func (l *limiter) begin(worth worth) *wait {
	l.mu.Lock()
	defer l.mu.Unlock()
	w := &wait{over: make(chan struct{}), worth: worth}
	if len(l.waiting) >= l.limit {
		i := l.least()
		if i < 0 || l.waiting[i].worth > mayGoOn && worth == mayGoOn {
			close(w.over)
			return w
		}
		close(l.waiting[i].over)
		l.waiting = slices.Delete(l.waiting, i, i+1)
	}
	l.waiting = append(l.waiting, w)
	return w
}

// least returns the number of the chunk that stops first; -1 for none.
func (l *limiter) least() int {
	least := -1
	for i, w := range l.waiting {
		if !w.bound && (least < 0 || w.worth < l.waiting[least].worth) {
			least = i
		}
	}
	return least
}

// bind notes whether w cannot stop.
func (l *limiter) bind(w *wait, bound bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	w.bound = bound
}

func (l *limiter) end(w *wait) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if i := slices.Index(l.waiting, w); i >= 0 {
		l.waiting = slices.Delete(l.waiting, i, i+1)
	}
}
