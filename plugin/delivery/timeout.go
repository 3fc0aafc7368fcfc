package delivery

import (
	"sync/atomic"
	"time"
)

// maxTimeout is the longest time that a request may take. Loaded servers answer
// after up to a minute.
const maxTimeout = 90 * time.Second

// timeout is how long a request may take. It follows the time that the backend
// takes. Otherwise a slow backend would get the same body again and again, and its
// answer would never be waited for. The zero timeout is the configured one.
type timeout struct{ nanos atomic.Int64 }

// now returns the timeout of the next request, which is at least the configured one.
func (t *timeout) now(configured time.Duration) time.Duration {
	return max(configured, time.Duration(t.nanos.Load()))
}

// answered notes how long an answer took.
func (t *timeout) answered(took time.Duration) {
	t.nanos.Store(int64(min(3*took, maxTimeout)))
}

// missed notes that a request had no answer within a time. The next request may
// take twice as long.
func (t *timeout) missed(after time.Duration) {
	t.nanos.Store(int64(max(after, min(2*after, maxTimeout))))
}
