package delivery

import (
	"sync/atomic"
	"time"
)

// maxTimeout is the longest time that a request may take. Loaded servers answer
// after up to a minute.
const maxTimeout = 90 * time.Second

// timeout is how long a request may take. It follows how long the backend takes,
// because one that is slow would otherwise get the same body again and again,
// and never be waited for. The zero timeout is that of the configuration.
type timeout struct{ nanos atomic.Int64 }

// now returns the timeout of the next request: the configured one at least.
func (t *timeout) now(configured time.Duration) time.Duration {
	return max(configured, time.Duration(t.nanos.Load()))
}

// answered takes note of how long an answer took.
func (t *timeout) answered(took time.Duration) {
	t.nanos.Store(int64(min(3*took, maxTimeout)))
}

// missed takes note that a request got no answer within a time. The next one may
// take twice as long.
func (t *timeout) missed(after time.Duration) {
	t.nanos.Store(int64(max(after, min(2*after, maxTimeout))))
}
