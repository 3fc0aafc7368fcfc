package ledger

import (
	"sync"
	"time"
)

// troubleEnds is how long after the last failure a Trouble is over. What failed comes again
// sooner: scheduler.cap of the shipped configuration is a minute. A success of something else
// meanwhile says nothing: what is small may fit where what is large does not.
const troubleEnds = 2 * time.Minute

// Trouble is why something fails, and since when. The zero Trouble is none. It is safe for
// concurrent use.
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
	if now.Sub(t.last) >= troubleEnds {
		t.since = now
	}
	t.err, t.last = err, now
}

// Failing returns since when it fails, and why; nil when it does not.
func (t *Trouble) Failing() (since time.Time, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if time.Since(t.last) >= troubleEnds {
		return time.Time{}, nil
	}
	return t.since, t.err
}

// retrying is why requests are tried again, since the last one that was accepted.
type retrying struct {
	mu    sync.Mutex
	err   error
	since time.Time
}

// Retry counts a request that is tried again, and notes why.
func (l *Ledger) Retry(err error) {
	l.Retried.Add(1)
	t := &l.retrying
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.err == nil || !l.LastAccepted().Before(t.since) {
		t.since = time.Now()
	}
	t.err = err
}

// Retrying returns since when requests are tried again, and nothing is accepted, and why the last
// one was; nil when something was accepted since.
func (l *Ledger) Retrying() (since time.Time, err error) {
	t := &l.retrying
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.err == nil || !l.LastAccepted().Before(t.since) {
		return time.Time{}, nil
	}
	return t.since, t.err
}
