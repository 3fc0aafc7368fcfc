package reassemble

import (
	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/filters/multiline"
	"github.com/k8slog/k8slog/plugin/chunk"
)

// This file is the first of the two machines: partial lines become lines. A runtime
// may cut a line anywhere. CRI-O writes a partial line for each read that does not end
// with a line feed, and programs write their traces bit by bit. So the second machine
// gets whole lines only.

// line is the line that the partial lines of a stream make.
type line struct {
	text
	head    []byte // the first bytes, without escapes
	partial bool   // the rest is missing
	place   multiline.Place
	custom  *multiline.Custom // nil for the languages
}

// lineWindow is the number of bytes of a line by which it is recognised.
const lineWindow = 4 << 10

// addRecord adds a record to the line of a stream. A whole line is added to the
// message of the stream.
func (p *Plan) addRecord(s *stream, at chunk.Mark, r *filters.Record) {
	fields := r.Fields
	if s.journal {
		fields = nil // each entry has fields of its own
	}
	if s.before != nil {
		p.continueLine(s, r.Time, fields)
	}
	l := &s.line
	if l.open && !l.goesWith(fields) { // the rest of the line is missing
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
		p.addLine(s, text) // most lines are one record, and are not copied
		return
	}
	if (p.ra.config.Multiline != 0 || l.custom != nil) && len(l.head) < lineWindow {
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
	l.custom = multiline.CustomOf(r)
}

// cutLine closes a line of the maximum length. It returns the state after the line,
// which is the state of its rest.
func (p *Plan) cutLine(s *stream) (state multiline.State) {
	s.line.part = true
	p.addLine(s, s.line.head)
	if s.message.open {
		state = s.message.state
		p.closeMessage(s)
	}
	return state
}
