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
	waiting []*wait // the oldest first
}

// wait is the waiting of one chunk.
type wait struct {
	over  chan struct{} // closed when the chunk must stop waiting
	bound bool          // the chunk waits for an outcome, and cannot stop
}

func (l *limiter) setLimit(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.limit = max(n, 0)
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
// chunk can stop.
func (l *limiter) begin() *wait {
	l.mu.Lock()
	defer l.mu.Unlock()
	w := &wait{over: make(chan struct{})}
	if len(l.waiting) >= l.limit {
		i := slices.IndexFunc(l.waiting, func(other *wait) bool { return !other.bound })
		if i < 0 {
			close(w.over)
			return w
		}
		close(l.waiting[i].over)
		l.waiting = slices.Delete(l.waiting, i, i+1)
	}
	l.waiting = append(l.waiting, w)
	return w
}

// bind notes that w cannot stop any more.
func (l *limiter) bind(w *wait) {
	l.mu.Lock()
	defer l.mu.Unlock()
	w.bound = true
}

func (l *limiter) end(w *wait) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if i := slices.Index(l.waiting, w); i >= 0 {
		l.waiting = slices.Delete(l.waiting, i, i+1)
	}
}
