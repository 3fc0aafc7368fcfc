package pipeline

import (
	"time"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/chunk"
	"github.com/k8slog/k8slog/plugin/delivery"
)

// item is a message in a frame: what the backend decides on, and what has an
// outcome.
type item struct {
	mark   chunk.Mark // of its first record
	source *filters.Source
	bytes  int    // about what it takes
	pieces int    // calls of Encoder.Append: several where the text was cut
	scope  string // what a verdict may be about, where the backend is Scoped
}

// frame is items of one partition, encoded, in their order.
type frame struct {
	delivery.Frame
	encoder backend.Encoder
	items   []item
	lane    *lane
}

// begin makes the frame empty.
func (f *frame) begin(l *lane) {
	f.encoder.Reset()
	f.Partition, f.Owner, f.Items, f.Exclusive, f.NotBefore = l.partition, f, 0, false, time.Time{}
	f.Scopes = f.Scopes[:0]
	f.items, f.lane = f.items[:0], l
}

// fits says whether a message of so many bytes fits in a frame that is full with
// that many.
func (f *frame) fits(bytes, full int) bool {
	// overhead is about what a record takes on the wire beside its own bytes.
	const overhead = 400
	return len(f.items) == 0 || f.encoder.Size()+bytes+overhead <= full
}

// add appends a message. A text that is too long is cut. Its pieces are flagged
// as partial, and the first has the fields. Each piece is a nanosecond younger
// than the one before: that keeps their order, and Loki stores only one of two
// lines that have everything in common.
func (f *frame) add(r *filters.Record, it item, limit backend.TextLimit) {
	it.pieces = 1
	if limit.Takes(r) {
		f.encoder.Append(r)
	} else {
		it.pieces = 0
		r.Flags |= filters.Partial
		for rest := r.Plain(); len(rest) > 0; it.pieces++ {
			n := limit.Cut(rest)
			r.Log, r.Position.Piece = filters.PlainText(rest[:n]), it.pieces
			f.encoder.Append(r)
			rest = rest[n:]
			r.Time++
			r.Fields = r.Fields[:0]
		}
	}
	f.Items += it.pieces
	if it.scope != "" {
		for range it.pieces {
			f.Scopes = append(f.Scopes, it.scope)
		}
	}
	f.items = append(f.items, it)
}
