package pipeline

import (
	"errors"
	"fmt"
	"time"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/ledger"
	"github.com/k8slog/k8slog/plugin/parking"
)

// setAside is the messages of a chunk that wait alone: their scope is refused for
// now, or the server fails on them. They stay pending, and the chunk does not wait
// for them until its deadline.
type setAside struct {
	records  ledger.Bitset // the first of each message
	messages []asideMessage
	// refused says of a scope whether its records of this chunk wait. A scope
	// gets one answer for all of the chunk.
	refused map[scopeName]error
}

type asideMessage struct {
	item item
	key  parking.Key
	err  error
}

func (a *setAside) begin() {
	a.records, a.messages = a.records[:0], a.messages[:0]
	clear(a.refused)
}

func (a *setAside) has(i int) bool { return len(a.messages) > 0 && a.records.Has(i) }

func (a *setAside) add(it *item, key parking.Key, why error) {
	a.records.Add(it.mark.Index)
	a.messages = append(a.messages, asideMessage{*it, key, why})
}

// refuse has the later records of a scope in this chunk wait as well.
func (a *setAside) refuse(name scopeName, why error) {
	if a.refused == nil {
		a.refused = map[scopeName]error{}
	}
	a.refused[name] = why
}

var errParked = errors.New("older records of the same stream or index are parked")

// scopeWaits finds the scope of a message, and sets the message aside when it has
// to wait.
func (w *worker) scopeWaits(r *filters.Record, it *item) bool {
	if w.p.scoped == nil {
		return false
	}
	it.scope = w.p.scoped.Scope(r)
	if w.parkedKey != nil || w.p.scopes.refused.Load() == 0 && len(w.aside.refused) == 0 && !w.p.hasParked() {
		return false
	}
	name := scopeName{r.Source.Partition, it.scope}
	key := parking.Key{Partition: name.partition, Scope: name.scope}
	err, known := w.aside.refused[name]
	if !known {
		if err = w.p.scopes.allow(name, w.deadline); w.p.Parking != nil && w.p.Parking.Has(key) {
			err = errParked
		}
		w.aside.refuse(name, err)
	}
	if err != nil {
		w.aside.add(it, key, err)
	}
	return err != nil
}

// park parks the messages that have waited alone for long enough, or behind older
// ones that are parked. It returns why the others keep the chunk.
func (w *worker) park() (left error) {
	if len(w.aside.messages) == 0 {
		return nil
	}
	now := time.Now()
	if w.state.AsideSince.IsZero() {
		w.state.AsideSince = now
	}
	old := now.Sub(w.state.AsideSince) >= w.p.ParkAfter
	entries := map[parking.Key][]parking.Entry{}
	items := map[parking.Key][]item{}
	for i := range w.aside.messages {
		a := &w.aside.messages[i]
		g := w.messages.plan.Group(a.item.mark.Index)
		whole := g == nil || len(g.Origins) == 0 && !g.Part
		if w.p.Parking == nil || w.parkedKey != nil || !whole || !old && !w.p.Parking.Has(a.key) {
			left = fmt.Errorf("%d messages wait alone: %w", len(w.aside.messages), a.err)
			continue
		}
		e := parking.Entry{Tag: w.tag}
		for _, at := range w.messages.members(a.item.mark) {
			e.Raw = append(e.Raw, w.messages.rawAt(at)...)
			e.Records++
		}
		entries[a.key] = append(entries[a.key], e)
		items[a.key] = append(items[a.key], a.item)
	}
	for key, parked := range entries {
		if err := w.p.Parking.Park(key, parked); err != nil {
			left = fmt.Errorf("cannot park records (park_path): %w", err)
			continue
		}
		n := 0
		for _, it := range items[key] {
			for _, at := range w.messages.members(it.mark) {
				w.state.Settled.Add(at.Index)
				n++
			}
		}
		w.state.Pending -= n
		w.p.Ledger.Park(n)
		w.p.Log.Warnf("%d records wait alone and are parked in %s", n, w.p.ParkPath)
	}
	return left
}
