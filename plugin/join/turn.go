package join

import (
	"slices"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/filters/multiline"
	"github.com/k8slog/k8slog/plugin/chunk"
)

// turn is a file that begins anew while texts of the one that had its name
// before are open: it was rotated or truncated. Whether they go on in the new
// file is decided at the end of the chunk, because tail may be reading the old
// one on. Until then the new one's lines are joined as if they did not, and
// what the texts would become is kept beside, as their rests.
type turn struct {
	run    *run
	old    *run     // the old file's lines in this chunk; nil when a chunk before has the last
	at     int64    // where those end
	offers []*Offer // what that chunk has
	rests  [filters.Stderr + 1]*opening
}

// turnOver takes note of what may go on in a run that begins a file.
func (p *Plan) turnOver(r *run, others []*run) {
	t := &turn{run: r}
	if n := len(others); n > 0 {
		t.old, t.at = others[n-1], others[n-1].end
		for stream := range t.rests {
			if o := p.open[writer{run: t.old, stream: filters.Stream(stream)}]; o != nil && o.expects() {
				t.rests[stream] = p.rest(&o.progress, o.fields)
			}
		}
	} else if p.patient {
		t.offers = p.joiner.arrive(r, p.until)
		for _, offer := range t.offers {
			t.rests[offer.Record.Stream] = p.rest(&offer.progress, offer.Record.Fields)
		}
	}
	if slices.ContainsFunc(t.rests[:], func(o *opening) bool { return o != nil }) {
		p.turns = append(p.turns, t)
	}
}

// rest makes a rest without lines yet.
func (p *Plan) rest(before *progress, fields []filters.Field) *opening {
	o := p.opening(&filters.Record{Fields: fields})
	o.progress = *before
	return o
}

// follow adds a line to the rest that it may belong to. One that becomes too
// large is none.
func (p *Plan) follow(w writer, at chunk.Mark, r *filters.Record) {
	for _, t := range p.turns {
		o := t.rests[w.stream]
		if t.run != w.run || o == nil {
			continue
		}
		if !o.goesOn() {
			p.endRest(w, o)
			continue
		}
		switch next, ok := p.continues(o, r); {
		case !ok || len(o.members) == 0 && !p.soon(o, r):
			p.endRest(w, o)
		case p.fits(o, r):
			o.add(at, r, next)
		default:
			t.rests[w.stream] = nil
		}
	}
}

// soon says whether a line was written behind a text, and not too long after.
func (p *Plan) soon(o *opening, r *filters.Record) bool {
	apart, wait := r.Time-o.time, p.joiner.config.Wait.Nanoseconds()
	return apart >= 0 && (wait <= 0 || apart <= wait)
}

// endRests ends the rests that a writer's lines belong to; only the weak ones,
// or all.
func (p *Plan) endRests(w writer, weak bool) {
	for _, t := range p.turns {
		if o := t.rests[w.stream]; t.run == w.run && o != nil && !(weak && o.expects()) {
			p.endRest(w, o)
		}
	}
}

// endRest ends a rest before the next line. What is open there without the
// rest must not go on either: each line is either inside or outside of it.
func (p *Plan) endRest(w writer, o *opening) {
	o.partial, o.state = false, multiline.None
	o.trim()
	if shadow := p.open[w]; o.overlaps(shadow) {
		p.close(w, shadow)
	}
}

// overlaps says whether a text that was opened in the same run has lines of
// this one.
func (o *opening) overlaps(other *opening) bool {
	n := len(o.members)
	return n > 0 && other != nil && other.members[0].Index <= o.members[n-1].Index
}

// settleTurns joins what goes on in a new file.
func (p *Plan) settleTurns() {
	for _, t := range p.turns {
		switch {
		case !slices.ContainsFunc(t.rests[:], func(o *opening) bool { return o != nil && len(o.members) > 0 }):
		case t.old == nil:
			p.continueOffers(t)
		case t.old.end == t.at:
			p.continueOld(t)
		}
	}
	p.turns = p.turns[:0]
}

// continueOffers joins what was offered with its rests, unless the old file's
// next chunk has taken it.
func (p *Plan) continueOffers(t *turn) {
	if !p.joiner.seams.takeOver(t.run.file, t.offers) {
		return
	}
	for _, offer := range t.offers {
		w := writer{run: t.run, stream: offer.Record.Stream}
		o := t.rests[w.stream]
		some := o != nil && len(o.members) > 0
		switch {
		case offer.state == taken && (some || o != nil && o.goesOn()):
			p.taken = append(p.taken, offer)
			o.before, o.deadline = offer, earlier(o.deadline, offer.deadline)
			p.adopt(w, o)
		case offer.state == taken:
			offer.Tell(Verdict{Fate: Declined})
		case some && offer.Partial: // it was sent without its rest
			o.part, o.bytes = true, o.bytes-offer.progress.bytes
			p.adopt(w, o)
		}
	}
}

// continueOld joins what the old file's lines in the same chunk end with.
func (p *Plan) continueOld(t *turn) {
	for stream, o := range t.rests {
		from := writer{run: t.old, stream: filters.Stream(stream)}
		old := p.open[from]
		if old == nil || o == nil || len(o.members) == 0 && !o.goesOn() {
			continue
		}
		delete(p.open, from)
		rest := o.members
		o.members = append(slices.Clone(old.members), rest...)
		o.before, o.deadline = old.before, earlier(o.deadline, old.deadline)
		p.adopt(writer{run: t.run, stream: from.stream}, o)
	}
}

// adopt puts a rest in the place of what its lines are without it. It will be
// their group.
func (p *Plan) adopt(w writer, o *opening) {
	if shadow := p.open[w]; o.overlaps(shadow) {
		delete(p.open, w)
		p.spare = append(p.spare, shadow)
	}
	if o.goesOn() {
		p.open[w] = o
	} else {
		p.settle(o)
	}
}
