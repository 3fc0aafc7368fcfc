package reassemble

import (
	"errors"
	"slices"
	"time"

	"github.com/k8slog/k8slog/filters"
)

// End ends the chunk's records. What is still open is offered to the chunk
// behind; assemble makes the one record of a group.
func (p *Plan) End(assemble func(*Group) *filters.Record) {
	p.settleTurns()
	p.until = p.offerUntil()
	for w, o := range p.open {
		if o.next != nil && o.state.Tentative() {
			p.decide(w, o) // what is held cannot be offered
		}
	}
	for w, o := range p.open {
		line := o.next
		o.next = nil
		p.endOpen(w, o, assemble)
		if line != nil {
			p.endOpen(w, line, assemble)
		}
	}
	clear(p.open)
	p.turnLater()
	for _, runs := range p.runs {
		for _, r := range runs {
			p.leave(r)
		}
	}
}

// endOpen offers what is open at the end of the chunk, or settles it.
func (p *Plan) endOpen(w writer, o *opening, assemble func(*Group) *filters.Record) {
	switch {
	case w.run == nil || w.run.left || !o.expects():
		p.settle(o)
	case len(o.members) == 0:
		if !p.passOn(w, o) { // nothing came: whoever comes next may take it
			p.cut(w, o)
		}
	case p.mayOffer(w, o):
		g := p.group(o)
		g.Offer = newOffer(assemble(g), w, o)
		w.run.offers = append(w.run.offers, g.Offer)
		p.made = append(p.made, g)
		p.spare = append(p.spare, o)
	case p.keep && o.partial:
		g := p.group(o)
		g.Offer = newOffer(assemble(g), w, o)
		g.Offer.state = withdrawn
		g.Offer.Tell(Verdict{Fate: GivenBack, Err: ErrKept})
		p.made = append(p.made, g)
		p.spare = append(p.spare, o)
	default:
		p.cut(w, o)
	}
}

// ErrKept says why a text that ends in the middle of a line is given back.
var ErrKept = errors.New("the rest of its last line is expected after the next start")

// offerUntil is how long the chunk waits for who takes its offers. A chunk that
// lay in a queue waits only briefly: what was written within the wait has been
// read since, and may lie in the queue behind this very chunk.
func (p *Plan) offerUntil() time.Time {
	now, wait := time.Now(), p.joiner.config.Wait
	newest := p.joiner.since
	for _, runs := range p.runs {
		for _, r := range runs {
			newest = max(newest, r.read)
		}
	}
	if newest == p.joiner.since { // of an earlier process
		return now.Add(wait)
	}
	queued := max(0, now.Sub(time.Unix(0, newest)))
	return now.Add(max(wait-queued, wait/8))
}

// mayOffer says whether waiting for the rest of a text is worth it. A text that
// comes from an earlier chunk must be settled by the deadline of that one.
func (p *Plan) mayOffer(w writer, o *opening) bool {
	return p.patient && p.until.After(time.Now()) && !p.until.After(o.deadline) && !p.joiner.seams.isTired(w.run.file)
}

// cut closes a text whose rest nobody waits for. When it comes, it is known to
// be the rest.
func (p *Plan) cut(w writer, o *opening) {
	if o.partial {
		head := filters.Record{Stream: w.stream, Fields: o.fields}
		offer := newOffer(&head, w, o)
		offer.state = withdrawn
		w.run.offers = append(w.run.offers, offer)
	}
	p.settle(o)
}

// passOn offers what was taken to the chunk behind. It returns false when that
// cannot be.
func (p *Plan) passOn(w writer, o *opening) bool {
	if len(o.before) == 0 || !p.mayOffer(w, o) || !p.joiner.seams.pass(o.before[0]) {
		return false
	}
	before := o.before[0] // nothing came behind it, so there is no other
	p.taken = slices.DeleteFunc(p.taken, func(offer *Offer) bool { return offer == before })
	w.run.offers = append(w.run.offers, before)
	p.spare = append(p.spare, o)
	return true
}

// leave tells the chunk behind where a run ended.
func (p *Plan) leave(r *run) {
	if r.left {
		return
	}
	r.left = true
	if !p.joiner.seams.leave(r, r.read >= p.joiner.since) {
		for _, offer := range r.offers {
			offer.Tell(Verdict{Fate: Declined})
		}
	}
}

// Offered returns the groups that the chunk behind may take.
func (p *Plan) Offered() []*Group { return p.made }

// Await returns what became of a group that was offered, at the flush's
// deadline at the latest. Without wait it returns what is known already.
func (p *Plan) Await(g *Group, wait bool) Verdict {
	if !wait {
		v, _ := g.Offer.told()
		return v
	}
	return p.joiner.await(g.Offer, p.until, p.deadline)
}

// Leave ends the work on the chunk. What was taken, and of which nothing was
// told, goes back; what was offered is not to be had any more.
func (p *Plan) Leave() {
	for _, offer := range p.taken {
		offer.Tell(Verdict{Fate: GivenBack})
	}
	for _, runs := range p.runs {
		for _, r := range runs {
			if !r.left { // a panic came in between
				p.joiner.seams.gone(r)
				r.left = true
			}
		}
	}
	for _, g := range p.made {
		if g.Offer != nil {
			p.joiner.seams.withdraw(g.Offer)
		}
	}
}
