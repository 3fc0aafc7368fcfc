package pipeline

import (
	"errors"
	"slices"

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
	if w.copiesOf(it) == nil {
		w.held.Add(it.mark.Index)
	}
	w.aside.messages = append(w.aside.messages, asideMessage{*it, key, why})
}

var errParked = errors.New("older records of the same tenant, stream or index are parked")

// waits finds the scope of a message, and sets the message aside when its scope or its
// partition has to wait.
func (w *worker) waits(r *filters.Record, it *item) bool {
	if it.to.scoped != nil {
		it.scope = it.to.scoped.Scope(r)
	}
	key := partitionKey(it.to, r.Source.Partition)
	if why := w.refused[refusal{it.mark.Index, it.to.number}]; why != nil && !w.parked && it.scope != "" {
		w.setAside(it, scopeKey(key, it.scope), why)
		return true
	}
	if w.parked || it.to.scopes.refused.Load() == 0 && len(w.aside.answers) == 0 && !w.p.hasParked() {
		return false
	}
	if it.scope != "" && w.waitsFor(it, scopeKey(key, it.scope)) {
		return true
	}
	return w.waitsFor(it, key)
}

// refusal names a record that a destination did not take.
type refusal struct{ record, destination int }

// waitsFor sets a message aside when the scope or partition of a key has to wait.
func (w *worker) waitsFor(it *item, key parking.Key) bool {
	err, known := w.aside.answers[key]
	if !known {
		if key.Scope != "" {
			err = it.to.scopes.allow(scopeName{key.Partition, key.Scope}, w.deadline)
		}
		if w.p.isParked(key) {
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
func partitionKey(to *destination, partition string) parking.Key {
	return parking.Key{Destination: to.parkName(), Partition: partition}
}

// scopeKey is the key of a scope of a partition.
func scopeKey(partition parking.Key, scope string) parking.Key {
	partition.Scope = scope
	return partition
}

// isParked reports whether records of a key are parked, or copies of records.
func (p *Pipeline) isParked(key parking.Key) bool {
	if p.Parking == nil {
		return false
	}
	copies := key
	copies.Copy = true
	return p.Parking.Has(key) || p.several() && p.Parking.Has(copies)
}

// setPartitionAside sets aside the items of a frame that was not taken, and all that its
// lane has not sent, when the partition is down and the backend is not. It returns false
// otherwise.
func (w *worker) setPartitionAside(f *frame, why error) bool {
	l := f.lane
	if w.parked || !w.p.isDownAlone(l.to, l.partition) {
		return false
	}
	key := partitionKey(l.to, l.partition)
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
