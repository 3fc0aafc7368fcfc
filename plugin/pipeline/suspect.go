package pipeline

import (
	"cmp"
	"errors"
	"slices"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/delivery"
)

// This file is the search for the records on which the server fails. The search must not
// make the backend count as down: what has failed before, and what fails while the rest of
// the chunk is accepted, says nothing about the backend.

// maxSearch is the number of requests in a row that may fail in a search. Then the search
// ends, and the records that are left of it are set aside without a further split.
const maxSearch = 128

// noteFailure counts a frame on which the server failed.
func (l *lane) noteFailure(f *frame, why error) {
	if _, failed := errors.AsType[*backend.Failed](why); !failed {
		return
	}
	if !f.Exclusive { // a new search
		l.works, l.failures = false, 0
	}
	l.searching = true
	l.failures++
}

// isSuspect reports whether a failure of the server on a frame says nothing about the
// backend.
func (w *worker) isSuspect(l *lane, f *frame) bool {
	if f.Exclusive && l.searching && l.works {
		return true
	}
	return len(w.state.Failed) > 0 &&
		!slices.ContainsFunc(f.items, func(it item) bool { return !w.state.Failed.Has(it.mark.Index) })
}

// setScopesAside sets aside the items of a frame that the backend did not take as a whole,
// when their scopes were refused before. It returns false for other frames.
func (w *worker) setScopesAside(f *frame, result delivery.Result) bool {
	if w.parked || !f.Refused {
		return false
	}
	last, reasons := scopeName{}, result.Items
	for i := range f.items {
		it, why := &f.items[i], result.Err
		if len(reasons) >= it.pieces {
			why = cmp.Or(worst(reasons[:it.pieces]), why)
			reasons = reasons[it.pieces:]
		}
		if name := (scopeName{f.lane.partition, it.scope}); name != last {
			f.to.scopes.failed(name, why, w.p.ScopePause)
			w.aside.setAnswer(scopeKey(partitionKey(f.to, name.partition), name.scope), why)
			last = name
		}
		w.setAside(it, scopeKey(partitionKey(f.to, f.lane.partition), it.scope), why)
	}
	return true
}

// groupBySource puts the items of each source together, in the order in which the sources
// come first. When one source has all records on which the server fails, a half without
// them is found soon.
func groupBySource(items []item) {
	order := map[*filters.Source]int{}
	for i := range items {
		if _, known := order[items[i].source]; !known {
			order[items[i].source] = len(order)
		}
	}
	slices.SortStableFunc(items, func(a, b item) int { return order[a.source] - order[b.source] })
}
