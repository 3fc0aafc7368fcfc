package reassemble

import (
	"slices"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/filters/multiline"
	"github.com/k8slog/k8slog/plugin/chunk"
)

// turn is a file that begins anew, or has shortly before, while texts of the
// one that had its name before are open: it was rotated or truncated. Whether
// they go on in the new file is decided at the end of the chunk, because tail
// may be reading the old one on. Until then the new one's lines are joined as if
// they did not, and what the texts would become is kept beside, as their rests.
type turn struct {
	run    *run
	old    *run     // the old file's lines in this chunk; nil when a chunk before has the last
	at     int64    // where those end
	offers []*Offer // what that chunk has
	rests  [filters.Stderr + 1]*opening
	// lines are the rests of lines that were open behind a text. They are in
	// the place of its rest when it does not go on.
	lines [filters.Stderr + 1]*opening
}

// turnFrom takes note of what may go on in a run that begins a file, behind
// another run of the chunk.
func (p *Plan) turnFrom(r, old *run) {
	t := &turn{run: r, old: old, at: old.end}
	for stream := range t.rests {
		o := p.open[writer{run: old, stream: filters.Stream(stream)}]
		if o != nil && o.next != nil {
			t.addRest(stream, p.rest(&o.progress, o.fields, nil))
			o = o.next
		}
		if o != nil && o.expects() {
			t.addRest(stream, p.rest(&o.progress, o.fields, o.line))
		}
	}
	p.addTurn(t)
}

// turnOver takes note of what may go on in a run, of what chunks before have of
// the old file.
func (p *Plan) turnOver(r *run, offers []*Offer) {
	t := &turn{run: r, offers: offers}
	for _, offer := range offers {
		t.addRest(int(offer.Record.Stream), p.rest(&offer.progress, offer.Record.Fields, offer.line))
	}
	p.addTurn(t)
}

func (p *Plan) addTurn(t *turn) {
	if slices.ContainsFunc(t.rests[:], func(o *opening) bool { return o != nil }) {
		p.turns = append(p.turns, t)
	}
}

// addRest adds the rest of a text, or of the line behind it.
func (t *turn) addRest(stream int, o *opening) {
	if text := t.rests[stream]; text != nil {
		text.next, t.lines[stream] = o, o
	} else {
		t.rests[stream] = o
	}
}

// rest makes a rest without lines yet. line is the one that is open before it.
func (p *Plan) rest(before *progress, fields []filters.Field, line []byte) *opening {
	o := p.opening(&filters.Record{Fields: fields})
	o.progress, o.line = *before, append(o.line, line...)
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
		last := o
		if o.next != nil {
			last = o.next
		}
		if !last.goesOn() || len(o.members) == 0 && len(last.members) == 0 && !p.soon(last, r) {
			p.endRest(w, o)
			continue
		}
		if o.next != nil {
			p.followNext(t, w, at, r)
			continue
		}
		if p.mayCut(o, r) {
			o.next = p.begin(at, r)
			continue
		}
		switch next, ok := p.continues(o, r); {
		case !ok:
			p.endRest(w, o)
		case p.fits(o, r):
			o.add(at, r, next)
		default:
			t.rests[w.stream] = nil
		}
	}
}

// followNext adds a piece to the line behind a rest.
func (p *Plan) followNext(t *turn, w writer, at chunk.Mark, r *filters.Record) {
	o := t.rests[w.stream]
	l := o.next
	if !l.goesWith(r) || !p.fits(l, r) {
		p.endRest(w, o)
		return
	}
	if l.add(at, r, p.judge(l, r)); l.unjudged {
		return
	}
	next := p.after(o, l)
	if next.Tentative() && l == t.lines[w.stream] {
		next = multiline.None // its beginning could not be given back
	}
	if next != multiline.None && p.fitsBytes(o, l.bytes) {
		if p.merge(o, next); l == t.lines[w.stream] {
			t.lines[w.stream] = nil
		}
	} else {
		p.endText(t, w, o)
	}
}

