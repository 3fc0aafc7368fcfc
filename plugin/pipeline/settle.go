package pipeline

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/k8slog/k8slog/plugin/chunk"
	"github.com/k8slog/k8slog/plugin/ledger"
	"github.com/k8slog/k8slog/plugin/reassemble"
)

// settle enters the outcome of items, and of all records that they were made of.
// why is the reason of DeadLettered.
func (w *worker) settle(o ledger.Outcome, why error, items ...item) {
	settlement := ledger.Settlement{Ledger: w.p.Ledger, Outcome: o}
	var copies [2]ledger.Settlement
	several := w.p.several()
	if several {
		copies = w.newSettlements()
	}
	for i := range items {
		it := &items[i]
		if several && it.to != nil {
			w.countCopies(o, it)
			if w.copiesOf(it) != nil {
				w.settleCopy(&copies, o, why, it)
				continue
			}
		}
		records := 1
		if g := w.messages.plan.Group(it.mark.Index); g == nil {
			w.state.Settled.Add(it.mark.Index)
		} else {
			records = len(g.Members)
			for _, at := range g.Members {
				w.state.Settled.Add(at.Index)
			}
			w.p.Ledger.Reassembled.Add(int64(records - 1))
			w.messages.plan.Settle(g, reassemble.Outcome{Records: o, Err: why})
		}
		if w.uncounted {
			continue
		}
		account := accountOf(it.source)
		if w.parked {
			account.Container.Park(-records)
		}
		settlement.Add(account.Namespace, account.Container, records, it.bytes)
	}
	w.state.Pending -= settlement.Enter()
	if several {
		w.enterSettlements(&copies)
	}
}

// countCopies counts the copies of a message for its destination.
func (w *worker) countCopies(o ledger.Outcome, it *item) {
	n := len(w.members(it))
	it.to.Figures.Settle(o, n)
	if w.parked {
		it.to.Figures.Park(-n)
	}
}

// settleCarried waits for the outcome of the messages that were carried over to the
// next chunk, and delivers those that the next chunk has not continued. After a
// failure of this chunk, it does not wait, and delivers nothing. It returns the first
// failure.
func (w *worker) settleCarried(failed error) error {
	w.lanes.begin()
	for _, g := range w.messages.plan.CarriedOver() {
		o := w.messages.plan.Await(g, failed == nil)
		if o.Declined && g.CarryOver.Partial && w.keepsPartial() {
			o = reassemble.Outcome{Err: reassemble.ErrKept}
		}
		failed = cmp.Or(failed, w.settleGroup(g, o, failed == nil))
	}
	w.messages.plan.StopWaiting()
	if failed == nil {
		failed = w.deliver()
	}
	return failed
}

// settleGroup enters the outcome of a message that was carried over. A message that
// the next chunk has not continued is encoded for sending, if send is true.
func (w *worker) settleGroup(g *reassemble.Group, o reassemble.Outcome, send bool) error {
	if o.Copies.Needs != 0 && !o.Declined {
		g.CarryOver = nil
		if len(g.Members) > 0 {
			it := item{mark: g.Members[0], bytes: g.Bytes, pieces: 1}
			w.messages.load(&it)
			w.filter(&it, true)
			if err := w.takeCopies(g, o, it); err != nil {
				return err
			}
		} else {
			w.messages.plan.Settle(g, o)
		}
		if o.Copies.Complete() {
			return nil
		}
	}
	if o.Records == ledger.Pending && !o.Declined {
		if o.Err != nil {
			return fmt.Errorf("a message goes on in another chunk: %w", o.Err)
		}
		return errors.New("a message goes on in another chunk, which is not settled")
	}
	if o.Declined {
		for _, at := range w.messages.plan.Decline(g) {
			if send {
				w.sendDeclined(at)
			}
		}
		return nil
	}
	g.CarryOver = nil
	if len(g.Members) == 0 { // earlier chunks have all of it
		w.messages.plan.Settle(g, o)
		return nil
	}
	it := item{mark: g.Members[0], bytes: g.Bytes, pieces: 1}
	w.messages.load(&it)
	w.filter(&it, true)
	if to, _ := w.destinationsOf(&w.messages.record); w.p.several() && !to.Several() {
		for n := range to.Each { // that of the message, unless it has become another
			it.to = w.p.all[n]
		}
	}
	if o.Records == ledger.DeadLettered {
		return w.deadLetter([]item{it}, func(int) error { return o.Err })
	}
	w.settle(o.Records, nil, it)
	return nil
}

// sendDeclined encodes a message, or a line that was lookahead, that the next chunk has
// not continued.
func (w *worker) sendDeclined(at chunk.Mark) {
	it := w.messages.itemAt(at)
	w.messages.load(&it)
	if w.filter(&it, w.cameBefore(&it)) {
		w.enqueue(it)
	} else {
		w.drop(it)
	}
}
