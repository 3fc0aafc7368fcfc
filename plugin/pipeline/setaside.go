package pipeline

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/parking"
)

// setAside is the messages of a chunk that wait alone: the backend refuses their scope
// for now, or fails on them, or their partition is down and others are not. They stay
// pending. The chunk is returned for them, without waiting until its deadline.
type setAside struct {
	messages []asideMessage
	// answers has an entry for each scope and partition that was looked up: the error why
	// its records wait, nil for records that are sent. So it has one answer in all of the
	// chunk.
	answers map[parking.Key]error
}

type asideMessage struct {
	item item
	key  parking.Key
	err  error
}

func (a *setAside) begin() {
	a.messages = a.messages[:0]
	clear(a.answers)
}

// setAnswer sets the answer for the later records of a scope or partition in this chunk.
func (a *setAside) setAnswer(key parking.Key, why error) {
	if a.answers == nil {
		a.answers = map[parking.Key]error{}
	}
	a.answers[key] = why
}

// setAside lets a message wait alone.
func (w *worker) setAside(it *item, key parking.Key, why error) {
	w.held.Add(it.mark.Index)
	w.aside.messages = append(w.aside.messages, asideMessage{*it, key, why})
}

var errParked = errors.New("older records of the same tenant, stream or index are parked")

// waits finds the scope of a message, and sets the message aside when its scope or its
// partition has to wait.
func (w *worker) waits(r *filters.Record, it *item) bool {
	if w.p.scoped != nil {
		it.scope = w.p.scoped.Scope(r)
	}
	if why := w.refused[it.mark.Index]; why != nil && !w.parked && it.scope != "" {
		w.setAside(it, parking.Key{Partition: partitionKey(r.Source.Partition).Partition, Scope: it.scope}, why)
		return true
	}
	if w.parked || w.p.scopes.refused.Load() == 0 && len(w.aside.answers) == 0 && !w.p.hasParked() {
		return false
	}
	partition := partitionKey(r.Source.Partition)
	if it.scope != "" && w.waitsFor(it, parking.Key{Partition: partition.Partition, Scope: it.scope}) {
		return true
	}
	return w.waitsFor(it, partition)
}

// waitsFor sets a message aside when the scope or partition of a key has to wait.
func (w *worker) waitsFor(it *item, key parking.Key) bool {
	err, known := w.aside.answers[key]
	if !known {
		if key.Scope != "" {
			err = w.p.scopes.allow(scopeName{key.Partition, key.Scope}, w.deadline)
		}
		if w.p.Parking != nil && w.p.Parking.Has(key) {
			err = errParked
		}
		w.aside.setAnswer(key, err)
	}
	if err != nil {
		w.setAside(it, key, err)
	}
	return err != nil
}

// partitionKey is the key of the records of a partition that is down.
func partitionKey(partition string) parking.Key { return parking.Key{Partition: partition} }

// setPartitionAside sets aside the items of a frame that was not taken, and all that its
// lane has not sent, when the partition is down and the backend is not. It returns false
// otherwise.
func (w *worker) setPartitionAside(f *frame, why error) bool {
	l := f.lane
	if w.parked || !w.p.Batcher.IsDownAlone(l.partition) {
		return false
	}
	key := partitionKey(l.partition)
	w.aside.setAnswer(key, why)
	aside := func(items []item) {
		for i := range items {
			w.setAside(&items[i], key, why)
		}
	}
	aside(f.items)
	for _, f := range l.resend {
		aside(f.items)
		w.lanes.recycle(f)
	}
	for _, r := range slices.Backward(l.retries) {
		aside(r.items)
	}
	for _, f := range l.frames[l.sent:] {
		aside(f.items)
	}
	l.resend, l.retries, l.sent = l.resend[:0], l.retries[:0], len(l.frames)
	return true
}

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
	queues := map[parking.Key][]item{}
	reasons := map[parking.Key]error{}
	for i := range w.aside.messages {
		if a := &w.aside.messages[i]; w.canPark(a, old) {
			queues[a.key] = append(queues[a.key], a.item)
			if a.err != errParked {
				reasons[a.key] = a.err
			}
		} else {
			left = fmt.Errorf("%d messages wait alone: %w", len(w.aside.messages), a.err)
		}
	}
	if err := w.parkItems(queues, reasons); err != nil {
		left = fmt.Errorf("cannot park records (park_path): %w", err)
	}
	return left
}

// canPark reports whether a message can be parked. A part of a message cannot.
func (w *worker) canPark(a *asideMessage, old bool) bool {
	if w.p.Parking == nil || w.parked {
		return false
	}
	g := w.messages.plan.Group(a.item.mark.Index)
	whole := g == nil || len(g.Origins) == 0 && !g.Part
	return whole && (old || w.p.Parking.Has(a.key))
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
			for _, at := range w.messages.members(items[i].mark) {
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
			continue
		}
		for _, index := range records[i] {
			w.state.Settled.Add(index)
		}
		for _, it := range queues[batches[i].Key] {
			if w.parked { // it counts as parked already
				break
			}
			accountOf(it.source).Container.Park(len(w.messages.members(it.mark)))
		}
		parked += len(records[i])
		why = cmp.Or(why, reasons[batches[i].Key])
	}
	if parked > 0 {
		w.state.Pending -= parked
		w.p.Ledger.Park(parked)
		w.p.Log.Warnf("%d records wait alone and are parked in %s: %v", parked, w.p.ParkPath, cmp.Or(why, errParked))
	}
	return err
}
