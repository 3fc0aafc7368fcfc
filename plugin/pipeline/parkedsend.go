package pipeline

import (
	"cmp"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/chunk"
	"github.com/k8slog/k8slog/plugin/deadletter"
	"github.com/k8slog/k8slog/plugin/ledger"
	"github.com/k8slog/k8slog/plugin/parking"
)

// This file sends the parked records of a queue.

const (
	// parkedDeadline is for a portion of a queue. A request that is in progress then is
	// waited for: its records are not sent again while the answer can still come.
	parkedDeadline = 30 * time.Second
	// maxParkedRecords bounds the requests for records on which the server fails: each
	// of them is found by itself, every time.
	maxParkedRecords = 32
	maxParkedEntries = 1 << 16
)

// sendQueue sends the entries of a key until none is left, or until one is not taken. most
// is the number of entries to begin with. A portion of which nothing is taken is halved for
// the next try, because it may be above a limit of its own: Loki refuses a request that is
// larger than the burst of its stream, however long the stream was silent.
func (p *Pipeline) sendQueue(key parking.Key, most int) (r parkedResult) {
	r.key, r.most = key, most
	for !p.Stopping() && !p.isClosed() {
		portion, err := p.Parking.Next(key, r.most, p.own.BatchBytes)
		if err != nil {
			r.err = fmt.Errorf("cannot read them: %w", err)
			return r
		}
		entries := portion.Entries
		if len(entries) == 0 {
			r.empty = true
			return r
		}
		to, failed := p.targetOf(&portion.Entries[0], key)
		if failed != nil {
			r.err = failed
			return r
		}
		settled, n, failed := p.sendEntries(entries, to)
		r.err = failed
		r.progress = r.progress || n > 0
		if key.Record || key.Shared {
			r.most = most
		} else if n == 0 {
			r.most = (len(entries) + 1) / 2
			if throttled, ok := errors.AsType[*backend.Throttled](failed); ok && throttled.After == 0 && len(entries) > 1 {
				continue // a smaller portion at once
			}
			return r
		} else if n == len(entries) {
			r.most = min(r.most+r.most/4+1, maxParkedEntries)
		}
		// Records on which the server fails, and keys that share a queue, must not hold
		// up those behind them.
		if err := p.Parking.Settle(portion, settled); err != nil {
			r.err = fmt.Errorf("cannot write them: %w", err)
		}
		if r.err != nil {
			return r
		}
	}
	return r
}

func (p *Pipeline) isClosed() bool {
	select {
	case <-p.closed:
		return true
	default:
		return false
	}
}

// parkedTarget is where entries go.
type parkedTarget struct {
	to        *destination // nil for the routes of their records
	suspect   bool         // the server has failed on the records
	uncounted bool         // the records count with a copy for another destination
}

// targetOf returns where an entry of a queue goes.
func (p *Pipeline) targetOf(e *parking.Entry, queue parking.Key) (t parkedTarget, err error) {
	key := queue
	if queue.Shared {
		if e.Key == nil { // its file has no first line
			return t, nil
		}
		key = *e.Key
	}
	t = parkedTarget{p.named(key.Destination), key.Record, key.Copy}
	if t.to == nil {
		return t, fmt.Errorf("the output has no destination %q any more (rules_file)", key.Destination)
	}
	return t, nil
}

// sendEntries sends entries with one tag. It returns which of them are settled, their
// number, and why the others are not.
func (p *Pipeline) sendEntries(entries []parking.Entry, target parkedTarget) (settled []bool, n int, err error) {
	settled = make([]bool, len(entries))
	var data []byte
	var at, records []int // of the entries that can be read
	total := 0
	for i, e := range entries {
		if isDamaged(&e) {
			if failed := p.deadLetterDamaged(&e, target.uncounted); failed != nil {
				err = failed
				continue
			}
			settled[i] = true
			n++
			continue
		}
		data = append(data, e.Raw...)
		at, records = append(at, i), append(records, e.Records)
		total += e.Records
	}
	if total == 0 {
		return settled, n, err
	}
	taken, noMemory := p.memory.take(len(data), newest, time.Now())
	if noMemory != nil {
		return settled, n, noMemory
	}
	defer p.memory.give(taken)
	w := newWorker(p)
	w.parked, w.suspect, w.only, w.uncounted = true, target.suspect, target.to, target.uncounted
	counted := total
	if target.uncounted {
		counted = 0
	}
	state := ledger.ChunkState{Counted: total, Pending: counted, Read: true}
	if target.suspect {
		for i := range total {
			state.Failed.Add(i)
		}
	}
	w.begin(entries[at[0]].Tag, data, time.Now().Add(parkedDeadline), state)
	p.Ledger.Park(-counted)
	failed := w.sendParked(records)
	p.Ledger.Park(w.state.Pending)
	first := 0
	for k, i := range at {
		if w.state.Settled.Has(first) {
			settled[i] = true
			n++
		}
		first += records[k]
	}
	if failed != nil {
		err = failed
	}
	return settled, n, err
}

