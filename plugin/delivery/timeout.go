package delivery

import (
	"sync"
	"time"
)

// maxTimeout is the longest time that a request may take. Loaded servers answer
// after up to a minute.
const maxTimeout = 90 * time.Second

// patience is how many times the configured timeout a request may take at first. A
// connection that is dead shows sooner: the system's own timeouts end it.
const patience = 8

// timeoutHold is how long a longer timeout holds, whatever is answered sooner: what
// is slow may be one tenant, or one of several servers behind an address.
const timeoutHold = time.Minute

// timeout is how long a request may take. It follows how long the backend takes,
// because one that is slow would otherwise get the same body again and again,
// and never be waited for. The zero timeout is that of a backend that has not
// been slow.
type timeout struct {
	mu    sync.Mutex
	value time.Duration
	until time.Time // no shorter one before
}

// now returns the timeout of the next request: the configured one times patience at
// least.
func (t *timeout) now(configured time.Duration) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	return max(configured, min(patience*configured, maxTimeout), t.value)
}

// answered takes note of how long an answer took.
func (t *timeout) answered(took time.Duration) { t.set(min(3*took, maxTimeout)) }

// missed takes note that a request got no answer within a time. The next one may
// take twice as long.
func (t *timeout) missed(after time.Duration) { t.set(max(after, min(2*after, maxTimeout))) }

func (t *timeout) set(value time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if now := time.Now(); value >= t.value || !now.Before(t.until) {
		t.value, t.until = value, now.Add(timeoutHold)
	}
}
