package pipeline

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/ledger"
	"github.com/k8slog/k8slog/plugin/quota"
	"github.com/k8slog/k8slog/plugin/reassemble"
)

// Account is the counters and the rate limit that a source belongs to, as
// filters.Source.Account.
type Account struct {
	Namespace *ledger.Namespace
	Bucket    *quota.Bucket // nil without a limit
}

var noAccount = &Account{}

func accountOf(s *filters.Source) *Account {
	if s != nil {
		if a, ok := s.Account.(*Account); ok {
			return a
		}
	}
	return noAccount
}

// settle enters the outcome of items, and of all records that they were made of.
func (w *worker) settle(o reassemble.Outcome, items ...item) {
	batch := ledger.Settlement{Ledger: w.p.Ledger, Outcome: outcomeOf(o.Fate)}
	for i := range items {
		it := &items[i]
		records := 1
		if g := w.messages.plan.Group(it.mark.Index); g == nil {
			w.state.Settled.Add(it.mark.Index)
		} else {
			records = len(g.Members)
			for _, at := range g.Members {
				w.state.Settled.Add(at.Index)
			}
			w.p.Ledger.Reassembled.Add(int64(records - 1))
			w.messages.plan.Settle(g, o)
		}
		batch.Add(accountOf(it.source).Namespace, records, it.bytes)
	}
	w.state.Pending -= batch.Enter()
}

func outcomeOf(f reassemble.Fate) ledger.Outcome {
	switch f {
	case reassemble.Delivered:
		return ledger.Delivered
	case reassemble.Dropped:
		return ledger.Dropped
	}
	return ledger.DeadLettered
}

// settleCarried waits for the outcome of the messages that were carried over to
// the next chunk, and delivers those that it did not take. When the chunk has
// failed already, it only takes in what is known. It returns the first failure.
func (w *worker) settleCarried(failed error) error {
	w.lanes.begin()
	declined := false
	for _, g := range w.messages.plan.CarriedOver() {
		it := item{mark: g.Members[0], bytes: g.Bytes, pieces: 1}
		o := w.messages.plan.Await(g, failed == nil)
		if o.Fate == reassemble.Declined && g.CarryOver.Partial && w.keepsPartial() {
			o = reassemble.Outcome{Fate: reassemble.GivenBack, Err: reassemble.ErrKept}
		}
		if o.Fate == reassemble.GivenBack {
			err := errors.New("a message goes on in another chunk, which is not settled")
			if o.Err != nil {
				err = fmt.Errorf("a message goes on in another chunk: %w", o.Err)
			}
			failed = cmp.Or(failed, err)
			continue
		}
		g.CarryOver = nil
		if o.Fate == reassemble.Declined && failed != nil {
			continue
		}
		r := w.messages.load(&it)
		kept := w.p.Filters.Apply(r)
		it.source = r.Source
		switch {
		case o.Fate == reassemble.Declined && kept:
			if w.scopeWaits(r, &it) {
				continue
			}
			w.lanes.add(r, it)
			declined = true
		case o.Fate == reassemble.Declined:
			w.settle(reassemble.Outcome{Fate: reassemble.Dropped}, it)
		case o.Fate == reassemble.DeadLettered:
			failed = cmp.Or(failed, w.deadLetter([]item{it}, func(int) error { return o.Err }))
		default:
			w.settle(o, it)
		}
	}
	if declined && failed == nil {
		failed = w.deliver()
	}
	return failed
}
