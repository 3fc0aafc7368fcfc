package pipeline

import (
	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/filters/rules"
	"github.com/k8slog/k8slog/plugin/ledger"
	"github.com/k8slog/k8slog/plugin/reassemble"
)

// This file sends a message to several destinations. Each gets a copy, which has an outcome
// of its own. A record has its outcome when all of its copies have theirs. What a destination
// has is remembered in ledger.ChunkState.Copies: when the chunk comes again, only the copies
// that are missing are sent.

// destinationsOf returns the destinations of a message behind the filters, and where its
// source goes; nil for the output's own backend alone.
func (w *worker) destinationsOf(r *filters.Record) (rules.Destinations, *Routed) {
	routed, _ := r.Source.Routes.(*Routed)
	switch {
	case w.only != nil:
		return rules.Destinations(w.only.bit()), routed
	case routed == nil:
		return rules.Own, nil
	}
	return routed.Route.Of(r), routed
}

// enqueueCopies encodes the message that was read last for each of its destinations.
func (w *worker) enqueueCopies(it item) {
	r := &w.messages.record
	w.shown = false
	to, routed := w.destinationsOf(r)
	if routed == nil && w.only == nil && !w.hasCopies(it) {
		it.to = w.p.own
		w.enqueueTo(r, it)
		return
	}
	if to.Several() || w.hasCopies(it) {
		for _, at := range w.members(&it) {
			w.copies(at.Index).Needs = uint16(to)
		}
	}
	source := r.Source
	missing := false
	for n := range to.Each {
		it.to = w.p.all[n]
		state := w.stateOf(&it)
		if state == copyDone {
			continue
		}
		missing = true
		if state == copyUnderWay {
			continue
		}
		r.Source = w.sourceOf(it.to, source)
		it.source = r.Source
		if state == copyInPart {
			w.enqueueMissing(it)
			continue
		}
		w.enqueueTo(r, it)
	}
	r.Source = source
	if !missing { // the message goes to fewer destinations than before, which have it
		it.to, it.source = nil, source
		w.settleComplete(it)
	}
}

// sourceOf returns a source as a destination renders it. That of a destination to which no
// route leads, of parked records, is rendered anew for each run of records of the source.
func (w *worker) sourceOf(to *destination, s *filters.Source) *filters.Source {
	if routed, ok := s.Routes.(*Routed); ok && routed.Sources[to.number] != nil {
		return routed.Sources[to.number]
	}
	if to.number == 0 {
		return s
	}
	if w.rendered.of != s || w.rendered.to != to {
		w.rendered = renderedSource{s, to, to.Render(s)}
	}
	return w.rendered.source
}

// renderedSource is a source as a destination renders it.
type renderedSource struct {
	of     *filters.Source
	to     *destination
	source *filters.Source
}

// enqueueTo encodes a message for one destination.
func (w *worker) enqueueTo(r *filters.Record, it item) {
	if w.waits(r, &it) {
		return
	}
	if w.tapped && !w.shown {
		w.shown = true
		w.p.Tap.Publish(r)
	}
	if len(it.to.Filters) == 0 {
		w.lanes.add(r, it)
		return
	}
	// Other destinations get the record without these filters.
	whole := *r
	w.fields = append(w.fields[:0], r.Fields...)
	r.Fields = w.fields
	it.to.Filters.Apply(r)
	w.lanes.add(r, it)
	*r = whole
}

// enqueueMissing sends the records of a message alone that a destination has not.
func (w *worker) enqueueMissing(it item) {
	members := w.members(&it)
	for _, at := range members {
		if c := w.copies(at.Index); c.Done&it.to.bit() == 0 && !w.isUnderWay(at.Index, it.to) {
			one := it
			one.mark, one.alone, one.bytes = at, true, it.bytes/len(members)
			w.missing = append(w.missing, one)
		}
	}
}

// flushMissing pushes the records that are sent alone to their lanes. It is called when all
// messages are encoded: it reads records again.
func (w *worker) flushMissing() {
	for _, it := range w.missing {
		r := w.messages.load(&it)
		r.Source = it.source
		if w.filter(&it, true); w.waits(r, &it) {
			continue
		}
		l := w.lanes.of(it.to, it.source.Partition)
		if len(l.retries) == 0 {
			l.push(retry{})
		}
		l.retries[0].items = append(l.retries[0].items, it)
	}
	w.missing = w.missing[:0]
}

