package pipeline

import (
	"slices"
	"time"

	"github.com/k8slog/k8slog/filters"
)

// lane is the frames of a chunk that go to one partition. They are sent one
// after the other, which keeps the order of the records. What the backend did
// not take is sent again before what stands behind it.
type lane struct {
	partition string
	frames    []*frame // encoded, in their order
	sent      int      // of these
	resend    *frame   // to be sent as it is
	again     []batch  // to be encoded again, the next one last
	failed    error    // why nothing more is sent

	rejects  int // single records that were refused, in a row
	attempts int // times in a row that some records were not taken for now
}

// batch is items that are to be encoded again.
type batch struct {
	items     []item
	exclusive bool
	notBefore time.Time
}

// begin makes the lane empty.
func (l *lane) begin(partition string) {
	*l = lane{partition: partition, frames: l.frames[:0], again: l.again[:0]}
}

// progress takes note that the backend accepted something.
func (l *lane) progress() { l.rejects, l.attempts = 0, 0 }

// push has items encoded again, before all else.
func (l *lane) push(b batch) {
	if len(b.items) > 0 {
		l.again = append(l.again, b)
	}
}

// maxKeptFrames is how many frames of a chunk keep their memory for the next
// chunk. Fluent Bit's chunks have about 2 MB, but for single large records.
const maxKeptFrames = 8

// lanes are those of a chunk.
type lanes struct {
	p           *Pipeline
	list        []*lane // in the order of their first record, and behind them spare ones
	used        int
	byPartition map[string]*lane
	last        *lane    // of the last record
	frames      []*frame // all that this chunk uses, and behind them spare ones
	framesUsed  int
	free        []*frame // of those in use, the ones that nobody needs any more
}

func (ls *lanes) begin() {
	ls.used, ls.framesUsed, ls.last, ls.free = 0, 0, nil, ls.free[:0]
	clear(ls.byPartition)
}

// end gives up the memory that an unusual chunk took.
func (ls *lanes) end() {
	ls.last = nil
	if len(ls.frames) > maxKeptFrames {
		clear(ls.frames[maxKeptFrames:])
		ls.frames = ls.frames[:maxKeptFrames]
	}
	if len(ls.list) > maxKeptFrames {
		clear(ls.list[maxKeptFrames:])
		ls.list = ls.list[:maxKeptFrames]
		ls.byPartition = nil
	}
}

// add appends a message to the last frame of its partition, or to a new one.
func (ls *lanes) add(r *filters.Record, it item) {
	l := ls.last
	if l == nil || l.partition != r.Source.Partition {
		l = ls.of(r.Source.Partition)
		ls.last = l
	}
	var f *frame
	if n := len(l.frames); n > 0 {
		f = l.frames[n-1]
	}
	if f == nil || !f.fits(it.bytes, int(ls.p.frameBytes.Load())) {
		f = ls.newFrame(l)
		l.frames = append(l.frames, f)
	}
	f.add(r, it, ls.p.TextLimit)
}

// of returns the lane of a partition.
func (ls *lanes) of(partition string) *lane {
	if l := ls.byPartition[partition]; l != nil {
		return l
	}
	if ls.byPartition == nil {
		ls.byPartition = map[string]*lane{}
	}
	if ls.used == len(ls.list) {
		ls.list = append(ls.list, new(lane))
	}
	l := ls.list[ls.used]
	ls.used++
	l.begin(partition)
	ls.byPartition[partition] = l
	return l
}

// newFrame returns an empty frame.
func (ls *lanes) newFrame(l *lane) *frame {
	if n := len(ls.free); n > 0 {
		f := ls.free[n-1]
		ls.free = ls.free[:n-1]
		f.begin(l)
		return f
	}
	if ls.framesUsed == len(ls.frames) {
		ls.frames = append(ls.frames, &frame{encoder: ls.p.Backend.NewEncoder()})
	}
	f := ls.frames[ls.framesUsed]
	ls.framesUsed++
	f.begin(l)
	return f
}

// recycle takes back a frame whose items are settled, or in another one.
func (ls *lanes) recycle(f *frame) { ls.free = append(ls.free, f) }

// drop lets go of a frame that the backend may still read.
func (ls *lanes) drop(f *frame) {
	i := slices.Index(ls.frames, f)
	ls.frames = slices.Delete(ls.frames, i, i+1)
	ls.framesUsed--
}
