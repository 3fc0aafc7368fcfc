// Package backend is the interface between the plugin and what it delivers to.
// A folder below is one protocol, or what several protocols share.
package backend

import (
	"context"
	"time"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/hostlog"
)

// Backend is one configured destination. All methods but NewEncoder's result
// may be called by many goroutines at once.
type Backend interface {
	// Render encodes what all records of a source have in common. It is called
	// once per source. filters.Source.Rendered keeps the result.
	Render(s *filters.Source) any
	// Partition returns the key of the requests that the records of a source
	// can travel in: a request has records of one partition only. It is called
	// once per source. filters.Source.Partition keeps the result.
	Partition(s *filters.Source) string

	// NewEncoder returns an encoder for one worker.
	NewEncoder() Encoder

	// Pack makes the body of one request out of the frames of a batch, and does
	// not change the frames. It is called once per batch; Send is called again
	// for every retry.
	Pack(frames [][]byte) (Body, error)

	// Send delivers a body. Once it has returned, it no longer reads the body.
	// It returns nil only when the backend has stored every record of the body.
	// All other answers are errors: Rejected, TooLarge, Throttled and
	// PartialError say what to do, and any other error means that a retry may
	// help.
	Send(ctx context.Context, b Body) error

	// Close ends the backend. No Send is under way.
	Close() error
}

// OnePartition is the Partition of a backend whose records can all travel in the
// same request. Such a backend embeds it.
type OnePartition struct{}

// Partition implements Backend.
func (OnePartition) Partition(*filters.Source) string { return "" }

// Encoder encodes records into a frame. Frames that are joined are the body of a
// request. An Encoder serves one goroutine.
type Encoder interface {
	// Append adds a record. It keeps no reference to the record.
	Append(r *filters.Record)
	// Size is about the number of bytes of the frame so far.
	Size() int
	// Frame ends the frame and returns it. The bytes are valid until Reset.
	Frame() []byte
	// Reset begins a new frame in the memory of the last one.
	Reset()
}

// Body is the body of a request, in parts that follow one another.
type Body struct {
	Parts [][]byte
	// Partition is that of all records, and Items the number of calls of Append.
	// The caller of Pack sets both.
	Partition string
	Items     int
	// Scopes are the scopes of the items, where the backend is Scoped, and nil
	// else. The caller of Pack sets them.
	Scopes []string
	// Size is the length of the frames, before compression. The caller of Pack
	// sets it.
	Size int
	// Late is the time after which an answer is late. It is still waited for, but a
	// backend with another address uses that for later requests. Zero is never. The
	// caller of Pack sets it.
	Late time.Duration
	// Release returns the memory of Parts to a pool; nil when there is none to
	// return.
	Release func()
}

// Len returns the length in bytes.
func (b Body) Len() int {
	n := 0
	for _, p := range b.Parts {
		n += len(p)
	}
	return n
}

// Filtered is a Backend that needs more read from a record than all outputs do.
type Filtered interface {
	// Filters are applied to every record after the filters of all outputs. They
	// do not change in the backend's life.
	Filters() []filters.Filter
}

// Ordered is a Backend that refuses records which are much older than what it has: of a
// stream of Loki. After an outage the oldest records must come first.
type Ordered interface {
	// MaxBehind is by how much a record may be older than the newest one; zero for any.
	// It does not change in the backend's life.
	MaxBehind() time.Duration
}

// Logging is a Backend whose client has a log of its own. SetLog is called once, before the
// first Send.
type Logging interface {
	SetLog(log *hostlog.Throttled)
}

// Clocked is a Backend that knows the clock of its server.
type Clocked interface {
	// ClockAhead returns by how much the clock of this machine is ahead of that of the server,
	// negative when it is behind; false when that is unknown.
	ClockAhead() (ahead time.Duration, known bool)
}

// Scoped is a Backend that can refuse a part of a request for now: a stream of
// Loki, an index of Elasticsearch. What is refused for now waits by itself, and
// holds up no other scope. Send says which items are refused by a PartialError.
type Scoped interface {
	// Scope returns the name of what a verdict on the record may be about, in the
	// words of the backend. It allocates nothing for a scope that it returned
	// before. It is called before the record is appended.
	Scope(r *filters.Record) string
}

// Storing is a Backend that stores records on the disk of this machine, where they count as
// delivered, and takes them from there to where they belong.
type Storing interface {
	// Stored returns the numbers of this moment.
	Stored() Stored
}

// Stored is what a Storing backend has on the disk, and what it has taken away from there.
type Stored struct {
	// Files, Records and Bytes are those on the disk, and Limit is the most bytes.
	Files, Records, Bytes, Limit int64
	// Oldest is when the first of them was stored; zero for none. At the age MaxAge they are
	// taken away.
	Oldest time.Time
	MaxAge time.Duration
	// Repeated are records that Fluent Bit presented again after a crash, and that were on
	// the disk.
	Repeated int64
	// Objects were made, of so many records and bytes.
	Objects, ObjectRecords, ObjectBytes int64
	// Failures is how often that failed. FailingSince and Err are those of what has failed
	// for longest, and is still on the disk; zero for nothing.
	Failures     int64
	FailingSince time.Time
	Err          error
}