// settleCopy enters the outcome of a copy of a message. The records of which all copies have
// an outcome are settled.
func (w *worker) settleCopy(settlement *[2]ledger.Settlement, o ledger.Outcome, why error, it *item) {
	members := w.members(it)
	g := w.messages.plan.Group(it.mark.Index)
	complete := 0
	for _, at := range members {
		c := w.copies(at.Index)
		if c.Needs == 0 { // its message had one destination when the chunk came before
			c.Needs = w.copiesOf(it).Needs
		}
		c.Done |= it.to.bit()
		if o == ledger.DeadLettered {
			c.Dead |= it.to.bit()
		}
		if !c.Complete() || w.state.Settled.Has(at.Index) {
			continue
		}
		complete++
		w.settleRecord(settlement, c, it, at.Index, it.bytes/len(members))
	}
	switch {
	case g == nil || it.alone:
	case complete == len(members):
		w.p.Ledger.Reassembled.Add(int64(len(members) - 1))
		c := w.copiesOf(it)
		w.messages.plan.Settle(g, reassemble.Outcome{Records: c.Outcome(), Err: why, Copies: *c})
	case len(g.Origins) > 0:
		w.halfDone = append(w.halfDone, g)
	}
}

// settleRecord settles a record of which all copies have an outcome.
func (w *worker) settleRecord(settlement *[2]ledger.Settlement, c *ledger.Copies, it *item, index, bytes int) {
	w.state.Settled.Add(index)
	account := accountOf(it.source)
	i := 0
	if c.Outcome() == ledger.DeadLettered {
		i = 1
	}
	settlement[i].Add(account.Namespace, account.Container, 1, bytes)
}

// settleComplete settles the records of a message whose copies all have an outcome.
func (w *worker) settleComplete(it item) {
	settlement := w.newSettlements()
	members := w.members(&it)
	for _, at := range members {
		if c := w.copies(at.Index); !w.state.Settled.Has(at.Index) {
			w.settleRecord(&settlement, c, &it, at.Index, it.bytes/len(members))
		}
	}
	w.enterSettlements(&settlement)
}

func (w *worker) newSettlements() [2]ledger.Settlement {
	return [2]ledger.Settlement{{Ledger: w.p.Ledger, Outcome: ledger.Delivered}, {Ledger: w.p.Ledger, Outcome: ledger.DeadLettered}}
}

func (w *worker) enterSettlements(all *[2]ledger.Settlement) {
	for i := range all {
		w.state.Pending -= all[i].Enter()
	}
}

// tellOrigins passes to earlier chunks which destinations have a message that is not
// settled: the parts of it there must not be sent to these again.
func (w *worker) tellOrigins(why error) {
	for _, g := range w.halfDone {
		it := item{mark: g.Members[0], to: w.p.own}
		if c := w.copiesOf(&it); c != nil && !c.Complete() {
			w.messages.plan.Settle(g, reassemble.Outcome{Err: why, Copies: *c})
		}
	}
	w.halfDone = w.halfDone[:0]
}

// takeCopies enters what the chunk behind says of the copies of a message that goes on
// there.
func (w *worker) takeCopies(g *reassemble.Group, o reassemble.Outcome, it item) (err error) {
	settlement := w.newSettlements()
	for _, at := range g.Members {
		c := w.copies(at.Index)
		c.Needs, c.Done, c.Dead = o.Copies.Needs, c.Done|o.Copies.Done, c.Dead|o.Copies.Dead
	}
	for n := range rules.Destinations(o.Copies.Dead).Each {
		it.to = w.p.all[n]
		if err = w.writeLetters([]item{it}, func(int) error { return o.Err }); err != nil {
			for _, at := range g.Members { // it is written at the next time
				w.copies(at.Index).Done &^= it.to.bit()
			}
			return err
		}
		it.to.Figures.Settle(ledger.DeadLettered, len(g.Members))
	}
	for n := range rules.Destinations(o.Copies.Done &^ o.Copies.Dead).Each {
		w.p.all[n].Figures.Settle(ledger.Delivered, len(g.Members))
	}
	if o.Copies.Complete() {
		for _, at := range g.Members {
			w.settleRecord(&settlement, &o.Copies, &it, at.Index, it.bytes/len(g.Members))
		}
		w.enterSettlements(&settlement)
	}
	w.messages.plan.Settle(g, o)
	return nil
}
