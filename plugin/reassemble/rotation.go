package reassemble

import (
	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/chunk"
)

// A file that begins anew was rotated or truncated. What was open at the end of
// the file that had its name before may go on in the new file, unless tail reads
// the old file on. So the segment with the new beginning is worked on last, when
// the rest of the chunk is known.

// deferred is a record of a segment that is worked on last.
type deferred struct {
	at   chunk.Mark
	skip bool
}

// workDeferred works on the segments that begin anew. read returns a record as
// it was given to Add.
func (p *Plan) workDeferred(read func(chunk.Mark) *filters.Record) {
	for _, g := range p.deferred {
		for k := range g.before {
			if g.follows() {
				g.before[k] = p.endOf(g.old, filters.Stream(k))
			}
		}
		for _, d := range g.records {
			r := read(d.at)
			p.work(writer{segment: g, stream: r.Stream}, d.at, r, d.skip)
		}
	}
	p.deferred = p.deferred[:0]
}

// follows says whether a segment follows the end of the old file in the same
// chunk, which has not gone on since.
func (g *segment) follows() bool { return g.old != nil && g.old.end == g.oldEnd }

// endOf returns what is open at the end of an old file.
func (p *Plan) endOf(old *segment, k filters.Stream) *stream {
	s := p.streams[writer{segment: old, stream: k}]
	if s == nil {
		s = old.before[k] // nothing has come of it
	}
	return s
}
