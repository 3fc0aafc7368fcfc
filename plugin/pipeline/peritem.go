package pipeline

import (
	"cmp"
	"errors"
	"time"

	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/delivery"
	"github.com/k8slog/k8slog/plugin/ledger"
)

// perItem applies a verdict for each call of Encoder.Append. Items that the backend did
// not take for now are sent again, or set aside. Of items of which only some are refused
// for good, these are found by sending fewer at a time.
func (w *worker) perItem(f *frame, result delivery.Result) error {
	l, verdicts := f.lane, result.Items
	var accepted, later, refused, suspects, dissolved []item
	var reasons []error        // of refused
	var why error              // of suspects
	var pause time.Duration    // before later
	aside := map[string]bool{} // by scope, of the items that are not taken for now
	for _, it := range f.items {
		verdict := worst(verdicts[:it.pieces])
		verdicts = verdicts[it.pieces:]
		rejected, isRejected := errors.AsType[*backend.Rejected](verdict)
		switch {
		case verdict == nil:
			accepted = append(accepted, it)
			l.to.scopes.succeeded(scopeName{l.partition, it.scope})
		case isUndecided(verdict):
			later = append(later, it)
		case !isRejected:
			if _, known := aside[it.scope]; !known {
				aside[it.scope] = w.refuseScope(l, it.scope, verdict)
			}
			if aside[it.scope] {
				w.setAside(&it, scopeKey(partitionKey(l.to, l.partition), it.scope), verdict)
			} else {
				later = append(later, it)
				if throttled, ok := errors.AsType[*backend.Throttled](verdict); ok {
					pause = max(pause, throttled.After)
				}
			}
		case rejected.Some:
			suspects, why = append(suspects, it), verdict
		case w.canDissolve(&it):
			dissolved = append(dissolved, it)
		default:
			refused, reasons = append(refused, it), append(reasons, verdict)
		}
	}
	if len(accepted) > 0 {
		w.p.Ledger.Accepted()
		l.attempts = 0
		w.settle(ledger.Delivered, nil, accepted...)
	}
	if len(refused) > 0 {
		if err := w.deadLetter(refused, func(i int) error { return reasons[i] }); err != nil {
			return err
		}
	}
	if len(later) > 0 {
		next := l.to.Batcher.NextTry(l.attempts)
		if asked := time.Now().Add(pause); asked.After(next) {
			next = asked
		}
		l.push(retry{items: later, notBefore: next})
		l.attempts++
	}
	for i := range dissolved {
		w.dissolve(l, &dissolved[len(dissolved)-1-i])
	}
	if len(suspects) == 0 {
		return nil
	}
	if len(suspects) == 1 && !(result.Exclusive && len(f.items) == 1) {
		l.push(retry{items: suspects, exclusive: true}) // the fault may be in another item
		return nil
	}
	return w.narrow(l, suspects, why)
}

// refuseScope notes that the backend does not take the records of a scope for now. It
// returns true when they are set aside. The first time they are sent again instead,
// because the reason may pass. When too many scopes are refused, it is not known which time
// it is.
func (w *worker) refuseScope(l *lane, scope string, why error) (aside bool) {
	if scope == "" {
		return false
	}
	name := scopeName{l.partition, scope}
	if l.to.scopes.failed(name, why, w.p.ScopePause) == 1 && !l.to.scopes.full() {
		return false
	}
	w.aside.setAnswer(scopeKey(partitionKey(l.to, l.partition), scope), why)
	return true
}

// isUndecided reports whether a verdict says nothing about the scope of its item.
func isUndecided(verdict error) bool {
	_, ok := errors.AsType[*backend.Undecided](verdict)
	return ok
}

// worst returns the verdict on a message of several pieces: the first Rejected, or else
// the first other error.
func worst(pieces []error) (verdict error) {
	for _, err := range pieces {
		if _, rejected := errors.AsType[*backend.Rejected](err); rejected {
			return err
		}
		verdict = cmp.Or(verdict, err)
	}
	return verdict
}
