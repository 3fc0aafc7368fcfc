package pipeline

import (
	"time"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/chunk"
	"github.com/k8slog/k8slog/plugin/delivery"
	"github.com/k8slog/k8slog/plugin/ledger"
)

// item is a message in a frame. The backend decides on items, and an item has an
// outcome.
type item struct {
	mark   chunk.Mark // of its first record
	source *filters.Source
	bytes  int    // about the size
	pieces int    // calls of Encoder.Append: several for a text that was cut
	scope  string // empty for a backend that is not Scoped
	// to is the destination of this copy of the message; nil for the message as a whole.
	to *destination
	// alone is true for a single record that is sent without the others of its message,
	// which the destination has, or has refused as a whole.
	alone bool
}

// frame is encoded items of one partition, in order.
type frame struct {
	delivery.Frame
	encoder backend.Encoder
	items   []item
	lane    *lane
	to      *destination

	// underWay is set when the frame is detached, and firstUnderWay is the number of
	// its first item there.
	underWay      *ledger.UnderWay
	firstUnderWay int
}

// begin makes f an empty frame of a lane.
func (f *frame) begin(l *lane) {
	f.encoder.Reset()
	f.Partition, f.Owner, f.Items, f.Exclusive, f.NotBefore = l.partition, f, 0, false, time.Time{}
	f.Scopes = f.Scopes[:0]
	f.items, f.lane, f.to = f.items[:0], l, l.to
}

// fits reports whether a message with that number of bytes fits into a frame that is
// full with full bytes.
func (f *frame) fits(bytes, full int) bool {
	const overhead = 400 // about the bytes of a record on the wire besides its text
	return len(f.items) == 0 || f.encoder.Size()+bytes+overhead <= full
}

// add appends a message. A text that is too long is cut into pieces. They are flagged as
// partial, and only the first one has the fields. The time of each piece is a nanosecond
// after the one before. This keeps their order, and Loki stores only one of two equal
// lines.
func (f *frame) add(r *filters.Record, it item, limit backend.TextLimit) {
	it.pieces = 1
	if limit.Takes(r) {
		f.encoder.Append(r)
	} else {
		whole := *r // another destination may take it
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
		*r = whole
	}
	f.Items += it.pieces
	if it.scope != "" {
		for range it.pieces {
			f.Scopes = append(f.Scopes, it.scope)
		}
	}
	f.items = append(f.items, it)
}

// minFrameBytes is the size below which frames are not made smaller for a backend that
// finds them too large.
const minFrameBytes = 64 << 10

// shrinkFrames makes the frames of all later chunks smaller than a size that the backend
// found too large.
func (d *destination) shrinkFrames(size int) {
	if size <= minFrameBytes {
		return
	}
	for {
		full := d.frameBytes.Load()
		to := max(int64(size/2), minFrameBytes)
		if to >= full {
			return
		}
		if d.frameBytes.CompareAndSwap(full, to) {
			d.p.Log.Warnf("the backend finds requests of %d bytes too large; they will have %d at most", size, to)
			return
		}
	}
}
