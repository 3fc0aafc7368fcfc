package pipeline

import (
	"fmt"

	"github.com/k8slog/k8slog/plugin/delivery"
	"github.com/k8slog/k8slog/plugin/ledger"
)

// This file is the frames that came back without an answer while their requests
// go on (see delivery.Round), and their records when the chunk comes again.

// detached is the frames of one round that came back detached.
type detached struct {
	p        *Pipeline
	underWay *ledger.UnderWay
	first    map[*delivery.Frame]int // the number of the first item in underWay
	bytes    int64
}

// detach takes note of a frame whose request goes on.
func (w *worker) detach(d *detached, f *frame) {
	w.lanes.drop(f)
	if w.state.UnderWay == nil {
		w.state.UnderWay = new(ledger.UnderWay)
	}
	if d.first == nil {
		*d = detached{p: w.p, underWay: w.state.UnderWay, first: map[*delivery.Frame]int{}}
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
	if !ok { // a panic came in between
		return
	}
	f, _ := sent.Owner.(*frame)
	if result.Verdict == delivery.Accepted {
		d.p.Ledger.Accepted()
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

// takeUnderWay settles what the backend has accepted since the chunk was
// returned, and sets aside what it has not answered.
func (w *worker) takeUnderWay() {
	w.waiting = w.waiting[:0]
	w.waitingCount = 0
	if w.state.UnderWay == nil {
		return
	}
	batch := ledger.Settlement{Ledger: w.p.Ledger, Outcome: ledger.Delivered}
	w.state.UnderWay.Take(func(m *ledger.MessageUnderWay) {
		for _, i := range m.Records {
			w.state.Settled.Add(i)
		}
		batch.Add(m.Namespace, len(m.Records), m.Bytes)
	}, func(m *ledger.MessageUnderWay) {
		for _, i := range m.Records {
			w.waiting.Add(i)
		}
		w.waitingCount += len(m.Records)
	})
	w.state.Pending -= batch.Enter()
}

// errWaiting says why a chunk is returned whose records are under way.
func (w *worker) errWaiting() error {
	if w.waitingCount == 0 {
		return nil
	}
	return fmt.Errorf("%d records are with the backend, which has not answered yet", w.waitingCount)
}
