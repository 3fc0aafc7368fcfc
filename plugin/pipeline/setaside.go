package pipeline

import (
	"errors"
	"fmt"
	"time"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/parking"
)

// setAside is the messages of a chunk that wait alone: the backend refuses their scope
// for now, or fails on them. They stay pending. The chunk is returned for them, without
// waiting until its deadline.
type setAside struct {
	messages []asideMessage
	// scopes has an entry for each scope that was looked up: the error why its records
	// wait, nil for records that are sent. So a scope has one answer in all of the chunk.
	scopes map[scopeName]error
}

type asideMessage struct {
	item item
	key  parking.Key
	err  error
}

func (a *setAside) begin() {
	a.messages = a.messages[:0]
	clear(a.scopes)
}

// setScope sets the answer for the later records of a scope in this chunk.
func (a *setAside) setScope(name scopeName, why error) {
	if a.scopes == nil {
		a.scopes = map[scopeName]error{}
	}
	a.scopes[name] = why
}

// setAside lets a message wait alone.
func (w *worker) setAside(it *item, key parking.Key, why error) {
	w.held.Add(it.mark.Index)
	w.aside.messages = append(w.aside.messages, asideMessage{*it, key, why})
}

var errParked = errors.New("older records of the same stream or index are parked")

// scopeWaits finds the scope of a message, and sets the message aside when its scope
// has to wait.
func (w *worker) scopeWaits(r *filters.Record, it *item) bool {
	if w.p.scoped == nil {
		return false
	}
	it.scope = w.p.scoped.Scope(r)
	if w.parked || w.p.scopes.refused.Load() == 0 && len(w.aside.scopes) == 0 && !w.p.hasParked() {
		return false
	}
	name := scopeName{r.Source.Partition, it.scope}
	key := parking.Key{Partition: name.partition, Scope: name.scope}
	err, known := w.aside.scopes[name]
	if !known {
		if err = w.p.scopes.allow(name, w.deadline); w.p.Parking != nil && w.p.Parking.Has(key) {
			err = errParked
		}
		w.aside.setScope(name, err)
	}
	if err != nil {
		w.setAside(it, key, err)
	}
	return err != nil
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
	for i := range w.aside.messages {
		if a := &w.aside.messages[i]; w.canPark(a, old) {
			queues[a.key] = append(queues[a.key], a.item)
		} else {
			left = fmt.Errorf("%d messages wait alone: %w", len(w.aside.messages), a.err)
		}
	}
	if err := w.parkItems(queues); err != nil {
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
func (w *worker) parkItems(queues map[parking.Key][]item) (err error) {
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
	parked := 0
	for i, failed := range w.p.Parking.Park(batches...) {
		if failed != nil {
			err = failed
			w.p.Ledger.ParkFailed.Add(int64(len(records[i])))
			continue
		}
		for _, index := range records[i] {
			w.state.Settled.Add(index)
		}
		parked += len(records[i])
	}
	if parked > 0 {
		w.state.Pending -= parked
		w.p.Ledger.Park(parked)
		w.p.Log.Warnf("%d records wait alone and are parked in %s", parked, w.p.ParkPath)
	}
	return err
}
