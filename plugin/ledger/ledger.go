// Package ledger counts records: in total and by namespace. It remembers which
// records of a chunk are settled until Fluent Bit presents the chunk again, and
// it serves all of that as metrics.
package ledger

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Outcome is what became of a record. A record without an outcome is pending.
type Outcome uint8

// The outcomes.
const (
	// Delivered: the backend has the record.
	Delivered Outcome = iota
	// DeadLettered: the backend refused it for good; the dead-letter file has it.
	DeadLettered
	// Dropped by a rule.
	Dropped

	outcomes
)

// String returns the outcome as it is named in metrics.
func (o Outcome) String() string { return [...]string{"delivered", "dead-lettered", "dropped"}[o] }

// Ledger counts the records of an instance. Every record that was received is
// delivered, dead-lettered, dropped by rule, parked on the disk, or pending: with
// a worker, or returned to Fluent Bit, which will present it again. The zero Ledger is empty.
type Ledger struct {
	mu      sync.Mutex
	balance Balance

	Namespaces Namespaces

	Undecoded    atomic.Int64 // records in no container runtime's format, of all received
	Reassembled  atomic.Int64 // records that became part of another one
	Corrupt      atomic.Int64 // chunks with a remainder that is no event
	Retried      atomic.Int64 // requests tried again
	FilesRemoved atomic.Int64 // dead-letter files removed to make room
	Panics       atomic.Int64

	returned atomic.Int64 // chunks returned to Fluent Bit
	accepted atomic.Int64 // when the backend last accepted something; Unix nanoseconds, 0 for never
	failing  atomic.Int64 // since when chunks are returned and nothing is accepted; 0 when that is not so
}

// Balance is the ledger at one moment, in records.
type Balance struct {
	Received, Delivered, DeadLettered, Dropped, Parked, Pending int64
}

// Receive enters records that are new.
func (l *Ledger) Receive(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.balance.Received += int64(n)
	l.balance.Pending += int64(n)
}

// Forget takes back pending records that will be received anew.
func (l *Ledger) Forget(n int) { l.Receive(-n) }

// Settle enters the outcome of pending records.
func (l *Ledger) Settle(n int, o Outcome) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.balance.Pending -= int64(n)
	switch o {
	case Delivered:
		l.balance.Delivered += int64(n)
	case Dropped:
		l.balance.Dropped += int64(n)
	default:
		l.balance.DeadLettered += int64(n)
	}
}

// Park takes note that pending records are parked on the disk; of a negative
// number, that they are worked on again.
func (l *Ledger) Park(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.balance.Parked += int64(n)
	l.balance.Pending -= int64(n)
}

// Balance reads the ledger. The balance always holds.
func (l *Ledger) Balance() Balance {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.balance
}

// Accepted takes note that the backend accepted something.
func (l *Ledger) Accepted() {
	l.accepted.Store(time.Now().UnixNano())
	l.failing.Store(0)
}

// Returned takes note that a chunk was returned to Fluent Bit.
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

// Incidents lists what should not happen and did; empty when nothing did.
func (l *Ledger) Incidents() string {
	var parts []string
	for _, c := range []struct {
		name  string
		count *atomic.Int64
	}{
		{"undecoded records", &l.Undecoded},
		{"corrupt chunks", &l.Corrupt},
		{"chunks given back for a retry", &l.returned},
		{"requests repeated", &l.Retried},
		{"dead-letter files removed", &l.FilesRemoved},
		{"panics", &l.Panics},
	} {
		if n := c.count.Load(); n > 0 {
			parts = append(parts, fmt.Sprintf("%s: %d", c.name, n))
		}
	}
	return strings.Join(parts, ", ")
}

// String is the balance as an equation.
func (b Balance) String() string {
	parked := ""
	if b.Parked != 0 {
		parked = fmt.Sprintf("parked %d + ", b.Parked)
	}
	return fmt.Sprintf("received %d = delivered %d + dead-lettered %d + dropped %d + %spending %d",
		b.Received, b.Delivered, b.DeadLettered, b.Dropped, parked, b.Pending)
}

// Balanced says whether the equation holds.
func (b Balance) Balanced() bool {
	return b.Received == b.Delivered+b.DeadLettered+b.Dropped+b.Parked+b.Pending
}
