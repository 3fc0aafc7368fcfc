package reassemble

import (
	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/chunk"
)

// A file that begins anew was rotated or truncated. The new file may continue what
// was open at the end of the old file, unless tail has more lines of the old file. So
// the records of the new file are added last, when the rest of the chunk is known.

// postponed is a record that is added last.
type postponed struct {
	at   chunk.Mark
	skip bool
}

// addPostponed adds the records of the files that begin anew. read returns a record as
// it was passed to Add.
func (p *Plan) addPostponed(read func(chunk.Mark) *filters.Record) {
	for _, g := range p.postponed {
		if g.follows() && !p.ra.config.ended(g.path, g.oldEnd) {
			g.old = nil
		}
		for k := range g.before {
			if g.follows() {
				g.before[k] = p.endOf(g.old, filters.Stream(k))
			}
		}
		for _, d := range g.records {
			r := read(d.at)
			p.addTo(writer{segment: g, stream: r.Stream}, d.at, r, d.skip)
		}
	}
	p.postponed = p.postponed[:0]
}

// follows reports whether this chunk has the end of the old file, and no line of it
// behind the beginning of the segment.
func (g *segment) follows() bool { return g.old != nil && g.old.end == g.oldEnd }

// endOf returns what a stream has open at the end of an old file.
func (p *Plan) endOf(old *segment, k filters.Stream) *stream {
	s := p.streams[writer{segment: old, stream: k}]
	if s == nil {
		s = old.before[k] // the stream has no record in this chunk
	}
	return s
}
