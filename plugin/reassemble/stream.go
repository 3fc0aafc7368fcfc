package reassemble

import (
	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/filters/multiline"
)

// writer is who wrote consecutive lines: a stream of a file, a stream of a source
// without a known file, or a stream of the journal.
type writer struct {
	segment *segment
	source  *filters.Source
	entry   uint64 // Line.Writer
	stream  filters.Stream
}

// stream is the open texts of a writer: a partial line, and the message before it.
// The zero stream has no open texts.
type stream struct {
	line    line
	message message
	journal bool
	rotated bool // it is carried over from a file that was rotated; see claim
	// before is what the writer may continue, until its first line is whole: what the
	// chunk before carried over, or the end of a rotated file.
	before *stream
	// mustFit is true when before is the end of a rotated file. It continues here only
	// if the first line fits; otherwise the old file may continue it.
	mustFit bool
}

// stream returns the stream of a writer.
func (p *Plan) stream(w writer) *stream {
	s := p.streams[w]
	if s == nil {
		if n := len(p.spare); n > 0 {
			s, p.spare = p.spare[n-1], p.spare[:n-1]
		} else {
			s = new(stream)
		}
		s.journal = w.entry != 0
		p.streams[w] = s
	}
	return s
}

func (p *Plan) freeIfClosed(w writer, s *stream) {
	if !s.line.open && !s.message.open && s.before == nil {
		p.free(w, s)
	}
}

// free keeps the stream of a writer for reuse.
func (p *Plan) free(w writer, s *stream) {
	delete(p.streams, w)
	s.message.ahead, s.message.lookahead = nil, s.message.lookahead[:0]
	s.before, s.line.open, s.message.open = nil, false, false
	if cap(s.line.head) > 16*lineWindow {
		s.line.head = nil
	}
	p.spare = append(p.spare, s)
}

// restore opens a carry-over in s, which it creates when s is nil.
func (s *stream) restore(c carried) *stream {
	if s == nil {
		s = &stream{rotated: c.rotated}
	}
	t := &s.message.text
	if c.lookahead {
		s.message.ahead = c.CarryOver
		return s
	}
	if c.Partial {
		t, s.line.head = &s.line.text, append(s.line.head[:0], c.head...)
	}
	t.start(c.Record.Fields)
	t.progress, t.unclaimed = c.progress, c.CarryOver
	return s
}

// continueLine continues the line that was open before the first record of a stream.
// The message before the line follows when the line is whole.
func (p *Plan) continueLine(s *stream, time int64, fields []filters.Field) {
	b := s.before
	if s.line.open || !b.line.open {
		return
	}
	if s.mustFit && !(b.line.goesWith(fields) && p.soon(&b.line.text, time)) {
		s.before = nil
		return
	}
	s.line, b.line, s.mustFit = b.line, s.line, false
	p.claim(&s.line.text, b.rotated)
	switch {
	case s.line.open && s.line.part: // its beginning was sent already, so no message continues after it
		p.closeMessage(b)
	case !s.line.open && b.rotated: // the old file has gone on
		s.before = nil
	}
}

// continueMessage continues the message that was open before the first line of a
// stream.
func (p *Plan) continueMessage(s *stream, head []byte) {
	b := s.before
	s.before = nil
	if m := &b.message; m.open && (!s.mustFit || m.expects() && p.soon(&m.text, s.line.first) && p.next(m, &s.line, head) != multiline.None) {
		s.message, *m = *m, s.message
		p.claimMessage(&s.message, b.rotated)
	}
}

// claimMessage claims the carry-overs that a message was restored from: its text, and its
// last line when it is lookahead.
func (p *Plan) claimMessage(m *message, rotated bool) {
	p.claim(&m.text, rotated)
	c := m.ahead
	if m.ahead = nil; c == nil || !m.open {
		return
	}
	if len(m.origins) == 0 || p.ra.slots.claim(c, rotated) != unclaimed {
		m.open = false
		p.ra.slots.resolve(m.origins, Outcome{Declined: true})
		return
	}
	m.origins = append(m.origins, c)
	p.claimed = append(p.claimed, c)
	m.lookahead = append(m.lookahead[:0], lookahead{0, 1, c.progress.bytes, c.progress.last})
}

// soon reports whether a record was written after a text, and not too long after.
func (p *Plan) soon(t *text, time int64) bool { return time >= t.last && p.inTime(t.last, time) }
