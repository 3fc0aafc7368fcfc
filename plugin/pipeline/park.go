package pipeline

import (
	"cmp"
	"fmt"
	"time"

	"github.com/k8slog/k8slog/plugin/parking"
)

// This file parks the messages that wait alone.

// park parks the messages that have waited alone for long enough, or whose scope has
// parked records already. It returns why other messages are left.
func (w *worker) park() (left error) {
	if len(w.aside.messages) == 0 {
		return nil
	}
	now := time.Now()
	if w.state.AsideSince.IsZero() {
		w.state.AsideSince = now
	}
	old := now.Sub(w.state.AsideSince) >= w.p.ParkAfter
	queues, copies := map[parking.Key][]item{}, map[parking.Key][]item{}
	reasons := map[parking.Key]error{}
	parkable := w.parkableCopies(old)
	for i := range w.aside.messages {
		a := &w.aside.messages[i]
		set := parkable[a.item.mark.Index]
		if !w.canPark(a, old) || !w.completes(&a.item, set) {
			left = fmt.Errorf("%d messages wait alone: %w", len(w.aside.messages), a.err)
			continue
		}
		if a.err != errParked {
			reasons[a.key] = a.err
		}
		if w.copiesOf(&a.item) != nil && set&(a.item.to.bit()-1) != 0 { // another copy counts
			key := a.key
			key.Copy = true
			copies[key] = append(copies[key], a.item)
			continue
		}
		queues[a.key] = append(queues[a.key], a.item)
	}
	// The copy that counts comes last: until it is parked, the record is pending.
	err := w.parkItems(copies, reasons)
	if err == nil {
		err = w.parkItems(queues, reasons)
	}
	if err != nil {
		left = fmt.Errorf("cannot park records (park_path): %w", err)
	}
	return left
}

// parkableCopies returns the destinations whose copies of a message can be parked, by the
// first record of the message; nil for an output with one destination.
func (w *worker) parkableCopies(old bool) map[int]uint16 {
	if !w.p.several() {
		return nil
	}
	set := map[int]uint16{}
	for i := range w.aside.messages {
		if a := &w.aside.messages[i]; w.canPark(a, old) {
			set[a.item.mark.Index] |= a.item.to.bit()
		}
	}
	return set
}

// completes reports whether a message has an outcome at all of its destinations when the
// copies of a set are parked. Copies are parked together: one of them counts, and it must not
// be parked while the chunk may come again with the record.
func (w *worker) completes(it *item, set uint16) bool {
	if w.copiesOf(it) == nil {
		return true
	}
	for _, at := range w.members(it) {
		if c := w.copies(at.Index); c.Needs&^(c.Done|set) != 0 {
			return false
		}
	}
	return true
}

// canPark reports whether a message can be parked. A part of a message cannot.
func (w *worker) canPark(a *asideMessage, old bool) bool {
	if w.p.Parking == nil || w.parked {
		return false
	}
	g := w.messages.plan.Group(a.item.mark.Index)
	whole := g == nil || len(g.Origins) == 0 && !g.Part
	return whole && (old || w.p.isParked(a.key))
}

// parkItems writes items to the queues of their keys, and enters them into the ledger.
// reasons are the answers of the backend, by key.
func (w *worker) parkItems(queues map[parking.Key][]item, reasons map[parking.Key]error) (err error) {
	if len(queues) == 0 {
		return nil
	}
	var batches []parking.Batch
	var records [][]int // of each batch
	for key, items := range queues {
		b := parking.Batch{Key: key}
		var indexes []int
		for i := range items {
			e := parking.Entry{Tag: w.tag}
			for _, at := range w.members(&items[i]) {
				w.messages.readEvent(&w.messages.memberEvent, at)
				e.Raw = append(e.Raw, w.messages.memberEvent.Raw...)
				e.Records++
				indexes = append(indexes, at.Index)
			}
			b.Entries = append(b.Entries, e)
		}
		batches, records = append(batches, b), append(records, indexes)
	}
	parked, why := 0, error(nil)
	for i, failed := range w.p.Parking.Park(batches...) {
		if failed != nil {
			err = failed
			w.p.Ledger.ParkFailed.Add(int64(len(records[i])))
			w.p.Ledger.Parking.Fail(failed)
			continue
		}
		for _, it := range queues[batches[i].Key] {
			parked += w.enterParked(&it)
		}
		why = cmp.Or(why, reasons[batches[i].Key])
	}
	if parked > 0 {
		w.state.Pending -= parked
		w.p.Ledger.Park(parked)
		w.p.Log.Warnf("%d records wait alone and are parked in %s: %v", parked, w.p.ParkPath, cmp.Or(why, errParked))
	}
	return err
}

// enterParked notes that a copy of a message is parked, and returns the number of records that
// are settled by that.
func (w *worker) enterParked(it *item) (n int) {
	members := w.members(it)
	if !w.parked { // else it counts as parked already
		it.to.Figures.Park(len(members))
	}
	several := w.copiesOf(it) != nil
	for _, at := range members {
		if several {
			c := w.copies(at.Index)
			c.Done |= it.to.bit()
			if c.Parked |= it.to.bit(); !c.Complete() {
				continue
			}
		}
		if !w.state.Settled.Has(at.Index) {
			w.state.Settled.Add(at.Index)
			n++
		}
	}
	switch {
	case w.uncounted:
		return 0
	case !w.parked:
		accountOf(it.source).Container.Park(n)
	}
	return n
}
