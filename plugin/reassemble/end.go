package reassemble

import (
	"errors"
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

// endStream carries over the open texts of a stream, or closes them.
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
		g.passOn(s.before) // the next line is still partial
	}
	shared := g != nil && g.shared
	switch {
	case !l.open:
	case p.waits(g, &l.text):
		p.carry(g, &l.text, l, assemble)
	case shared && p.keep:
		c := p.carry(g, &l.text, l, assemble)
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

// confirm finds out whether a partial line continues the message before it, whose
// lookahead cannot be carried over. If so, both become one text, which ends in the
// middle of a line.
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

// carry carries a text over to the next chunk.
func (p *Plan) carry(g *segment, t *text, l *line, assemble func(*Group) *filters.Record) *CarryOver {
	group := p.group(t)
	group.CarryOver = p.newCarryOver(assemble(group), g, t, l)
	g.carried = append(g.carried, carried{CarryOver: group.CarryOver})
	p.carried = append(p.carried, group)
	return group.CarryOver
}

// passOn carries over again what no record of the chunk has continued.
func (g *segment) passOn(b *stream) {
	for _, c := range []*CarryOver{b.message.unclaimed, b.line.unclaimed} {
		if c != nil {
			g.carried = append(g.carried, carried{c, b.rotated})
		}
	}
}

// ErrKept is why a text that ends in the middle of a line is returned.
var ErrKept = errors.New("the rest of its last line is expected after the next start")

// carryUntil returns until when the chunk waits for the next chunk. A chunk that was
// in a queue waits only briefly: lines that were written soon after its own have
// been read since, and may be in the queue behind this very chunk.
func (p *Plan) carryUntil() time.Time {
	wait := p.ra.config.Wait
	if p.read > p.ra.started { // otherwise an earlier process has read the chunk
		queued := max(0, time.Since(time.Unix(0, p.read)))
		wait = max(wait-queued, wait/8)
	}
	return time.Now().Add(wait)
}

// waits reports whether the chunk waits for the rest of a text. A text that began in
// an earlier chunk must be settled by the deadline of that chunk.
func (p *Plan) waits(g *segment, t *text) bool {
	return g != nil && g.shared && p.mayWait && p.until.After(time.Now()) && !p.until.After(p.deadlineOf(t)) && !p.ra.slots.cooling(g.file)
}

// leave makes a segment the slot of the next chunk.
func (p *Plan) leave(g *segment) {
	if !g.shared || g.left {
		return
	}
	if g.follows() {
		for _, c := range g.old.carried {
			if g.before[c.Record.Stream] != nil { // only the other stream has written into the new file
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

// CarriedOver returns the groups that the next chunk may continue.
func (p *Plan) CarriedOver() []*Group { return p.carried }

// Leave ends the chunk. What it has claimed and not settled stays Pending. What it
// has carried over cannot be claimed any more.
func (p *Plan) Leave() {
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
