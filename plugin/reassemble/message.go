package reassemble

import (
	"slices"

	"github.com/k8slog/k8slog/filters/multiline"
)

// This file is the second of the two machines: lines become messages.

// message is a text of several lines.
type message struct {
	text
	// lookahead are the lines at its end that belong to it only if a later line
	// confirms them.
	lookahead []lookahead
}

// lookahead is a line of a message. It does not begin another message.
type lookahead struct{ members, bytes int }

// expects reports whether another line must follow, or is likely to.
func (m *message) expects() bool { return len(m.lookahead) == 0 && m.state.Expects() }

// addLine adds the line of a stream to its message. A line that does not continue the
// message begins a message, or stands alone. head is the beginning of the line, without
// escapes.
func (p *Plan) addLine(s *stream, head []byte) {
	if s.before != nil {
		p.continueMessage(s, head)
	}
	l, m := &s.line, &s.message
	if m.open {
		next := p.next(m, l, head)
		if next != multiline.None && p.fits(m, l) {
			m.add(l, next)
			return
		}
		if next != multiline.None { // the message has its maximum size
			m.part, m.lookahead = true, m.lookahead[:0]
			l.part, l.known, l.state = true, true, next
		}
		p.closeMessage(s)
	}
	if !l.known {
		l.state = p.beginMessage(l, head)
	}
	if l.state == multiline.None {
		p.close(&l.text)
		return
	}
	m.text, l.text = l.text, m.text
}

// next returns the state of a message after a line; None for a line that does not
// continue the message.
func (p *Plan) next(m *message, l *line, head []byte) multiline.State {
	if !m.goesWith(l.fields) || !p.inTime(m.last, l.first) {
		return multiline.None
	}
	next := m.state.Next(head)
	if next.Tentative() && (l.partial || l.part || len(l.origins) > 0 || !p.fits(m, l)) {
		return multiline.None // it could not leave the message as a whole line
	}
	return next
}

// inTime reports whether a line was written soon enough to belong to a message.
func (p *Plan) inTime(last, line int64) bool {
	wait := p.ra.config.Wait.Nanoseconds()
	return wait <= 0 || line <= last+wait && line >= last-wait
}

// fits reports whether a message may grow by a line.
func (p *Plan) fits(m *message, l *line) bool {
	if limits, ok := m.state.Limits(); ok {
		return m.bytes+l.bytes <= limits.Bytes && m.lines < limits.Lines
	}
	c := &p.ra.config
	return (c.Bytes == 0 || m.bytes+l.bytes <= c.Bytes) && (c.Lines == 0 || m.lines < c.Lines)
}

func (m *message) add(l *line, next multiline.State) {
	if next.Tentative() {
		m.lookahead = append(m.lookahead, lookahead{len(l.members), l.bytes})
	} else {
		m.lookahead = m.lookahead[:0]
	}
	m.join(&l.text)
	m.state = next
}

// closeMessage closes a message. Its lookahead lines stand alone.
func (p *Plan) closeMessage(s *stream) {
	m := &s.message
	for _, l := range slices.Backward(m.lookahead) {
		n := len(m.members) - l.members
		if l.members > 1 {
			p.enroll(&Group{Members: slices.Clone(m.members[n:]), Bytes: l.bytes})
		}
		m.members = m.members[:n]
	}
	m.lookahead = m.lookahead[:0]
	p.close(&m.text)
}

// closeStream closes the line and the message of a stream.
func (p *Plan) closeStream(s *stream) {
	if s.line.open {
		p.addLine(s, s.line.head)
	}
	p.closeMessage(s)
	if b := s.before; b != nil && !s.mustFit {
		p.closeMessage(b)
		p.close(&b.line.text)
	}
	s.before = nil
}
