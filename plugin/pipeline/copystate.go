package pipeline

import (
	"github.com/k8slog/k8slog/plugin/chunk"
	"github.com/k8slog/k8slog/plugin/ledger"
)

// This file knows what each of several destinations has of a message.

// copyState is what a destination has of a message.
type copyState uint8

const (
	copyNone copyState = iota
	copyDone
	copyUnderWay
	copyInPart
)

// stateOf returns what the destination of an item has of the message.
func (w *worker) stateOf(it *item) copyState {
	if len(w.state.Copies) == 0 && len(w.underWay) == 0 {
		return copyNone
	}
	done, waiting, members := 0, 0, w.members(it)
	for _, at := range members {
		switch {
		case at.Index < len(w.state.Copies) && w.state.Copies[at.Index].Done&it.to.bit() != 0:
			done++
		case w.isUnderWay(at.Index, it.to):
			waiting++
		}
	}
	switch {
	case done == len(members):
		return copyDone
	case done+waiting == len(members):
		return copyUnderWay
	case done+waiting > 0:
		return copyInPart
	}
	return copyNone
}

// hasCopies reports whether a message has had several destinations.
func (w *worker) hasCopies(it item) bool {
	if len(w.state.Copies) == 0 {
		return false
	}
	for _, at := range w.members(&it) {
		if at.Index < len(w.state.Copies) && w.state.Copies[at.Index].Needs != 0 {
			return true
		}
	}
	return false
}

// copies returns the progress of a record.
func (w *worker) copies(index int) *ledger.Copies {
	if w.state.Copies == nil {
		w.state.Copies, w.spareCopies = w.spareCopies[:0], nil
	}
	for len(w.state.Copies) <= index {
		w.state.Copies = append(w.state.Copies, ledger.Copies{})
	}
	return &w.state.Copies[index]
}

// copiesOf returns the progress of the record of an item; nil for a record with one
// destination.
func (w *worker) copiesOf(it *item) *ledger.Copies {
	if it.to == nil || it.mark.Index >= len(w.state.Copies) {
		return nil
	}
	if c := &w.state.Copies[it.mark.Index]; c.Needs != 0 {
		return c
	}
	return nil
}

// isUnderWay reports whether the copy of a record for a destination is in a request that
// goes on since an earlier time.
func (w *worker) isUnderWay(index int, to *destination) bool {
	return index < len(w.underWay) && w.underWay[index]&to.bit() != 0
}

// noteUnderWay notes the copies of records that are under way.
func (w *worker) noteUnderWay(indexes []int, copy uint16) {
	for _, i := range indexes {
		for len(w.underWay) <= i {
			w.underWay = append(w.underWay, 0)
		}
		w.underWay[i] |= copy
	}
}

// members returns the records of an item.
func (w *worker) members(it *item) []chunk.Mark {
	if !it.alone {
		if g := w.messages.plan.Group(it.mark.Index); g != nil {
			return g.Members
		}
	}
	w.one[0] = it.mark
	return w.one[:]
}
