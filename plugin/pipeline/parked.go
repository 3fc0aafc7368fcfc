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

// This file sends parked records in the background: one queue after the other, the
// oldest records first.

const (
	parkedInterval = time.Second      // between two looks at the queues
	parkedDeadline = 30 * time.Second // for the entries of one call of sendEntries
	maxParkedPause = time.Minute
	// maxParkedRecords bounds the requests for records on which the server fails: each
	// of them is found by itself, every time.
	maxParkedRecords = 32
)

// hasParked reports whether records are parked.
func (p *Pipeline) hasParked() bool { return p.Parking != nil && p.Parking.Records() > 0 }

// parkedTry is the next try of a queue.
type parkedTry struct {
	at       time.Time
	failures int
}

// sendParkedRecords sends parked records until the pipeline is closed.
func (p *Pipeline) sendParkedRecords() {
	tries := map[parking.Key]*parkedTry{}
	ticker := time.NewTicker(parkedInterval)
	defer ticker.Stop()
	for {
		select {
		case <-p.closed:
			return
		case now := <-ticker.C:
			if !p.Stopping() && !p.Batcher.Down() {
				p.sendQueues(tries, now)
			}
		}
	}
}

// sendQueues sends the queues whose next try is due.
func (p *Pipeline) sendQueues(tries map[parking.Key]*parkedTry, now time.Time) {
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

// sendQueue sends the entries of a key, and returns true when no entry is left.
func (p *Pipeline) sendQueue(key parking.Key) (empty bool) {
	for !p.Stopping() && !p.isClosed() {
		entries, err := p.Parking.Next(key, p.BatchBytes)
		if err != nil {
			p.Log.Errorf("cannot read parked records: %v", err)
			return false
		}
		if len(entries) == 0 {
			return true
		}
		// A chunk has one tag.
		if n := slices.IndexFunc(entries, func(e parking.Entry) bool { return e.Tag != entries[0].Tag }); n > 0 {
			entries = entries[:n]
		}
		if key.Record {
			entries = entries[:min(len(entries), maxParkedRecords)]
		}
		left, failed := p.sendEntries(entries, key.Record)
		if failed != nil && len(left) == len(entries) {
			p.Log.Warnf("parked records wait on: %v", failed)
			if !key.Record {
				return false
			}
			// Records on which the server fails must not hold up those behind them.
		}
		if err := p.Parking.Requeue(key, len(entries), left); err != nil {
			p.Log.Errorf("cannot write parked records: %v", err)
			return false
		}
		if failed != nil {
			return false
		}
	}
	return false
}

func (p *Pipeline) isClosed() bool {
	select {
	case <-p.closed:
		return true
	default:
		return false
	}
}

// sendEntries sends entries with one tag, and returns those without an outcome, with the
// reason. suspect is true for records on which the server has failed.
func (p *Pipeline) sendEntries(entries []parking.Entry, suspect bool) (left []parking.Entry, err error) {
	var data []byte
	records, total := make([]int, len(entries)), 0
	for i, e := range entries {
		data = append(data, e.Raw...)
		records[i] = e.Records
		total += e.Records
	}
	taken, err := p.memory.take(len(data))
	if err != nil {
		return entries, err
	}
	defer p.memory.give(taken)
	w := newWorker(p)
	w.parked = true
	state := ledger.ChunkState{Counted: total, Pending: total, Read: true}
	if suspect {
		for i := range total {
			state.Failed.Add(i)
		}
	}
	w.begin(entries[0].Tag, data, time.Now().Add(parkedDeadline), state)
	p.Ledger.Park(-total)
	err = w.sendParked(records)
	p.Ledger.Park(w.state.Pending)
	first := 0
	for i, e := range entries {
		if !w.state.Settled.Has(first) {
			left = append(left, entries[i])
		}
		first += e.Records
	}
	return left, err
}

// sendParked sends parked messages, each of so many records.
func (w *worker) sendParked(records []int) (err error) {
	defer func() {
		if r := recover(); r != nil {
			w.p.Panicked(fmt.Errorf("panic in parked records: %v\n%s", r, debug.Stack()))
			err = errors.New("they caused a panic")
		}
	}()
	w.messages.beginParked(w.tag, w.data, w.deadline, records)
	defer w.messages.plan.Leave()
	w.encode()
	err = w.deliver()
	if err == nil && len(w.aside.messages) > 0 {
		err = w.aside.messages[0].err
	}
	return err
}
