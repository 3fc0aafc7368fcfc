// Package delivery sends frames to the backend. Frames that wait at the same time
// travel in one request (group commit). A request is tried until the backend has
// decided, or until the deadline. A circuit breaker keeps requests away from a
// backend, or from a partition of it, that is known to be down.
package delivery

import (
	"sync/atomic"
	"time"
)

// Frame is encoded records of one partition. A worker submits it to a Round. Its
// bytes must not change until the round returns it.
type Frame struct {
	Body []byte
	// Items is the number of calls of Encoder.Append. A backend that decides on
	// each record by itself gives as many verdicts.
	Items int
	// Scopes are the scopes of the items; nil for a backend that is not Scoped.
	Scopes []string
	// Partition is the partition of the records. A request has one partition.
	Partition string
	// Exclusive is true for a frame that gets a request of its own, so that the
	// answer is about this frame only.
	Exclusive bool
	// Suspect is true for records on which the server has failed before. That it
	// fails again says nothing about the backend.
	Suspect bool
	// Refused is true for records whose scopes are refused, or that are parked. They
	// are tried once, and that they are not taken says nothing about the backend.
	Refused bool
	// NotBefore is the earliest time at which the frame is sent; zero for at once.
	NotBefore time.Time
	// Deadline is when the worker needs the result. Submit sets it.
	Deadline time.Time
	// Owner belongs to the caller of Submit. Delivery does not read it.
	Owner any

	round  *Round
	packed atomic.Int64 // the size of the copy that its request has of it; 0 for none
	held   int          // bytes that count while the frame is detached
	sentAt atomic.Int64 // when its request was sent, in Unix nanoseconds; 0 while none is in progress
}

// IsCopied reports whether the request of a frame that Next has returned Detached reads a
// copy. Then the caller may free the frame's bytes.
func (f *Frame) IsCopied() bool { return f.packed.Load() != 0 }

// Memory returns the bytes that the request of the frame holds.
func (f *Frame) Memory() int {
	if n := f.packed.Load(); n != 0 {
		return int(n)
	}
	return len(f.Body)
}
