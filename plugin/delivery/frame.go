// Package delivery brings frames to the backend. Frames that wait together
// travel in one request (group commit). A request is tried until the backend has
// said yes or no, or until the deadline. A circuit breaker keeps requests away
// from a backend, or from a partition of it, that is known to be down.
package delivery

import (
	"sync/atomic"
	"time"
)

// Frame is records of one partition that one worker has encoded. The worker
// hands it to a Round; until the frame comes back, its bytes must not change.
type Frame struct {
	Body []byte
	// Items is the number of verdicts that a backend gives that decides on each
	// record by itself: one for each call of Encoder.Append.
	Items int
	// Scopes are the scopes of the items, where the backend is Scoped; nil else.
	Scopes []string
	// Partition keeps the frame out of the requests of other partitions.
	Partition string
	// Exclusive gives the frame a request of its own, so that the answer is
	// about this frame only.
	Exclusive bool
	// NotBefore is when the frame may be sent; zero for at once.
	NotBefore time.Time
	// Deadline is when the worker must have an answer. Submit sets it.
	Deadline time.Time
	// Owner is for whoever submits the frame. Delivery does not read it.
	Owner any

	round *Round
	sent  atomic.Int64 // since when a request is under way, in Unix nanoseconds; 0 when none is
}

// Verdict is what the backend has said of a frame.
type Verdict uint8

const (
	// Retry: the backend did not say, or not now. The records wait.
	Retry Verdict = iota
	// Accepted: the backend has taken every record for good.
	Accepted
	// Rejected: the backend will never take any of the records.
	Rejected
	// Split: the backend may take the records in smaller requests, or some of
	// them. With backend.Failed as the reason, one of them may be the cause.
	Split
	// PerItem: the backend has decided on each item by itself.
	PerItem
)

// Result is a verdict with its reason.
type Result struct {
	Verdict Verdict
	// Err is the reason of every verdict but Accepted.
	Err error
	// Items are the verdicts of PerItem, one for each item of the frame, as
	// backend.PartialError has them.
	Items []error
	// Exclusive is true when the frame was the only one in its request.
	Exclusive bool
	// Detached is true when the request goes on without the round: it may still
	// be stored, and the answer is told to the function that End was given. The
	// backend may read the frame's bytes until then.
	Detached bool
}
