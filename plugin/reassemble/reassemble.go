// Package reassemble puts together what was written as one and came as several
// records: first lines out of the partial lines that a container runtime cut,
// then messages of several lines (filters/multiline).
//
// A Plan does so for one chunk before anything of the chunk is sent. What is
// open at the end of the chunk is carried over to the chunk that begins where
// this one ended. The place is a slot, known by the file's name and the offset
// in the file. The chunk with the beginning waits, and is told the outcome of
// the whole. How long a chunk waits is bounded by Config.Wait, and how many
// chunks wait by the wait limiter.
package reassemble

import (
	"time"

	"github.com/k8slog/k8slog/filters/multiline"
)

// Config says what an instance reassembles. The zero Config puts lines together
// inside a chunk, of any size.
type Config struct {
	// Bytes is the largest size of a line or message; zero for any size.
	Bytes int
	// Lines is the largest number of lines of a message; zero for any number.
	Lines int
	// Wait is how long a chunk waits for the chunk behind it, and half of how
	// long for the chunk before it. It is also the longest time between two
	// lines of a message. Zero: nothing waits.
	Wait time.Duration
	// Multiline selects the messages that are put together.
	Multiline multiline.Set
}

// Reassembler works for one instance. It is made by New, and safe for
// concurrent use; each of its Plans belongs to one worker.
type Reassembler struct {
	config  Config
	started int64 // nanoseconds since 1970
	slots   slots
	limiter limiter
}

// New makes a Reassembler for no workers; see SetWorkers.
func New(config Config) *Reassembler {
	return &Reassembler{config: config, started: time.Now().UnixNano(), slots: newSlots()}
}

// Waiting returns how many chunks wait for another one.
func (ra *Reassembler) Waiting() int { return ra.limiter.count() }

// Unread is called when the number of unread chunks may have changed: chunks
// that were given back before anybody looked into them. count returns how many
// are outstanding.
func (ra *Reassembler) Unread(count func() int) { ra.slots.countUnread(count) }

// SetWorkers sets how many chunks are worked on at a time. One less may wait
// for another.
func (ra *Reassembler) SetWorkers(n int) { ra.limiter.setLimit(n - 1) }
