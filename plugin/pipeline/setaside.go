package pipeline

import (
	"fmt"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/ledger"
)

// setAside is the records of a chunk that wait alone: their scope is refused for
// now, or the server fails on them. They stay pending, and the chunk is returned
// to Fluent Bit for them, without waiting for the deadline.
type setAside struct {
	records ledger.Bitset
	count   int
	err     error
	// refused says of a scope whether its records of this chunk wait. A scope
	// gets one answer for all of the chunk.
	refused map[scopeName]error
}

func (a *setAside) begin() {
	a.records, a.count, a.err = a.records[:0], 0, nil
	clear(a.refused)
}

func (a *setAside) has(i int) bool { return a.count > 0 && a.records.Has(i) }

func (a *setAside) add(it *item, why error) {
	a.records.Add(it.mark.Index)
	a.count++
	a.err = why
}

func (a *setAside) failure() error {
	if a.count == 0 {
		return nil
	}
	return fmt.Errorf("%d messages wait alone: %w", a.count, a.err)
}

// refuse has the later records of a scope in this chunk wait as well.
func (a *setAside) refuse(name scopeName, why error) {
	if a.refused == nil {
		a.refused = map[scopeName]error{}
	}
	a.refused[name] = why
}

// scopeRefused finds the scope of a message, and says why the message has to
// wait; nil when it may be sent.
func (w *worker) scopeRefused(r *filters.Record, it *item) error {
	if w.p.scoped == nil {
		return nil
	}
	it.scope = w.p.scoped.Scope(r)
	if w.p.scopes.refused.Load() == 0 && len(w.aside.refused) == 0 {
		return nil
	}
	name := scopeName{r.Source.Partition, it.scope}
	err, known := w.aside.refused[name]
	if !known {
		err = w.p.scopes.allow(name, w.deadline)
		w.aside.refuse(name, err)
	}
	return err
}
