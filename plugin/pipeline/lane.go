package pipeline

import (
	"slices"
	"time"

	"github.com/k8slog/k8slog/filters"
)

// lane is the frames of a chunk for one partition. They are sent one after the other,
// which keeps the order of the records. What the backend did not take is sent again
// before the frames behind it. While the backend is slow to answer, they are sent
// without waiting for the answer to the frame before.
type lane struct {
	partition string
	frames    []*frame // encoded, in order
	sent      int      // the number of frames that were sent
	resend    []*frame // to be sent again as they are
	retries   []retry  // to be encoded again, the next one last
	failed    error    // why nothing more is sent

	rejects   int  // single records that the backend refused, in a row
	attempts  int  // times in a row that the backend did not take some records for now
	failures  int  // requests in a row on which the server failed
	searching bool // for the records on which the server fails
	works     bool // the backend has accepted something since the search began
}

// retry is items that are encoded and sent again.
type retry struct {
	items     []item
	exclusive bool
	notBefore time.Time // zero for at once
}

// begin makes the lane empty.
func (l *lane) begin(partition string) {
	*l = lane{partition: partition, frames: l.frames[:0], resend: l.resend[:0], retries: l.retries[:0]}
}

// progress notes that the backend accepted something.
func (l *lane) progress() { l.rejects, l.attempts, l.failures, l.works = 0, 0, 0, true }

// push makes items the next that the lane sends.
func (l *lane) push(r retry) { l.retries = append(l.retries, r) }

// maxKeptFrames is the number of frames, and of lanes, that keep their memory for the
// next chunk. A chunk of Fluent Bit has about 2 MB, unless it has a large record.
const maxKeptFrames = 8

// lanes is the lanes of a chunk.
type lanes struct {
	p           *Pipeline
	list        []*lane // those of the chunk, in the order of their first record, then spare ones
	used        int     // the number of lanes of the chunk
	byPartition map[string]*lane
	last        *lane    // of the last record
	frames      []*frame // those of the chunk, then spare ones
	framesUsed  int      // the number of frames of the chunk
	free        []*frame // frames of the chunk that can be reused
}

func (ls *lanes) begin() {
	ls.used, ls.framesUsed, ls.last, ls.free = 0, 0, nil, ls.free[:0]
	clear(ls.byPartition)
}

// end frees the memory of an unusual chunk.
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

// recycle frees a frame whose items are settled, or in a retry.
func (ls *lanes) recycle(f *frame) { ls.free = append(ls.free, f) }

// drop removes a frame that the backend may still read.
func (ls *lanes) drop(f *frame) {
	i := slices.Index(ls.frames, f)
	ls.frames = slices.Delete(ls.frames, i, i+1)
	ls.framesUsed--
}
