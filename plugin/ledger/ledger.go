// Package ledger counts the records of an instance by their outcome, in total and
// by namespace, and has the counts as metrics. It remembers which records of a
// chunk are settled until Fluent Bit presents the chunk again.
package ledger

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Outcome is what became of a record.
type Outcome uint8

// The outcomes.
const (
	// Pending: the record has no outcome yet.
	Pending Outcome = iota
	// Delivered: the backend has the record.
	Delivered
	// DeadLettered: the backend refused the record for good, and the dead-letter
	// file has it.
	DeadLettered
	// Dropped: a rule dropped the record.
	Dropped

	outcomes
)

// String returns the name of the outcome in metrics.
func (o Outcome) String() string {
	return [...]string{"pending", "delivered", "dead-lettered", "dropped"}[o]
}

// Ledger counts the records of an instance. Every received record is delivered,
// dead-lettered, dropped by a rule, parked on the disk, abandoned, or pending. A
// pending record is with a worker, or was returned to Fluent Bit, which will present it
// again. It is abandoned when Fluent Bit has not done so for long. The zero Ledger is empty. It is safe for concurrent use.
type Ledger struct {
	mu      sync.Mutex
	balance Balance

	Namespaces Namespaces
	Containers Containers
	Letters    Letters

	Undecoded    atomic.Int64 // received records that are not in a container runtime's format
	Unidentified atomic.Int64 // received lines of containers, of which neither path nor tag names the pod
	Repaired     atomic.Int64 // received records whose lines were damaged
	Reassembled  atomic.Int64 // records that became part of another record
	Refused      atomic.Int64 // dropped records whose path leads to a file that is no log
	NoMetadata   atomic.Int64 // records of pods of which the API server has not told
	Corrupt      atomic.Int64 // chunks with a remainder that is not an event
	Retried      atomic.Int64 // requests that were sent again
	FilesRemoved atomic.Int64 // dead-letter files that were removed to make room
	Damaged      atomic.Int64 // lines of parked records that cannot be read
	ParkFailed   atomic.Int64 // records that could not be parked, each time
	Parking      Trouble      // why they could not
	retrying     retrying
	Panics       atomic.Int64

	returned atomic.Int64 // chunks that were returned to Fluent Bit
	accepted atomic.Int64 // time of the last acceptance, in Unix nanoseconds; 0 for never
	failing  atomic.Int64 // since when chunks are returned and nothing is accepted; 0 for not failing
}

// Balance is the ledger at one moment, in records.
type Balance struct {
	Received, Delivered, DeadLettered, Dropped, Parked, Abandoned, Pending int64
}

// String is the balance as an equation.
func (b Balance) String() string {
	parked := ""
	if b.Parked != 0 {
		parked = fmt.Sprintf("parked %d + ", b.Parked)
	}
	abandoned := ""
	if b.Abandoned != 0 {
		abandoned = fmt.Sprintf("abandoned %d + ", b.Abandoned)
	}
	return fmt.Sprintf("received %d = delivered %d + dead-lettered %d + dropped %d + %s%spending %d",
		b.Received, b.Delivered, b.DeadLettered, b.Dropped, parked, abandoned, b.Pending)
}

// Balanced reports whether the equation holds.
func (b Balance) Balanced() bool {
	return b.Received == b.Delivered+b.DeadLettered+b.Dropped+b.Parked+b.Abandoned+b.Pending
}

// Receive enters n new records, which are pending.
func (l *Ledger) Receive(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.balance.Received += int64(n)
	l.balance.Pending += int64(n)
}

// Forget removes pending records that will be received anew.
func (l *Ledger) Forget(n int) { l.Receive(-n) }

// settle enters the outcome of n pending records.
func (l *Ledger) settle(n int, o Outcome) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.balance.Pending -= int64(n)
	switch o {
	case Delivered:
		l.balance.Delivered += int64(n)
	case DeadLettered:
		l.balance.DeadLettered += int64(n)
	case Dropped:
		l.balance.Dropped += int64(n)
	}
}

// Park enters n pending records as parked. A negative n makes parked records
// pending again.
func (l *Ledger) Park(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.balance.Parked += int64(n)
	l.balance.Pending -= int64(n)
}

// Abandon enters n pending records as abandoned: Fluent Bit has dropped their chunk,
// which it does not report. A negative n makes them pending again.
func (l *Ledger) Abandon(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.balance.Abandoned += int64(n)
	l.balance.Pending -= int64(n)
}

// Balance returns the ledger at this moment.
func (l *Ledger) Balance() Balance {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.balance
}

// Accepted notes that the backend accepted something.
func (l *Ledger) Accepted() {
	l.accepted.Store(time.Now().UnixNano())
	l.failing.Store(0)
}

// Returned notes that a chunk was returned to Fluent Bit.
func (l *Ledger) Returned() {
	l.returned.Add(1)
	l.failing.CompareAndSwap(0, time.Now().UnixNano())
}

// Healthy returns an error when chunks have been returned, and nothing has been
// accepted, for the given time.
func (l *Ledger) Healthy(limit time.Duration) error {
	since := l.failing.Load()
	if since == 0 {
		return nil
	}
	ago := time.Since(time.Unix(0, since))
	if ago < limit {
		return nil
	}
	last := "nothing was delivered yet"
	if at := l.accepted.Load(); at != 0 {
		last = fmt.Sprintf("the last delivery was %v ago", time.Since(time.Unix(0, at)).Round(time.Second))
	}
	return fmt.Errorf("chunks are given back since %v; %s", ago.Round(time.Second), last)
}

// Incidents lists the counters of what should not happen, for the log. It is empty
// when all of them are zero.
func (l *Ledger) Incidents() string {
	var parts []string
	l.EachIncident(func(name string, n int64) {
		parts = append(parts, fmt.Sprintf("%s: %d", name, n))
	})
	return strings.Join(parts, ", ")
}

// EachIncident calls each for every counter of what should not happen that is not zero.
func (l *Ledger) EachIncident(each func(name string, n int64)) {
	for _, c := range []struct {
		name  string
		count *atomic.Int64
	}{
		{"undecoded records", &l.Undecoded},
		{"lines of unknown containers", &l.Unidentified},
		{"damaged lines repaired", &l.Repaired},
		{"records of paths that lead to no log file", &l.Refused},
		{"corrupt chunks", &l.Corrupt},
		{"chunks given back for a retry", &l.returned},
		{"requests repeated", &l.Retried},
		{"dead-letter files removed", &l.FilesRemoved},
		{"damaged lines of parked records", &l.Damaged},
		{"panics", &l.Panics},
	} {
		if n := c.count.Load(); n > 0 {
			each(c.name, n)
		}
	}
}

// GivenBack returns the number of chunks that were returned to Fluent Bit.
func (l *Ledger) GivenBack() int64 { return l.returned.Load() }

// LastAccepted returns when the backend accepted something last; zero for never.
func (l *Ledger) LastAccepted() (at time.Time) {
	if n := l.accepted.Load(); n != 0 {
		at = time.Unix(0, n)
	}
	return at
}
