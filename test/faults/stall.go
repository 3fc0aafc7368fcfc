package faults

import (
	"net/http"
	"time"

	"github.com/k8slog/k8slog/test/stall"
)

// A backend that is healthy answers at once, if its process runs. On a machine that
// is busy it may not run for a second, and the plugin takes its answer for lost: what
// it has stored comes again. These are the means to tell that from a fault.

const (
	// stalled is how long a pause of this process must be to count.
	stalled = 250 * time.Millisecond
	// around is how long before and after a stall an answer may be lost.
	around = 2 * time.Second
	// slow is how long a healthy backend may take for an answer, which is far less
	// than any request_timeout of the tests.
	slow = 300 * time.Millisecond
)

// stalledBetween returns for how long the process did not run then.
func stalledBetween(from, to time.Time) time.Duration { return stall.Between(from, to, stalled) }

// allowed is a limit of a test for what has happened between two times: three times as
// much where this process did not run, and so the agent may not have run.
func allowed(limit time.Duration, from, to time.Time) time.Duration {
	if stalledBetween(from.Add(-around), to) > 0 {
		return 3 * limit
	}
	return limit
}

// taken is a request whose rows were stored.
type taken struct {
	from, to time.Time
	rows     int
	gone     bool // so was the client when it was answered
}

// note keeps what a request has stored.
func (b *Backend) note(r *http.Request, from time.Time, rows int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.taken = append(b.taken, taken{from, time.Now(), rows, r.Context().Err() != nil})
}

// Doubtful returns how many rows were stored by requests whose answer may have been
// late, because the machine was busy: they may come again.
func (b *Backend) Doubtful() (rows int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, t := range b.taken {
		if t.gone || t.to.Sub(t.from) > slow || stalledBetween(t.from.Add(-around), t.to.Add(around)) > 0 {
			rows += t.rows
		}
	}
	return rows
}
