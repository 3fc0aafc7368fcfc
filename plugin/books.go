package plugin

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/k8slog/k8slog/plugin/reassemble"
)

// books count records. Every record that was received is delivered,
// dead-lettered, dropped by rule, or pending: with a worker, or given back to
// Fluent Bit, which will present it again.
type books struct {
	mu  sync.Mutex
	now Balance

	undecoded atomic.Int64  // records that no runtime's format fitted, of all received
	joined    atomic.Int64  // records that became part of another one
	corrupt   atomic.Int64  // chunks with a remainder that is no event
	retried   atomic.Int64  // chunks given back to Fluent Bit
	repeated  atomic.Int64  // requests tried again
	removed   *atomic.Int64 // dead-letter files removed to make room
	panics    atomic.Int64

	accepted atomic.Int64 // when the backend last took something; Unix nanoseconds, 0 for never
	failing  atomic.Int64 // since when chunks are given back and nothing is taken; 0 when that is not so
}

// Balance is the books at one moment, in records.
type Balance struct {
	Received, Delivered, DeadLettered, Dropped, Pending int64
}

// receive enters records that are new.
func (b *books) receive(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.now.Received += int64(n)
	b.now.Pending += int64(n)
}

// forget takes back records that will be received anew.
func (b *books) forget(n int) { b.receive(-n) }

// settle enters what became of pending records.
func (b *books) settle(n int, fate reassemble.Fate) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.now.Pending -= int64(n)
	switch fate {
	case reassemble.Delivered:
		b.now.Delivered += int64(n)
	case reassemble.Dropped:
		b.now.Dropped += int64(n)
	default:
		b.now.DeadLettered += int64(n)
	}
}

// balance reads the books; it always balances.
func (b *books) balance() Balance {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.now
}

// took takes note that the backend took something.
func (b *books) took() {
	b.accepted.Store(time.Now().UnixNano())
	b.failing.Store(0)
}

// gaveBack takes note that a chunk was given back.
func (b *books) gaveBack() {
	b.retried.Add(1)
	b.failing.CompareAndSwap(0, time.Now().UnixNano())
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
		{"dead-letter files removed", b.removed},
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
