package pipeline

import (
	"errors"
	"fmt"

	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/delivery"
	"github.com/k8slog/k8slog/plugin/ledger"
)

// This file handles the frames that are returned without an answer while their
// requests go on (see delivery.Round), and their records when the chunk comes again.

// detach enters the records of a detached frame as under way. It returns the memory that
// the request holds, in bytes.
func (w *worker) detach(f *frame) int {
	w.lanes.drop(f)
	if w.state.UnderWay == nil {
		w.state.UnderWay = new(ledger.UnderWay)
	}
	f.underWay = w.state.UnderWay
	for i := range f.items {
		it := &f.items[i]
		account := accountOf(it.source)
		m := ledger.MessageUnderWay{Namespace: account.Namespace, Container: account.Container, Bytes: it.bytes, Destination: f.to.Figures, Number: f.to.number}
		if w.copiesOf(it) != nil {
			m.Copy = f.to.bit()
		}
		// A message that began in the chunk before is sent again, by both chunks.
		if g := w.messages.plan.Group(it.mark.Index); it.alone || g == nil || len(g.Origins) == 0 {
			for _, at := range w.members(it) {
				m.Records = append(m.Records, at.Index)
			}
		}
		if n := f.underWay.Add(m); i == 0 {
			f.firstUnderWay = n
		}
	}
	if f.IsCopied() {
		f.encoder, f.Body = nil, nil
	}
	return f.Memory()
}

// answered enters the result of a detached frame.
func (p *Pipeline) answered(sent *delivery.Frame, result delivery.Result) {
	f, _ := sent.Owner.(*frame)
	if f.underWay == nil { // after a panic, the round returns frames that no worker has detached
		return
	}
	if result.Verdict == delivery.Accepted {
		p.Ledger.Accepted()
	}
	if result.Verdict == delivery.Split || result.Verdict == delivery.Rejected {
		f.underWay.Blame()
	}
	verdicts, failed := result.Items, ""
	for i, it := range f.items {
		accepted, refused := result.Verdict == delivery.Accepted, error(nil)
		if result.Verdict == delivery.PerItem {
			verdict := worst(verdicts[:it.pieces])
			verdicts = verdicts[it.pieces:]
			accepted = verdict == nil
			if _, rejected := errors.AsType[*backend.Rejected](verdict); !accepted && !rejected && !isUndecided(verdict) && it.scope != "" {
				refused = verdict
				if it.scope != failed {
					failed = it.scope
					f.to.scopes.failed(scopeName{f.Partition, it.scope}, verdict, p.ScopePause)
				}
			}
		}
		f.underWay.Answered(f.firstUnderWay+i, accepted, refused)
	}
}

// takeUnderWay settles the records that the backend has accepted since the chunk was
// returned, holds the records that still have no answer, and notes those that the backend
// does not take for now: a backend that is slow to say so would otherwise be asked again at
// each time that the chunk comes.
func (w *worker) takeUnderWay() {
	w.unanswered = 0
	w.patient = false
	clear(w.refused)
	if w.state.UnderWay == nil {
		return
	}
	w.patient = w.state.UnderWay.TakeBlame()
	w.p.settleAnswered(&w.state, func(m *ledger.MessageUnderWay) {
		if m.Copy != 0 {
			w.noteUnderWay(m.Records, m.Copy)
		} else {
			for _, i := range m.Records {
				w.held.Add(i)
			}
		}
		w.unanswered += len(m.Records)
	}, func(m *ledger.MessageUnderWay, why error) {
		if w.refused == nil {
			w.refused = map[refusal]error{}
		}
		for _, i := range m.Records {
			w.refused[refusal{i, m.Number}] = why
		}
	})
}

// settleAnswered settles the records that the backend has accepted since a chunk with
// that state was returned. It calls waiting for each message without an answer, and refused
// for each that the backend does not take for now.
func (p *Pipeline) settleAnswered(state *ledger.ChunkState, waiting func(*ledger.MessageUnderWay), refused func(*ledger.MessageUnderWay, error)) {
	settlement := ledger.Settlement{Ledger: p.Ledger, Outcome: ledger.Delivered}
	dead := ledger.Settlement{Ledger: p.Ledger, Outcome: ledger.DeadLettered}
	state.UnderWay.Take(func(m *ledger.MessageUnderWay) {
		m.Destination.Settle(ledger.Delivered, len(m.Records))
		if m.Copy != 0 {
			state.TakeCopies(m, &settlement, &dead)
			return
		}
		for _, i := range m.Records {
			state.Settled.Add(i)
		}
		settlement.Add(m.Namespace, m.Container, len(m.Records), m.Bytes)
	}, waiting, refused)
	state.Pending -= settlement.Enter() + dead.Enter()
}

// errUnanswered returns why a chunk with unanswered records is returned.
func (w *worker) errUnanswered() error {
	if w.unanswered == 0 {
		return nil
	}
	return fmt.Errorf("%d records are with the backend, which has not answered yet", w.unanswered)
}
