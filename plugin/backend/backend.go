// Package backend is the interface between the plugin and what it delivers to.
// Each folder below speaks one protocol.
package backend

import (
	"context"

	"github.com/k8slog/k8slog/filters"
)

// Backend is one configured destination. All methods but NewEncoder's result
// may be called by many goroutines at once.
type Backend interface {
	// Render renders what every record of a source has in common. It is called
	// once per source; the result is kept as filters.Source.Rendered.
	Render(s *filters.Source) any
	// Partition says where the records of a source go, beside those of others: a
	// request has the records of one route only. It is called once per source;
	// the result is kept as filters.Source.Partition. Most backends embed OnePartition.
	Partition(s *filters.Source) string

	// NewEncoder returns an encoder for one worker.
	NewEncoder() Encoder

	// Pack makes the body of one request out of the frames of a batch, which
	// it does not change. It is called once per batch, Send perhaps often.
	Pack(frames [][]byte) (Body, error)

	// Send delivers a body, which it no longer reads when it returns. It
	// returns nil only when the backend has taken every record of it for good.
	// All other answers are errors: Rejected, TooLarge, Throttled and Mixed say
	// what to do; any other error means that trying again may help.
	Send(ctx context.Context, b Body) error

	// Close releases what the backend holds. No Send is under way.
	Close() error
}

// OnePartition is the Partition of a backend that sends everything the same way.
type OnePartition struct{}

// Partition implements Backend.
func (OnePartition) Partition(*filters.Source) string { return "" }

// Encoder turns records into a frame: bytes that make a request's body when
// they are joined to other frames. It serves one goroutine.
type Encoder interface {
	// Append adds a record, of which it keeps nothing.
	Append(r *filters.Record)
	// Size is about the number of bytes of the frame so far.
	Size() int
	// Frame ends the frame and returns it. The bytes are valid until Reset.
	Frame() []byte
	// Reset begins a new frame in the memory of the last.
	Reset()
}

// Body is the body of a request, in parts that follow one another.
type Body struct {
	Parts [][]byte
	// Partition is that of all its records, and Items how many calls of Append
	// they are. Whoever calls Pack sets both.
	Partition string
	Items     int
	// Size is the length of the frames, before compression. It sets this too.
	Size int
	// Release gives the memory of Parts back, where Pack took any; nil else.
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
