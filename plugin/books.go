package plugin

import (
	"fmt"
	"strings"
	"sync/atomic"
)

// books count records. Every record that was received is delivered,
// dead-lettered, dropped by rule, or pending: with a worker, or given back to
// Fluent Bit, which will present it again.
type books struct {
	received     atomic.Int64
	delivered    atomic.Int64
	deadLettered atomic.Int64
	dropped      atomic.Int64
	pending      atomic.Int64

	undecoded atomic.Int64 // records that no runtime's format fitted, of all received
	corrupt   atomic.Int64 // chunks with a remainder that is no event
	retried   atomic.Int64 // chunks given back to Fluent Bit
	repeated  atomic.Int64 // requests tried again
	panics    atomic.Int64
}

// Balance is the books at one moment, in records.
type Balance struct {
	Received, Delivered, DeadLettered, Dropped, Pending int64
}

// balance reads the books. While flushes are under way its parts may be a few
// records apart.
func (b *books) balance() Balance {
	return Balance{
		Received: b.received.Load(), Delivered: b.delivered.Load(), DeadLettered: b.deadLettered.Load(),
		Dropped: b.dropped.Load(), Pending: b.pending.Load(),
	}
}

// incidents says what went other than it should; empty when nothing did.
func (b *books) incidents() string {
	var parts []string
	for _, c := range []struct {
		name  string
		count *atomic.Int64
	}{
		{"undecoded records", &b.undecoded},
		{"corrupt chunks", &b.corrupt},
		{"chunks given back for a retry", &b.retried},
		{"requests repeated", &b.repeated},
		{"panics", &b.panics},
	} {
		if n := c.count.Load(); n > 0 {
			parts = append(parts, fmt.Sprintf("%s: %d", c.name, n))
		}
	}
	return strings.Join(parts, ", ")
}

// String is the balance as an equation.
func (b Balance) String() string {
	return fmt.Sprintf("received %d = delivered %d + dead-lettered %d + dropped %d + pending %d",
		b.Received, b.Delivered, b.DeadLettered, b.Dropped, b.Pending)
}

// Balanced says whether the equation holds.
func (b Balance) Balanced() bool {
	return b.Received == b.Delivered+b.DeadLettered+b.Dropped+b.Pending
}
