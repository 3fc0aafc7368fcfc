// Package delivery brings frames to the backend: those that wait together
// travel in one request (group commit), which is tried until the backend has
// said yes or no, or the deadline has come.
package delivery

import "time"

// Frame is what one worker has encoded. The worker waits in Commit until the
// frame's fate is known; until then its bytes must not change.
type Frame struct {
	Body []byte
	// Items is how many verdicts a backend gives that decides on each record
	// by itself: one for each call of Append.
	Items int
	// Partition keeps the frame out of requests that go elsewhere.
	Partition string
	// Alone keeps the frame out of the company of others, whose faults the
	// backend could not tell from its own.
	Alone bool
	// Deadline is when the worker must have an answer.
	Deadline time.Time

	result chan Result
	handed bool // to a batch
}

// Verdict is the fate of a frame.
type Verdict uint8

const (
	// Retry: nobody knows, or not now. Fluent Bit shall present it again.
	Retry Verdict = iota
	// Accepted: the backend has taken every record for good.
	Accepted
	// Rejected: the backend will never take it as it is.
	Rejected
	// Divide: the backend may take it in smaller portions, or some of it.
	Divide
	// Each: the backend has decided on each item by itself.
	Each
)

// Result is a verdict with its reason.
type Result struct {
	Verdict Verdict
	// Err is the reason of every verdict but Accepted.
	Err error
	// Items are the verdicts of Each, as backend.Mixed has them.
	Items []error
	// Alone is true when the frame was the only one in its request.
	Alone bool
	// Abandoned is true when the backend did not come back by the deadline,
	// as a disk or a pipe may do. It may still read the frame's bytes: they
	// must not be written to, nor the frame be committed, ever again. Late has
	// the verdict if the backend does come back.
	Abandoned bool
	Late      <-chan Result
}
