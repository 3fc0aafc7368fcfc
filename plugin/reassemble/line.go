package reassemble

import (
	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/filters/multiline"
	"github.com/k8slog/k8slog/plugin/chunk"
)

// This file is the first of the two machines: pieces become lines. A runtime
// may cut a line anywhere: CRI-O writes a piece for each read that does not end
// with a line feed, and programs write their traces bit by bit. So a line is
// whole before the second machine judges it.

// line is a line in pieces, until its last piece comes.
type line struct {
	text
	head    []byte // its first bytes, without escapes
	partial bool   // its last piece has not come
	place   multiline.Place
}

// lineWindow is how many bytes of a line tell what it is. The rest tells no
// more.
const lineWindow = 4 << 10

// addRecord adds a record to the line of a stream. When the line is whole, it
// goes on to the stream's message.
func (p *Plan) addRecord(s *stream, at chunk.Mark, r *filters.Record) {
	fields := r.Fields
	if s.journal {
		fields = nil // each entry has fields of its own
	}
	if s.before != nil {
		p.continueLine(s, r.Time, fields)
	}
	l := &s.line
	if l.open && !l.goesWith(fields) { // its rest is missing
		p.closeStream(s)
	}
	first := !l.open
	if first {
		l.begin(r, fields)
	} else if most := p.ra.config.Bytes; most > 0 && l.bytes+r.Log.Len() > most {
		state := p.cutLine(s)
		l.begin(r, fields)
		l.part, l.known, l.state = true, true, state
	}
	l.members = append(l.members, at)
	l.bytes += r.Log.Len() + 1
	l.last, l.partial = r.Time, r.Flags&filters.Partial != 0
	if text, plain := r.Log.Plain(); plain && first && !l.partial {
		p.addLine(s, text) // most lines are one record, and not copied
		return
	}
	if p.ra.config.Multiline != 0 && len(l.head) < lineWindow {
		l.head = r.Log.AppendPlain(l.head)
	}
	if !l.partial {
		p.addLine(s, l.head)
	}
}

// begin makes l a new line.
func (l *line) begin(r *filters.Record, fields []filters.Field) {
	l.start(fields)
	l.lines, l.first, l.head, l.place = 1, r.Time, l.head[:0], placeOf(r.Source)
}

// cutLine closes a line that is as long as a line may be. It returns the state
// behind the line, which is that of its rest.
func (p *Plan) cutLine(s *stream) (state multiline.State) {
	s.line.part = true
	p.addLine(s, s.line.head)
	if s.message.open {
		state = s.message.state
		p.closeMessage(s)
	}
	return state
}
