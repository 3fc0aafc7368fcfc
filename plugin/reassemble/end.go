package reassemble

import (
	"errors"
	"slices"
	"time"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/filters/multiline"
	"github.com/k8slog/k8slog/plugin/chunk"
)

// End ends the chunk's records. Open texts are carried over to the next chunk. read
// returns a record as it was passed to Add. assemble returns the record of a group.
// Both results are used before the next call.
func (p *Plan) End(read func(chunk.Mark) *filters.Record, assemble func(*Group) *filters.Record) {
	p.addPostponed(read)
	for w, s := range p.streams {
		p.endStream(w, s, assemble)
	}
	for w, s := range p.streams {
		p.free(w, s)
	}
	for _, segments := range p.segments {
		for _, g := range segments {
			p.leave(g)
		}
	}
	p.stopAdding()
}

// endStream carries over the open texts of a stream, or closes them.
func (p *Plan) endStream(w writer, s *stream, assemble func(*Group) *filters.Record) {
	l, m, g := &s.line, &s.message, w.segment
	waits := m.open && p.waits(g, &m.text)
	if m.open && !waits && l.open && m.state.Tentative() {
		p.confirm(s)
	}
	if waits {
		p.carryMessage(g, m, assemble)
	} else {
		p.closeMessage(s)
	}
	if s.before != nil && !s.mustFit {
		g.passOn(s.before) // the next line is still partial
	}
	shared := g != nil && g.shared
	switch {
	case !l.open:
	case p.waits(g, &l.text):
		p.carry(g, &l.text, l, assemble)
	case shared && p.keep:
		c := p.carry(g, &l.text, l, assemble).CarryOver
		c.withdraw()
		c.resolve(Outcome{Err: ErrKept})
	default:
		if shared { // so that the next chunk knows the rest as a rest
			c := p.newCarryOver(&filters.Record{Stream: w.stream, Fields: l.fields}, g, &l.text, l)
			c.withdraw()
			g.carried = append(g.carried, carried{CarryOver: c})
		}
		p.close(&l.text)
	}
}

// confirm finds out whether a partial line continues the message before it, which is not
// carried over. If so, both become one text, which ends in the middle of a line.
func (p *Plan) confirm(s *stream) {
	l, m := &s.line, &s.message
	next := p.next(m, l, l.head)
	if next.Restarts() {
		p.restart(m)
	}
	if next == multiline.None || !p.fits(m, l) {
		p.closeMessage(s)
		return
	}
	m.add(l, next)
	m.known = true
	m.text, l.text = l.text, m.text
}

// carryMessage carries a message over to the next chunk. Its last line is a carry-over of
// its own when it is lookahead, because the next line may begin a message with it.
func (p *Plan) carryMessage(g *segment, m *message, assemble func(*Group) *filters.Record) {
	n := len(m.lookahead)
	if n == 0 {
		c := p.carry(g, &m.text, nil, assemble).CarryOver
		if m.lines == 1 && m.state.Ordinary() {
			c.beOrdinary(p.ra.config.Wait)
		}
		return
	}
	l := m.lookahead[n-1]
	members, origins := len(m.members)-l.members, len(m.origins)-l.origins
	last := text{
		open: true, members: m.members[members:], origins: m.origins[origins:], fields: m.fields,
		progress: progress{lines: 1, bytes: l.bytes, first: l.time, last: l.time},
	}
	m.members, m.origins = m.members[:members], m.origins[:origins]
	group := p.carry(g, &m.text, nil, assemble)
	group.lookahead, group.Bytes = slices.Clone(m.lookahead[:n-1]), group.Bytes-l.bytes
	p.carry(g, &last, nil, assemble).CarryOver.lookahead = true
	m.lookahead = m.lookahead[:0]
}

// carry carries a text over to the next chunk.
func (p *Plan) carry(g *segment, t *text, l *line, assemble func(*Group) *filters.Record) *Group {
	group := p.group(t)
	group.CarryOver = p.newCarryOver(assemble(group), g, t, l)
	g.carried = append(g.carried, carried{CarryOver: group.CarryOver})
	p.carried = append(p.carried, group)
	return group
}

// passOn carries over again what no record of the chunk has continued.
func (g *segment) passOn(b *stream) {
	for _, c := range []*CarryOver{b.message.unclaimed, b.message.ahead, b.line.unclaimed} {
		if c != nil {
			g.carried = append(g.carried, carried{CarryOver: c, rotated: b.rotated})
		}
	}
}

// ErrKept is why a text that ends in the middle of a line is returned.
var ErrKept = errors.New("the rest of its last line is expected after the next start")

// carryUntil returns until when the chunk waits for the rest of a text of a segment. The
// next line may be written as late as the configured wait after the last one, and Fluent
// Bit may take as long to hand it over. A chunk that was in a queue waits only briefly:
// these lines have been read since, and may be in the queue behind this very chunk. A
// text that began in an earlier chunk must be settled by the deadline of that chunk.
func (p *Plan) carryUntil(g *segment, t *text) time.Time {
	now, wait := time.Now(), p.ra.config.Wait
	until := now.Add(wait)
	if g.read > p.ra.started { // otherwise an earlier process has read the chunk
		until = latest(time.Unix(0, min(g.read, now.UnixNano())).Add(2*wait), now.Add(wait/8))
	}
	if last := p.deadlineOf(t).Add(-wait / 2); until.After(last) {
		return last
	}
	return until
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// waits reports whether the chunk waits for the rest of a text.
func (p *Plan) waits(g *segment, t *text) bool {
	return g != nil && g.shared && p.mayWait && p.carryUntil(g, t).After(time.Now()) && !p.ra.slots.cooling(g.file)
}

// leave makes a segment the slot of the next chunk.
func (p *Plan) leave(g *segment) {
	if !g.shared || g.left {
		return
	}
	if g.follows() {
		for _, c := range g.old.carried {
			if g.before[c.Record.Stream] != nil { // only the other stream has written into the new file
				g.carried = append(g.carried, carried{CarryOver: c.CarryOver, rotated: true})
			}
		}
	} else {
		for _, b := range g.before {
			if b != nil {
				g.passOn(b)
			}
		}
	}
	clear(g.before[:])
	g.records, g.old = nil, nil
	p.ra.slots.leave(g, g.read >= p.ra.started)
}

// CarriedOver returns the groups that the next chunk may continue.
func (p *Plan) CarriedOver() []*Group { return p.carried }

// Leave ends the chunk. What it has claimed and not settled stays Pending. What it
// has carried over cannot be claimed any more.
func (p *Plan) Leave() {
	p.stopAdding()
	p.StopWaiting()
	p.ra.slots.resolve(p.claimed, Outcome{})
	for _, segments := range p.segments {
		for _, g := range segments {
			p.leave(g) // after a panic; no effect otherwise
		}
	}
	for _, g := range p.carried {
		if g.CarryOver != nil {
			p.ra.slots.withdraw(g.CarryOver, false)
		}
	}
}
