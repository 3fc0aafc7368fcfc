package pipeline

import (
	"cmp"
	"fmt"
	"time"

	"github.com/k8slog/k8slog/plugin/chunk"
	"github.com/k8slog/k8slog/plugin/ledger"
	"github.com/k8slog/k8slog/plugin/parking"
	"github.com/k8slog/k8slog/plugin/reassemble"
)

// worker brings one chunk to the backend. Its memory serves one chunk after
// another.
type worker struct {
	p        *Pipeline
	messages messages
	lanes    lanes
	deferred deferred
	aside    setAside
	letters  []byte // of the dead-letter file

	tag      string
	data     []byte
	deadline time.Time
	state    ledger.ChunkState
	// waiting are the records that were sent before, and have no answer yet.
	waiting      ledger.Bitset
	waitingCount int
	parkedKey    *parking.Key // of the queue whose entries the chunk is; nil for a chunk of Fluent Bit
}

func newWorker(p *Pipeline) *worker {
	w := &worker{p: p, lanes: lanes{p: p}}
	w.messages = newMessages(p, w.isDone)
	return w
}

// begin takes a chunk.
func (w *worker) begin(tag string, data []byte, deadline time.Time) {
	w.tag, w.data, w.deadline = tag, data, deadline
	w.state = w.p.Resume.Take(tag, data)
	w.takeUnderWay()
	w.deferred.begin()
	w.aside.begin()
	w.lanes.begin()
}

// end lets go of the chunk.
func (w *worker) end() {
	w.data = nil
	w.lanes.end()
	w.messages.end()
}

// run delivers the chunk. It returns nil when every record of it has an outcome,
// and else the reason why not: then Fluent Bit has to present the chunk again.
func (w *worker) run() error {
	unread := w.state.Counted > 0 && !w.state.Read // it was returned before anybody read it
	err := w.deliverChunk()
	if err != nil {
		w.returnChunk()
	}
	if unread || !w.state.Read {
		w.p.Reassembler.Unread(w.p.Resume.Unread)
	}
	return err
}

func (w *worker) deliverChunk() error {
	again := w.state.Counted > 0
	if err := w.p.Batcher.Unavailable(w.deadline); err != nil {
		w.countAll()
		return err
	}
	w.state.Read = true
	// Of a file that is not read any more no rest will come.
	w.messages.begin(w.tag, w.data, w.deadline, w.state.Counted, !again && !w.p.Stopping(), w.keepsPartial())
	defer w.messages.plan.Leave()
	w.encode()
	if err := cmp.Or(w.settleCarried(w.deliver()), w.park(), w.deferred.err(), w.errWaiting()); err != nil {
		return err
	}
	return w.finish()
}

// encode makes frames of all messages of the chunk, before any is sent: other
// chunks wait to hear how this one ends.
func (w *worker) encode() {
	for {
		it, ok := w.messages.next()
		if !ok {
			break
		}
		r := &w.messages.record
		kept := w.p.Filters.Apply(r)
		it.source = r.Source
		switch {
		case !kept || w.exceeds(&it):
			w.count(w.messages.ahead.Index())
			w.settle(reassemble.Outcome{Fate: reassemble.Dropped}, it)
		case w.deferred.has(it.mark.Index):
		default:
			if !w.scopeWaits(r, &it) {
				w.lanes.add(r, it)
			}
		}
	}
	w.count(w.messages.total())
}

// keepsPartial says whether a chunk that ends in the middle of a line is
// returned for the next start.
func (w *worker) keepsPartial() bool { return w.p.KeepPartial && w.p.Stopping() }

// isDone says whether a record is not to be sent: it is settled, waits for its
// rate limit or alone, or was sent and has no answer yet.
func (w *worker) isDone(i int) bool {
	return w.state.Settled.Has(i) || w.deferred.has(i) || w.aside.has(i) || w.waitingCount > 0 && w.waiting.Has(i)
}

// finish settles what stands at the end of the chunk. A chunk of which a record
// has no outcome is never acknowledged.
func (w *worker) finish() error {
	if err := w.deadLetterRest(); err != nil {
		return err
	}
	if n := w.state.Pending; n > 0 {
		return fmt.Errorf("%d records have no outcome", n)
	}
	return nil
}

// returnChunk remembers how far the chunk has come, for when Fluent Bit presents
// it again.
func (w *worker) returnChunk() {
	w.p.Ledger.Returned()
	if forgotten := w.p.Resume.Save(w.tag, w.data, w.state); forgotten > 0 {
		// They will be received anew.
		w.p.Ledger.Forget(forgotten)
	}
}

// countAll enters all records of the chunk into the ledger, unread.
func (w *worker) countAll() {
	reader := chunk.NewReader(w.data)
	var ev chunk.Event
	for reader.Next(&ev) {
	}
	w.count(total(&reader))
}

// count enters the records before n into the ledger, each once.
func (w *worker) count(n int) {
	if fresh := n - w.state.Counted; fresh > 0 {
		w.state.Counted = n
		w.state.Pending += fresh
		w.p.Ledger.Receive(fresh)
	}
}

// total is how many records the ledger has of a chunk that a reader has read to
// its end. The rest of a corrupt chunk is one: what it was cannot be known.
func total(end *chunk.Reader) int {
	if end.Err() != nil {
		return end.Index() + 1
	}
	return end.Index()
}
