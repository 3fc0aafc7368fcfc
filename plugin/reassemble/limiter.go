package reassemble

import (
	"slices"
	"sync"
)

// limiter bounds how many chunks wait for another one. Each holds a worker, and
// one worker must stay free to bring what they wait for. When one chunk too many
// begins to wait, the chunk that has waited longest stops waiting.
type limiter struct {
	mu      sync.Mutex
	limit   int
	waiting []*wait // in the order of their beginning
}

// wait is the waiting of one chunk.
type wait struct {
	over  chan struct{} // closed when the chunk must stop waiting
	bound bool          // the chunk waits for an outcome that is under way, and cannot stop
}

func (l *limiter) setLimit(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.limit = max(n, 0)
}

// none says whether nobody may wait.
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

// begin returns a wait. It is over at once when the limit is reached and nobody
// else can stop.
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

// bind says that w cannot stop any more.
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