// isDamaged reports whether an entry cannot be read, or has not the number of records
// that its line says.
func isDamaged(e *parking.Entry) bool {
	if e.Damaged != "" {
		return true
	}
	reader := chunk.NewReader(e.Raw)
	var ev chunk.Event
	for reader.Next(&ev) {
	}
	return reader.Err() != nil || reader.Index() != e.Records
}

// deadLetterDamaged writes a damaged entry to the dead-letter file, and settles its
// records.
func (p *Pipeline) deadLetterDamaged(e *parking.Entry, uncounted bool) error {
	why := "a line of the parked records is damaged"
	if e.Damaged != "" {
		why = e.Damaged + " is damaged"
	}
	w := worker{p: p, deadline: time.Now().Add(parkedDeadline)}
	w.deadLetters = deadletter.Append(nil, &deadletter.Entry{
		Time: time.Now(), Tag: e.Tag, Reason: deadletter.Damaged, Answer: why, Raw: e.Raw,
	})
	if err := w.writeDeadLetters(); err != nil {
		return fmt.Errorf("cannot keep a damaged line of the parked records: %w", err)
	}
	p.Log.Errorf("%s: its %d records went to the dead-letter file", why, e.Records)
	p.Ledger.Damaged.Add(1)
	p.Ledger.Letters.Add(ledger.Letter{At: time.Now(), Reason: deadletter.Damaged, Answer: why}, e.Records)
	if uncounted {
		return nil
	}
	settlement := ledger.Settlement{Ledger: p.Ledger, Outcome: ledger.DeadLettered}
	settlement.Add(nil, nil, e.Records, 0)
	p.Ledger.Park(-e.Records)
	settlement.Enter()
	return nil
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
	if !w.suspect {
		err = cmp.Or(err, w.parkFailing())
	}
	if err == nil && len(w.aside.messages) > 0 {
		err = w.aside.messages[0].err
	}
	return err
}

// parkFailing puts the records on which the server fails into the queue for these: a queue
// that begins with them would never end, and keeps later records of its key behind it.
func (w *worker) parkFailing() error {
	queues, reasons := map[parking.Key][]item{}, map[parking.Key]error{}
	w.aside.messages = slices.DeleteFunc(w.aside.messages, func(a asideMessage) bool {
		if a.key.Copy = w.uncounted; a.key.Record {
			queues[a.key], reasons[a.key] = append(queues[a.key], a.item), a.err
		}
		return a.key.Record
	})
	return w.parkItems(queues, reasons)
}

// parkedErrs are the reasons why the queues of parked records wait. The zero parkedErrs
// is empty. It is safe for concurrent use.
type parkedErrs struct {
	mu    sync.Mutex
	byKey map[parking.Key]error
}

// set sets the reason of a queue; nil for none. Records on which the server fails wait for
// that, whatever else it answers meanwhile.
func (e *parkedErrs) set(key parking.Key, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.byKey == nil {
		e.byKey = map[parking.Key]error{}
	}
	if key.Record && err != nil && isFailed(e.byKey[key]) && !isFailed(err) {
		return
	}
	if e.byKey[key] = err; err == nil {
		delete(e.byKey, key)
	}
}

func isFailed(err error) bool {
	_, ok := errors.AsType[*backend.Failed](err)
	return ok
}

// ParkedQueue is a queue of parked records.
type ParkedQueue struct {
	parking.Queue
	Err error // of the last try; nil for none
}

// ParkedQueues returns the queues of parked records, in no order.
func (p *Pipeline) ParkedQueues() (all []ParkedQueue) {
	if p.Parking == nil {
		return nil
	}
	p.parkedErrs.mu.Lock()
	defer p.parkedErrs.mu.Unlock()
	for _, q := range p.Parking.Queues() {
		all = append(all, ParkedQueue{q, p.parkedErrs.byKey[q.Key]})
	}
	return all
}
