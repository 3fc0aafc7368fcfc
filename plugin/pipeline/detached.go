package pipeline

import (
	"fmt"

	"github.com/k8slog/k8slog/plugin/delivery"
	"github.com/k8slog/k8slog/plugin/ledger"
)

// This file handles the frames that are returned without an answer while their
// requests go on (see delivery.Round), and their records when the chunk comes again.

// detached is the frames of one round that were detached.
type detached struct {
	ledger   *ledger.Ledger
	underWay *ledger.UnderWay
	first    map[*delivery.Frame]int // the number in underWay of the first item
	bytes    int64
}

// detach enters the records of a detached frame as under way.
func (w *worker) detach(d *detached, f *frame) {
	w.lanes.drop(f)
	if w.state.UnderWay == nil {
		w.state.UnderWay = new(ledger.UnderWay)
	}
	if d.first == nil {
		*d = detached{ledger: w.p.Ledger, underWay: w.state.UnderWay, first: map[*delivery.Frame]int{}}
	}
	d.bytes += int64(len(f.Body))
	for i := range f.items {
		m := ledger.MessageUnderWay{Namespace: accountOf(f.items[i].source).Namespace, Bytes: f.items[i].bytes}
		// A message that began in the chunk before is sent again, by both chunks.
		if g := w.messages.plan.Group(f.items[i].mark.Index); g == nil || len(g.Origins) == 0 {
			for _, at := range w.messages.members(f.items[i].mark) {
				m.Records = append(m.Records, at.Index)
			}
		}
		if n := w.state.UnderWay.Add(m); i == 0 {
			d.first[&f.Frame] = n
		}
	}
}

// answered enters the result of a frame.
func (d *detached) answered(sent *delivery.Frame, result delivery.Result) {
	first, ok := d.first[sent]
	if !ok { // after a panic, the round returns frames that were not detached here
		return
	}
	f, _ := sent.Owner.(*frame)
	if result.Verdict == delivery.Accepted {
		d.ledger.Accepted()
	}
	verdicts := result.Items
	for i, it := range f.items {
		accepted := result.Verdict == delivery.Accepted
		if result.Verdict == delivery.PerItem {
			accepted = worst(verdicts[:it.pieces]) == nil
			verdicts = verdicts[it.pieces:]
		}
		d.underWay.Answered(first+i, accepted)
	}
}

// takeUnderWay settles the records that the backend has accepted since the chunk was
// returned, and holds the records that still have no answer.
func (w *worker) takeUnderWay() {
	w.unanswered = 0
	if w.state.UnderWay == nil {
		return
	}
	settlement := ledger.Settlement{Ledger: w.p.Ledger, Outcome: ledger.Delivered}
	w.state.UnderWay.Take(func(m *ledger.MessageUnderWay) {
		for _, i := range m.Records {
			w.state.Settled.Add(i)
		}
		settlement.Add(m.Namespace, len(m.Records), m.Bytes)
	}, func(m *ledger.MessageUnderWay) {
		for _, i := range m.Records {
			w.held.Add(i)
		}
		w.unanswered += len(m.Records)
	})
	w.state.Pending -= settlement.Enter()
}

// errUnanswered returns why a chunk with unanswered records is returned.
func (w *worker) errUnanswered() error {
	if w.unanswered == 0 {
		return nil
	}
	return fmt.Errorf("%d records are with the backend, which has not answered yet", w.unanswered)
}
