package join

import (
	"slices"

	"github.com/k8slog/k8slog/filters"
)

// turn is a file that begins anew while the last line of the one that had its
// name before is open: it was rotated or truncated. Whether that line goes on in
// the new file is decided at the end of the chunk, because tail may be reading
// the old one on.
type turn struct {
	run    *run
	stream filters.Stream
	old    *run  // the old file's lines in this chunk; nil when a chunk before has the last
	at     int64 // where that one ended
	head   *opening
}

// turnOver takes note of what may go on in a run that begins a file.
func (p *Plan) turnOver(r *run, others []*run) {
	if at, ok := p.joiner.seams.anew(r.file); ok && p.patient {
		for stream := filters.NoStream; stream <= filters.Stderr; stream++ {
			p.turns = append(p.turns, &turn{run: r, stream: stream, at: at})
		}
		return
	}
	for _, old := range others {
		for stream := filters.NoStream; stream <= filters.Stderr; stream++ {
			if o := p.open[writer{run: old, stream: stream}]; o != nil && o.partial {
				p.turns = append(p.turns, &turn{run: r, stream: stream, old: old})
			}
		}
	}
}

// turnAt returns the turn whose first line is still to come.
func (p *Plan) turnAt(w writer) *turn {
	for _, t := range p.turns {
		if t.run == w.run && t.stream == w.stream && t.head == nil {
			return t
		}
	}
	return nil
}

// settleTurns joins what goes on in a new file, and makes groups of the rest.
func (p *Plan) settleTurns() {
	offers := map[*run][]*Offer{}
	for _, t := range p.turns {
		if t.old == nil && offers[t.run] == nil {
			offers[t.run] = p.joiner.seams.takeOver(t.run.file, t.at)
		}
	}
	for _, t := range p.turns {
		if t.old == nil {
			i := slices.IndexFunc(offers[t.run], func(o *Offer) bool { return o.Record.Stream == t.stream })
			if i >= 0 {
				p.continueOffer(t, offers[t.run][i])
			}
		} else {
			p.continueOld(t)
		}
		if o := t.head; o != nil {
			if w := (writer{run: t.run, stream: t.stream}); p.open[w] != o {
				p.settle(o)
			}
		}
	}
	p.turns = p.turns[:0]
}

// continueOffer makes the head of a turn the rest of what was offered.
func (p *Plan) continueOffer(t *turn, offer *Offer) {
	fits := t.head != nil && offer.Partial && p.follows(t.head, &offer.progress, offer.Record.Fields)
	if offer.state != taken {
		if fits { // it was sent without its rest
			t.head.part = true
		}
		return
	}
	if !fits {
		offer.Tell(Verdict{Fate: Declined})
		return
	}
	p.taken = append(p.taken, offer)
	t.head.before, t.head.part = offer, t.head.part || offer.progress.part
	t.head.bytes += offer.progress.bytes
	t.head.deadline = earlier(t.head.deadline, offer.deadline)
}

// continueOld makes the head of a turn the rest of what the old file's lines in
// the same chunk end with.
func (p *Plan) continueOld(t *turn) {
	w := writer{run: t.old, stream: t.stream}
	old := p.open[w]
	if old == nil || !old.partial || t.head == nil || t.old.last > t.head.members[0].Index ||
		!p.follows(t.head, &old.progress, old.fields) {
		return
	}
	delete(p.open, w)
	t.head.members = append(slices.Clone(old.members), t.head.members...)
	t.head.before, t.head.part = old.before, t.head.part || old.part
	t.head.bytes += old.bytes
	t.head.deadline = earlier(t.head.deadline, old.deadline)
}

// follows says whether a text can be the rest of another one by its time,
// fields and size.
func (p *Plan) follows(head *opening, before *progress, fields []filters.Field) bool {
	apart := head.begun - before.time
	c := &p.joiner.config
	return apart >= 0 && (c.Wait <= 0 || apart <= c.Wait.Nanoseconds()) && slices.EqualFunc(fields, head.fields, sameField) &&
		(c.Bytes <= 0 || head.bytes+before.bytes <= c.Bytes)
}
