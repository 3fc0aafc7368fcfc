package reassemble

import (
	"slices"

	"github.com/k8slog/k8slog/filters/multiline"
	"github.com/k8slog/k8slog/plugin/chunk"
)

// This file is the second of the two machines: lines become messages.

// message is a text of several lines.
type message struct {
	text
	// lookahead are the lines at its end that belong to it only if a later line
	// confirms them.
	lookahead []lookahead
	// ahead is the carry-over of its last line, which is lookahead, in stream.before. It
	// is claimed with the text.
	ahead *CarryOver
}

// lookahead is a line of a message. It does not begin another message. Its numbers of
// records count those of this chunk, and origins those of earlier chunks.
type lookahead struct {
	members, origins, bytes int
	time                    int64
}

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
		if next.Restarts() {
			p.restart(m)
		}
		if next != multiline.None && p.fits(m, l) {
			if m.add(l, next); !next.Open() {
				p.closeMessage(s)
			}
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
	if !l.state.Open() {
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
	if l.custom != nil {
		return l.custom.Next(m.state, head)
	}
	next := m.state.Next(head)
	if next.Tentative() && (l.partial || l.part || !p.fits(m, l)) {
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
	if l.custom != nil {
		return m.bytes+l.bytes <= l.custom.Limits.Bytes && m.lines < l.custom.Limits.Lines
	}
	c := &p.ra.config
	return (c.Bytes == 0 || m.bytes+l.bytes <= c.Bytes) && (c.Lines == 0 || m.lines < c.Lines)
}

func (m *message) add(l *line, next multiline.State) {
	if next.Tentative() {
		m.lookahead = append(m.lookahead, lookahead{len(l.members), len(l.origins), l.bytes, l.last})
	} else {
		m.lookahead = m.lookahead[:0]
	}
	m.join(&l.text)
	m.state = next
}

// restart closes a message before the last line of its lookahead, which begins
// another message.
func (p *Plan) restart(m *message) {
	last := m.lookahead[len(m.lookahead)-1]
	n, o := len(m.members)-last.members, len(m.origins)-last.origins
	members, origins, fields := slices.Clone(m.members[n:]), slices.Clone(m.origins[o:]), slices.Clone(m.fields)
	m.members, m.origins, m.lookahead = m.members[:n], m.origins[:o], m.lookahead[:len(m.lookahead)-1]
	p.closeLookahead(m)
	m.start(fields)
	m.members, m.origins = append(m.members, members...), origins
	m.progress = progress{lines: 1, bytes: last.bytes, first: last.time, last: last.time}
}

// closeMessage closes a message. Its lookahead lines stand alone. When all lines of this
// chunk are lookahead, the chunk before has the message.
func (p *Plan) closeMessage(s *stream) { p.closeLookahead(&s.message) }

func (p *Plan) closeLookahead(m *message) {
	if m.ahead != nil {
		p.claimMessage(m, false)
	}
	m.members, m.origins = p.standAlone(m.lookahead, m.members, m.origins)
	m.lookahead = m.lookahead[:0]
	p.close(&m.text)
}

// standAlone takes lookahead lines from the end of a message, and returns the rest of it.
// A line without a record in this chunk is sent by the chunk before.
func (p *Plan) standAlone(lines []lookahead, members []chunk.Mark, origins []*CarryOver) ([]chunk.Mark, []*CarryOver) {
	for _, l := range slices.Backward(lines) {
		n, o := len(members)-l.members, len(origins)-l.origins
		if l.members == 0 {
			p.ra.slots.resolve(origins[o:], Outcome{Declined: true})
		} else if l.members > 1 || l.origins > 0 {
			p.enroll(&Group{Members: slices.Clone(members[n:]), Origins: slices.Clone(origins[o:]), Bytes: l.bytes})
		}
		members, origins = members[:n], origins[:o]
	}
	return members, origins
}

// Decline ends a carry-over that no chunk has continued. The lookahead lines at the end
// of the message stand alone. It returns the first record of each text that the group
// has become, in order.
func (p *Plan) Decline(g *Group) (texts []chunk.Mark) {
	g.CarryOver = nil
	all := g.Members
	for _, m := range all {
		delete(p.groups, m.Index)
	}
	g.Members, g.Origins = p.standAlone(g.lookahead, g.Members, g.Origins)
	for _, l := range g.lookahead {
		g.Bytes -= l.bytes
	}
	if len(g.Members) > 0 {
		p.enroll(g)
		texts = append(texts, g.Members[0])
	} else {
		p.ra.slots.resolve(g.Origins, Outcome{Declined: true})
	}
	at := len(g.Members)
	for _, l := range g.lookahead {
		if l.members > 0 {
			texts = append(texts, all[at])
			at += l.members
		}
	}
	g.lookahead = nil
	return texts
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
