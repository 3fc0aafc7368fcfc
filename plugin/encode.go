package plugin

import (
	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/chunk"
	"github.com/k8slog/k8slog/plugin/reassemble"
)

// encode makes frames of the records from a mark on that are not settled yet,
// at most limit. They go into a part that is given, until it is full, or else
// into those of the chunk, each by its way. It returns the mark behind the last
// record. Records that a filter drops are settled.
func (f *flush) encode(from chunk.Mark, limit int, only *part) (next chunk.Mark) {
	next = from
	full := int(f.in.full.Load())
	var w way // as it is given: what is added makes it known
	if only != nil {
		w = only.way
	}
	for n := 0; n < limit; {
		at := next
		if !next.Next(&f.event) {
			break
		}
		if !f.goes(at.Index, w) || !f.pending(at.Index) {
			continue
		}
		g := f.plan.Group(at.Index)
		bytes := size(&f.event, g)
		if only != nil && !only.fits(bytes, full) {
			return at
		}
		if at.Index == f.ahead.Index && !f.planned {
			f.ahead = next
			if !f.planOne(at) {
				// What it is one with is further ahead.
				if f.planAhead(); !f.plan.Settled() {
					f.planAll()
				}
				next = at
				continue
			}
		} else if g == nil {
			f.read(&f.record, &f.event, at.Index)
		} else {
			f.assemble(g)
		}
		ok := f.in.chain.Apply(&f.record)
		f.wroteBy(at.Index, f.record.Source, bytes)
		// What was let through before is not counted again.
		if !ok || only == nil && f.aboveBudget(at.Index, g, bytes) {
			f.count(f.ahead.Index)
			f.settleOne(at.Index, reassemble.Verdict{Fate: reassemble.Dropped})
			continue
		}
		if f.holding.held.has(at.Index) {
			continue
		}
		p := only
		if p == nil {
			p = f.parts.place(f.in, f.record.Source.Partition, at, bytes, full)
		}
		p.add(&f.record, next, f.in.texts)
		n++
	}
	return next
}

// size is about the number of bytes that a record will take.
func size(ev *chunk.Event, g *reassemble.Group) int {
	if g != nil {
		return g.Bytes
	}
	return len(ev.Raw)
}

// written is who wrote a record, and about how many bytes it takes.
type written struct {
	by    *filters.Source
	bytes int
}

// wroteBy takes note of who wrote a record.
func (f *flush) wroteBy(i int, s *filters.Source, bytes int) {
	for len(f.written) <= i {
		f.written = append(f.written, written{})
	}
	f.written[i] = written{s, bytes}
}

// wrote returns who wrote a record; nobody while that is not known.
func (f *flush) wrote(i int) written {
	if i < len(f.written) {
		return f.written[i]
	}
	return written{}
}

// goes says whether a record goes that way. Of one that was not encoded yet
// nobody knows which way it goes, and it is in no part.
func (f *flush) goes(i int, w way) bool {
	if !w.known {
		return true
	}
	s := f.wrote(i).by
	return s != nil && s.Partition == w.route
}
