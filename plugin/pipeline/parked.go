package pipeline

import (
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"github.com/k8slog/k8slog/plugin/ledger"
	"github.com/k8slog/k8slog/plugin/parking"
)

// This file sends parked records when they can be taken: one queue after the
// other, in the background, oldest first.

const (
	parkedInterval = time.Second      // between two looks at the queues
	parkedDeadline = 30 * time.Second // of what is sent at once
	maxParkedPause = time.Minute
)

// hasParked says whether anything is parked.
func (p *Pipeline) hasParked() bool { return p.Parking != nil && p.Parking.Records() > 0 }

// parkedTry is when a queue is tried next.
type parkedTry struct {
	at       time.Time
	failures int
}

// sendParkedRecords sends what is parked until the pipeline is closed.
func (p *Pipeline) sendParkedRecords() {
	tries := map[parking.Key]*parkedTry{}
	ticker := time.NewTicker(parkedInterval)
	defer ticker.Stop()
	for {
		select {
		case <-p.closed:
			return
		case now := <-ticker.C:
			if p.Stopping() || p.Batcher.Down() {
				continue
			}
			keys := p.Parking.Keys()
			for _, key := range keys {
				t := tries[key]
				if t == nil {
					t = &parkedTry{at: now.Add(p.ScopePause)}
					tries[key] = t
				}
				if now.Before(t.at) {
					continue
				}
				t.failures++
				if p.sendQueue(key) {
					delete(tries, key)
					continue
				}
				t.at = time.Now().Add(min(parkedInterval<<min(t.failures, 10), maxParkedPause))
			}
			for key := range tries {
				if !slices.Contains(keys, key) {
					delete(tries, key)
				}
			}
		}
	}
}

// sendQueue sends the entries of a key, and returns true when none is left.
func (p *Pipeline) sendQueue(key parking.Key) (empty bool) {
	for !p.Stopping() {
		select {
		case <-p.closed:
			return false
		default:
		}
		entries, err := p.Parking.Next(key, p.BatchBytes)
		if err != nil {
			p.Log.Errorf("cannot read parked records: %v", err)
			return false
		}
		if len(entries) == 0 {
			return true
		}
		// A chunk has one tag.
		n := 1
		for n < len(entries) && entries[n].Tag == entries[0].Tag {
			n++
		}
		entries = entries[:n]
		done, err := p.sendEntries(key, entries)
		if err != nil && !slices.Contains(done, true) {
			p.Log.Warnf("parked records wait on: %v", err)
			// A record on which the server fails must not hold up those behind it.
			if key.Record && len(entries) > 0 {
				p.rotateEntries(key, entries[:1])
			}
			return false
		}
		var left []parking.Entry
		for i, e := range entries {
			if !done[i] {
				left = append(left, e)
			}
		}
		if err := p.requeue(key, left, n); err != nil {
			p.Log.Errorf("cannot write parked records: %v", err)
			return false
		}
		if err != nil {
			return false
		}
	}
	return false
}

// rotateEntries moves the first entries to the end of their queue.
func (p *Pipeline) rotateEntries(key parking.Key, entries []parking.Entry) {
	if err := p.requeue(key, entries, len(entries)); err != nil {
		p.Log.Errorf("cannot write parked records: %v", err)
	}
}

// requeue appends what is left of the first n entries of a queue, and removes
// these.
func (p *Pipeline) requeue(key parking.Key, left []parking.Entry, n int) error {
	if len(left) > 0 {
		if err := p.Parking.Park(key, left); err != nil {
			return err
		}
	}
	return p.Parking.Done(key, n)
}

// sendEntries sends entries of one tag, and says which of them have an outcome.
func (p *Pipeline) sendEntries(key parking.Key, entries []parking.Entry) (done []bool, err error) {
	var data []byte
	records, total := make([]int, len(entries)), 0
	for i, e := range entries {
		data = append(data, e.Raw...)
		records[i] = e.Records
		total += e.Records
	}
	done = make([]bool, len(entries))
	taken, err := p.memory.take(len(data))
	if err != nil {
		return done, err
	}
	defer p.memory.give(taken)
	w := newWorker(p)
	w.beginParked(key, entries[0].Tag, data, total)
	p.Ledger.Park(-total)
	defer func() {
		if r := recover(); r != nil {
			p.Panicked(fmt.Errorf("panic in parked records: %v\n%s", r, debug.Stack()))
			err = errors.New("they caused a panic")
		}
		p.Ledger.Park(w.state.Pending)
	}()
	w.messages.beginParked(w.tag, w.data, w.deadline, records)
	defer w.messages.plan.Leave()
	w.encode()
	err = w.deliver()
	first := 0
	for i, n := range records {
		done[i] = w.state.Settled.Has(first)
		first += n
	}
	if err == nil && len(w.aside.messages) > 0 {
		err = w.aside.messages[0].err
	}
	return done, err
}

// beginParked takes entries of the parking as a chunk. All of its records are in
// the ledger already.
func (w *worker) beginParked(key parking.Key, tag string, data []byte, total int) {
	w.tag, w.data, w.deadline = tag, data, time.Now().Add(parkedDeadline)
	w.state = ledger.ChunkState{Counted: total, Pending: total, Read: true}
	w.parkedKey = &key
	w.takeUnderWay()
	w.deferred.begin()
	w.aside.begin()
	w.lanes.begin()
}
