package reassemble

import (
	"slices"
	"sync"
)

// patience bounds how many chunks wait for another one. Each holds a worker,
// and one must stay free to bring what they wait for. When one too many begins
// to wait, the one that has waited longest gives up.
type patience struct {
	mu      sync.Mutex
	limit   int
	waiting []*wait // in the order of their beginning
}

// wait is one chunk's waiting.
type wait struct {
	// over is closed when the chunk shall wait no longer.
	over chan struct{}
	// bound: it waits for a verdict that is under way, and cannot give up.
	bound bool
}

func (p *patience) setLimit(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.limit = max(n, 0)
}

// none says whether nobody may wait at all.
func (p *patience) none() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.limit == 0
}

func (p *patience) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.waiting)
}

// begin returns a wait, which is over at once where nobody else can give up.
func (p *patience) begin() *wait {
	p.mu.Lock()
	defer p.mu.Unlock()
	w := &wait{over: make(chan struct{})}
	if len(p.waiting) >= p.limit {
		i := slices.IndexFunc(p.waiting, func(other *wait) bool { return !other.bound })
		if i < 0 {
			close(w.over)
			return w
		}
		close(p.waiting[i].over)
		p.waiting = slices.Delete(p.waiting, i, i+1)
	}
	p.waiting = append(p.waiting, w)
	return w
}

// bind says that w cannot give up any more.
func (p *patience) bind(w *wait) {
	p.mu.Lock()
	defer p.mu.Unlock()
	w.bound = true
}

func (p *patience) end(w *wait) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if i := slices.Index(p.waiting, w); i >= 0 {
		p.waiting = slices.Delete(p.waiting, i, i+1)
	}
}
