package reassemble

import (
	"errors"
	"time"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/filters/multiline"
	"github.com/k8slog/k8slog/plugin/chunk"
)

// End ends the chunk's records. What is still open is carried over to the chunk
// behind. read returns a record as it was given to Add, and assemble makes the
// one record of a group; what they return is used before the next call.
func (p *Plan) End(read func(chunk.Mark) *filters.Record, assemble func(*Group) *filters.Record) {
	p.workDeferred(read)
	p.until = p.carryUntil()
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
}

// endStream carries over what is open of a stream, or closes it.
func (p *Plan) endStream(w writer, s *stream, assemble func(*Group) *filters.Record) {
	l, m, g := &s.line, &s.message, w.segment
	if l.open && m.open && m.state.Tentative() {
		p.confirm(s)
	}
	if m.open && m.expects() && p.waits(g, &m.text) {
		p.carry(g, &m.text, nil, assemble)
	} else {
		p.closeMessage(s)
	}
	if s.before != nil && !s.mustFit {
		g.passOn(s.before) // its next line is not whole yet
	}
	shared := g != nil && g.shared
	switch {
	case !l.open:
	case p.waits(g, &l.text):
		p.carry(g, &l.text, l, assemble)
	case shared && p.keep:
		c := p.carry(g, &l.text, l, assemble)
		c.withdraw()
		c.tell(Outcome{Err: ErrKept})
	default:
		if shared { // when the rest comes, it is known to be the rest
			c := p.newCarryOver(&filters.Record{Stream: w.stream, Fields: l.fields}, g, &l.text, l)
			c.withdraw()
			g.carried = append(g.carried, carried{CarryOver: c})
		}
		p.close(&l.text)
	}
}

// confirm finds out whether an unfinished line goes on with the message above
// it, whose lookahead cannot be carried over. If so, they are one text, which
// ends in the middle of a line.
func (p *Plan) confirm(s *stream) {
	l, m := &s.line, &s.message
	next := p.next(m, l, l.head)
	if next == multiline.None || !p.fits(m, l) {
		p.closeMessage(s)
		return
	}
	m.add(l, next)
	m.known = true
	m.text, l.text = l.text, m.text
}

// carry carries a text over to the chunk behind.
func (p *Plan) carry(g *segment, t *text, l *line, assemble func(*Group) *filters.Record) *CarryOver {
	group := p.group(t)
	group.CarryOver = p.newCarryOver(assemble(group), g, t, l)
	g.carried = append(g.carried, carried{CarryOver: group.CarryOver})
	p.carried = append(p.carried, group)
	return group.CarryOver
}

// passOn leaves what nothing has gone on with to the chunk behind.
func (g *segment) passOn(b *stream) {
	for _, c := range []*CarryOver{b.message.unclaimed, b.line.unclaimed} {
		if c != nil {
			g.carried = append(g.carried, carried{c, b.rotated})
		}
	}
}

// ErrKept says why a text that ends in the middle of a line is given back.
var ErrKept = errors.New("the rest of its last line is expected after the next start")

// carryUntil is how long the chunk waits for who claims what it carries over. A
// chunk that lay in a queue waits only briefly: what was written within the wait
// has been read since, and may lie in the queue behind this very chunk.
func (p *Plan) carryUntil() time.Time {
	wait := p.ra.config.Wait
	if p.read > p.ra.started { // else the chunk is an earlier process's
		queued := max(0, time.Since(time.Unix(0, p.read)))
		wait = max(wait-queued, wait/8)
	}
	return time.Now().Add(wait)
}

// waits says whether the chunk waits for the rest of a text. A text that began
// in an earlier chunk must be settled by the deadline of that chunk.
func (p *Plan) waits(g *segment, t *text) bool {
	return g != nil && g.shared && p.patient && p.until.After(time.Now()) && !p.until.After(p.deadlineOf(t)) && !p.ra.slots.cooling(g.file)
}

// leave tells the chunk behind where a segment ended.
func (p *Plan) leave(g *segment) {
	if !g.shared || g.left {
		return
	}
	if g.follows() {
		for _, c := range g.old.carried {
			if g.before[c.Record.Stream] != nil { // the other stream was first to write into the new file
				g.carried = append(g.carried, carried{c.CarryOver, true})
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

// CarriedOver returns the groups that the chunk behind may go on with.
func (p *Plan) CarriedOver() []*Group { return p.carried }

// Leave ends the work on the chunk. What it claimed without telling the outcome
// is given back. What it carried over cannot be claimed any more.
func (p *Plan) Leave() {
	p.ra.slots.settle(p.claimed, Outcome{})
	for _, segments := range p.segments {
		for _, g := range segments {
			p.leave(g) // if a panic came in between
		}
	}
	for _, g := range p.carried {
		if g.CarryOver != nil {
			p.ra.slots.withdraw(g.CarryOver, false)
		}
	}
}
