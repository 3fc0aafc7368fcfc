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
	to        *destination
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
func (l *lane) begin(to *destination, partition string) {
	*l = lane{to: to, partition: partition, frames: l.frames[:0], resend: l.resend[:0], retries: l.retries[:0]}
}

// progress notes that the backend accepted something.
func (l *lane) progress() { l.rejects, l.attempts, l.failures, l.works = 0, 0, 0, true }

// push makes items the next that the lane sends.
func (l *lane) push(r retry) { l.retries = append(l.retries, r) }

// maxKeptLanes is the number of lanes that keep their memory for the next chunk.
const maxKeptLanes = 8

// lanes is the lanes of a chunk.
type lanes struct {
	p           *Pipeline
	list        []*lane // those of the chunk, in the order of their first record, then spare ones
	used        int     // the number of lanes of the chunk
	byPartition map[laneKey]*lane
	pools       []framePool // by the number of the destination
}

type laneKey struct {
	to        int
	partition string
}

// framePool is the frames of the chunk for one destination, and the lane of its last record.
type framePool struct {
	last   *lane
	frames []*frame
	free   []*frame // of frames, those that can be reused
}

func (ls *lanes) begin() {
	ls.used = 0
	for i := range ls.pools {
		pool := &ls.pools[i]
		pool.last, pool.free = nil, append(pool.free[:0], pool.frames...)
	}
	clear(ls.byPartition)
}

// end gives the frames back, for the chunks of all workers, and frees the memory of an unusual
// chunk.
func (ls *lanes) end() {
	for i := range ls.pools {
		pool := &ls.pools[i]
		for _, f := range pool.frames {
			f.lane = nil
			f.to.frames.Put(f)
		}
		clear(pool.frames)
		clear(pool.free)
		pool.last, pool.frames, pool.free = nil, pool.frames[:0], pool.free[:0]
	}
	if len(ls.list) > maxKeptLanes {
		clear(ls.list[maxKeptLanes:])
		ls.list = ls.list[:maxKeptLanes]
		ls.byPartition = nil
	}
	for _, l := range ls.list {
		clear(l.frames)
	}
}

// add appends a message to the last frame of its partition, or to a new one.
func (ls *lanes) add(r *filters.Record, it item) {
	pool := &ls.pools[it.to.number]
	l := pool.last
	if l == nil || l.partition != r.Source.Partition {
		l = ls.of(it.to, r.Source.Partition)
		pool.last = l
	}
	var f *frame
	if n := len(l.frames); n > 0 {
		f = l.frames[n-1]
	}
	if f == nil || !f.fits(it.bytes, int(l.to.frameBytes.Load())) {
		f = ls.newFrame(l)
		l.frames = append(l.frames, f)
	}
	f.add(r, it, l.to.TextLimit)
}

// of returns the lane of a partition of a destination.
func (ls *lanes) of(to *destination, partition string) *lane {
	key := laneKey{to.number, partition}
	if l := ls.byPartition[key]; l != nil {
		return l
	}
	if ls.byPartition == nil {
		ls.byPartition = map[laneKey]*lane{}
	}
	if ls.used == len(ls.list) {
		ls.list = append(ls.list, new(lane))
	}
	l := ls.list[ls.used]
	ls.used++
	l.begin(to, partition)
	ls.byPartition[key] = l
	return l
}

// newFrame returns an empty frame.
func (ls *lanes) newFrame(l *lane) *frame {
	pool := &ls.pools[l.to.number]
	if n := len(pool.free); n > 0 {
		f := pool.free[n-1]
		pool.free = pool.free[:n-1]
		f.begin(l)
		return f
	}
	f := l.to.frames.Get().(*frame)
	pool.frames = append(pool.frames, f)
	f.begin(l)
	return f
}

// recycle frees a frame whose items are settled, or in a retry.
func (ls *lanes) recycle(f *frame) {
	pool := &ls.pools[f.to.number]
	pool.free = append(pool.free, f)
}

// drop removes a frame that the backend may still read.
func (ls *lanes) drop(f *frame) {
	pool := &ls.pools[f.to.number]
	i := slices.Index(pool.frames, f)
	pool.frames = slices.Delete(pool.frames, i, i+1)
}