// endText ends a rest before the line behind it. Where that line began in the
// old file as well, it goes on by itself.
func (p *Plan) endText(t *turn, w writer, o *opening) {
	if o.next == t.lines[w.stream] {
		t.rests[w.stream] = o.next
	} else {
		p.endRest(w, o)
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
		if o := t.rests[w.stream]; t.run == w.run && o != nil && !(weak && (o.next != nil || o.expects())) {
			p.endRest(w, o)
		}
	}
}

// endRest ends a rest before the next line. What is open there without the
// rest must not go on either: each line is either inside or outside of it.
func (p *Plan) endRest(w writer, o *opening) {
	o.partial, o.state, o.next = false, multiline.None, nil
	o.trim()
	o.loose = o.loose[:0]
	for shadow := p.open[w]; o.overlaps(shadow); shadow = p.open[w] {
		p.close(w, shadow)
	}
}

// overlaps says whether a text that was opened in the same run has lines of
// this one.
func (o *opening) overlaps(other *opening) bool {
	n := len(o.members)
	return n > 0 && other != nil && len(other.members) > 0 && other.members[0].Index <= o.members[n-1].Index
}

// settleTurns joins what goes on in a new file.
func (p *Plan) settleTurns() {
	for _, t := range p.turns {
		for stream, o := range t.rests {
			if o != nil && o.next != nil { // of which it is not known what it is
				p.endText(t, writer{run: t.run, stream: filters.Stream(stream)}, o)
			}
		}
		some := slices.ContainsFunc(t.rests[:], func(o *opening) bool { return o != nil && len(o.members) > 0 })
		switch {
		case t.old != nil && t.old.end != t.at: // it has gone on itself
		case !some:
			p.later = append(p.later, t)
		case t.old == nil:
			p.continueOffers(t)
		default:
			p.continueOld(t)
		}
	}
	p.turns = p.turns[:0]
}

// turnLater leaves what nothing has come of, neither to go on with it nor to
// end it, to the chunk behind: the other stream was first to write into the new
// file.
func (p *Plan) turnLater() {
	for _, t := range p.later {
		offers := t.offers
		if t.old != nil {
			offers = t.old.offers
		}
		for _, offer := range offers {
			if o := t.rests[offer.Record.Stream]; o != nil && o.goesOn() {
				t.run.turned = append(t.run.turned, offer)
			}
		}
	}
	p.later = p.later[:0]
}

// continueOffers joins what was offered with its rests, unless the old file's
// next chunk has taken it.
func (p *Plan) continueOffers(t *turn) {
	if !p.joiner.seams.takeOver(t.run.file, t.offers) {
		return
	}
	for i, offer := range t.offers {
		w := writer{run: t.run, stream: offer.Record.Stream}
		o := t.rests[w.stream]
		var line *Offer // behind that text
		if j := slices.IndexFunc(t.offers[i+1:], func(line *Offer) bool { return line.Record.Stream == w.stream }); j >= 0 {
			line = t.offers[i+1+j]
			if line.state != taken || o == t.lines[w.stream] {
				o = nil
			}
		}
		some := o != nil && len(o.members) > 0
		switch {
		case offer.state == taken && (some || o != nil && o.goesOn()):
			if p.beforeIt(o, offer); line == nil {
				p.adopt(w, o)
			}
		case offer.state == taken:
			offer.Tell(Verdict{Fate: Declined})
		case some && line == nil && offer.Partial: // it was sent without its rest
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
		line := old.next
		if line != nil && o == t.lines[stream] {
			p.close(from, old) // the text above it has ended
			old, line = line, nil
		}
		delete(p.open, from)
		rest := o.members
		o.members = slices.Clone(old.members)
		o.before, o.deadline = old.before, earlier(o.deadline, old.deadline)
		if line != nil {
			o.members, o.before = append(o.members, line.members...), append(slices.Clip(o.before), line.before...)
		}
		o.members = append(o.members, rest...)
		p.adopt(writer{run: t.run, stream: from.stream}, o)
	}
}

// adopt puts a rest in the place of what its lines are without it. It will be
// their group.
func (p *Plan) adopt(w writer, o *opening) {
	for shadow := p.open[w]; o.overlaps(shadow); shadow = p.open[w] {
		p.shut(w, shadow)
		p.spare = append(p.spare, shadow)
	}
	if o.goesOn() {
		p.open[w] = o
	} else {
		p.settle(o)
	}
}
