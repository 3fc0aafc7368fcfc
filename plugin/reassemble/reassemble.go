// Package reassemble makes one record of the records that belong together: first
// lines of the partial lines of a container runtime, then messages of several lines
// (filters/multiline).
//
// A Plan finds these groups of records in one chunk, before any record of the chunk is
// sent. A text that is open at the end of the chunk is carried over to the chunk that
// begins where this one ended. That place is a slot. Its key is the name of the file
// and the offset in the file. The chunk with the beginning of the text waits for the
// outcome of the whole. Config.Wait limits how long a chunk waits, and the wait limiter
// how many chunks wait.
package reassemble

import (
	"time"

	"github.com/k8slog/k8slog/filters/multiline"
)

// Config configures a Reassembler. The zero Config reassembles lines of any size
// inside a chunk.
type Config struct {
	// Bytes is the largest size of a line or message; zero for any size.
	Bytes int
	// Lines is the largest number of lines of a message; zero for any number.
	Lines int
	// Wait is how long a chunk waits for the next chunk. It waits up to twice as long
	// for the chunk before. Wait is also the longest time between two lines of a
	// message. Zero for no waiting and any time.
	Wait time.Duration
	// Multiline selects the kinds of messages that are reassembled.
	Multiline multiline.Set
	// Ended reports whether a file that had a path before may end at an offset: whether
	// tail has read the file to its end. Nil for not known.
	Ended func(path string, offset int64) bool
}

// ended reports whether a file that had a path before may end at an offset.
func (c *Config) ended(path string, offset int64) bool {
	return c.Ended == nil || c.Ended(path, offset)
}

// Reassembler reassembles the chunks of an instance. It is created by New, and is safe
// for concurrent use. Each of its Plans belongs to one worker.
type Reassembler struct {
	config  Config
	started int64 // nanoseconds since 1970
	slots   slots
	limiter limiter
}

// New creates a Reassembler for no workers; see SetWorkers.
func New(config Config) *Reassembler {
	return &Reassembler{config: config, started: time.Now().UnixNano(), slots: newSlots()}
}

// Waiting returns the number of chunks that wait for another chunk.
func (ra *Reassembler) Waiting() int { return ra.limiter.count() }

// Unread must be called when the number of outstanding unread chunks may have changed:
// chunks that were returned to Fluent Bit before they were read. count returns that
// number.
func (ra *Reassembler) Unread(count func() int) { ra.slots.countUnread(count) }

// SetWorkers sets the number of chunks that can be in work at a time. One less can
// wait for another chunk. atLeast is true while there may be more.
func (ra *Reassembler) SetWorkers(n int, atLeast bool) { ra.limiter.setLimit(n-1, atLeast) }
