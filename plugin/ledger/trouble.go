package ledger

import (
	"sync"
	"time"
)

// troubleEnds is how long after the last failure a Trouble is over that no success has ended:
// nobody has tried again.
const troubleEnds = 5 * time.Minute

// Trouble is why something fails, and since when, until it succeeds. The zero Trouble is none.
// It is safe for concurrent use.
type Trouble struct {
	mu          sync.Mutex
	err         error
	since, last time.Time
}

// Fail notes a failure.
func (t *Trouble) Fail(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now()
	if now.Sub(t.last) >= troubleEnds { // else it is the same trouble, whatever succeeded in between
		t.since = now
	}
	t.err, t.last = err, now
}

// Over notes a success.
func (t *Trouble) Over() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.err = nil
}

// Failing returns since when it fails, and why; nil when it does not.
func (t *Trouble) Failing() (since time.Time, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.err == nil || time.Since(t.last) >= troubleEnds {
		return time.Time{}, nil
	}
	return t.since, t.err
}
