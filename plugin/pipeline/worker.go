package pipeline

import (
	"cmp"
	"fmt"
	"sync"
	"time"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/chunk"
	"github.com/k8slog/k8slog/plugin/disk"
	"github.com/k8slog/k8slog/plugin/ledger"
	"github.com/k8slog/k8slog/plugin/quota"
	"github.com/k8slog/k8slog/plugin/reassemble"
)

// worker delivers one chunk. It is reused for one chunk after another.
type worker struct {
	p           *Pipeline
	messages    messages
	lanes       lanes
	reading     reading
	rateLimit   rateLimit
	arrivals    ledger.Arrivals
	aside       setAside
	deadLetters []byte // lines of the dead-letter file

	tag      string
	data     []byte
	deadline time.Time
	state    ledger.ChunkState
	wasRead  bool // the chunk was read when it came before
	parked   bool // the chunk is parked records, and not a chunk of Fluent Bit
	suspect  bool // they are parked because the server fails on them
	fetched  bool // the chunk was read from a file, and is not a chunk of Fluent Bit
	queued   bool // another chunk waits for the worker
	tapped   bool // somebody watches what is sent
	// only is the destination of all records; nil for those of their routes. uncounted is
	// true for parked copies of records that count with another copy.
	only      *destination
	uncounted bool

	mu          sync.Mutex // while several destinations are delivered to
	underWay    []uint16   // the copies that are under way since an earlier time, by record
	missing     []item     // records that are sent alone
	halfDone    []*reassemble.Group
	spareCopies []ledger.Copies
	fields      []filters.Field
	one         [1]chunk.Mark
	shown       bool // to those who watch
	rendered    renderedSource
	place       *place // in the order of age; nil where that does not matter
	noMemory    error  // why there is no memory for the chunk, which is returned unread

	// held are the pending records that are not sent this time: they are above a rate
	// limit, set aside, or unanswered.
	held       ledger.Bitset
	unanswered int               // records whose requests go on since an earlier time
	patient    bool              // some records are to blame: which of them, only answers tell
	refused    map[refusal]error // why a destination did not take a record, which it was slow to say
}

func newWorker(p *Pipeline) *worker {
	w := &worker{p: p, lanes: lanes{p: p, pools: make([]framePool, len(p.all))}}
	w.reading.w = w
	w.messages = newMessages(p, w.isDone, &w.reading)
	w.messages.plan.Near = w.messages.isNear
	return w
}

// isDone reports whether a record is settled or held.
func (w *worker) isDone(i int) bool { return w.state.Settled.Has(i) || w.held.Has(i) }

// begin begins a chunk with its state.
func (w *worker) begin(tag string, data []byte, deadline time.Time, state ledger.ChunkState) {
	w.tag, w.data, w.deadline, w.state = tag, data, deadline, state
	w.held, w.tapped = w.held[:0], w.p.Tap.Active()
	w.underWay, w.missing, w.halfDone = w.underWay[:0], w.missing[:0], w.halfDone[:0]
	if w.state.Abandoned { // the chunk comes after all
		w.state.Abandoned = false
		w.p.Ledger.Abandon(-w.state.Pending)
	}
	w.takeUnderWay()
	w.reading.begin()
	w.rateLimit.begin()
	w.aside.begin()
	w.lanes.begin()
}

// end releases the chunk.
func (w *worker) end() {
	w.data = nil
	if w.state.Copies != nil {
		w.spareCopies = w.state.Copies
	}
	w.state = ledger.ChunkState{}
	w.lanes.end()
	w.messages.end()
}

// run delivers the chunk. It returns nil when every record of the chunk has an outcome,
// and otherwise the reason why Fluent Bit has to present the chunk again.
func (w *worker) run() error {
	wasUnread := w.state.Counted > 0 && !w.state.Read
	err := w.deliverChunk()
	if err != nil {
		w.returnChunk()
	} else {
		w.reading.settle()
	}
	if wasUnread || !w.state.Read {
		w.p.Reassembler.Unread(w.p.Resume.Unread)
	}
	return err
}

func (w *worker) deliverChunk() error {
	if w.noMemory != nil {
		w.state.Outage = true // newer ones give way to it
		w.countAll()
		return w.noMemory
	}
	err := w.p.unavailable(w.deadline)
	if err == nil {
		err = w.giveWay()
	}
	if w.state.Outage = err != nil; w.state.Outage {
		w.countAll()
		return err
	}
	w.wasRead = w.state.Read
	w.state.Read = true
	// A chunk that comes again was read long ago, and at a stop tail reads nothing more:
	// no other chunk is expected then. A chunk that was read from a file ends between two
	// messages, as far as is known.
	mayWait := w.state.Counted == 0 && !w.p.Stopping() && !w.fetched
	w.messages.begin(w.tag, w.data, w.deadline, w.state.Counted, mayWait, w.keepsPartial())
	defer w.messages.plan.Leave()
	w.encode()
	w.reading.seen()
	failed := w.settleCarried(w.deliver())
	left := w.park() // also after a failure
	if err := cmp.Or(failed, left, w.rateLimit.err(), w.errUnanswered()); err != nil {
		w.tellOrigins(err)
		return err
	}
	return w.finish()
}

// keepsPartial reports whether a chunk that ends in the middle of a line is returned
// for the next start.
func (w *worker) keepsPartial() bool { return w.p.KeepPartial && w.p.Stopping() }

// encode encodes all messages of the chunk before any message is sent, because other
// chunks wait for the carry-overs of this one.
func (w *worker) encode() {
	for it, ok := w.messages.next(); ok; it, ok = w.messages.next() {
		policy := quota.Drop // unless the filters keep the message
		if w.filter(&it, w.cameBefore(&it)) {
			policy = w.overLimit(&it)
		}
		switch policy {
		case quota.Drop:
			w.count(w.messages.ahead.Index())
			w.drop(it)
		case quota.Delay:
			w.held.Add(it.mark.Index)
			w.rateLimit.deferred++
		default:
			w.enqueue(it)
		}
	}
	w.arrivals.Enter()
	w.count(w.messages.total())
}

// cameBefore reports whether a message was filtered when the chunk came before.
func (w *worker) cameBefore(it *item) bool {
	return w.parked || w.wasRead && it.mark.Index < w.messages.counted
}

// filter applies the filters to the message that was read last, and sets the source of
// its item. again is true for a message that was filtered before. filter returns false for a
// message that a filter drops.
func (w *worker) filter(it *item, again bool) (kept bool) {
	r := &w.messages.record
	if it.source = r.Source; r.Source.Refused {
		w.p.Ledger.Refused.Add(1)
		return false
	}
	if !again && r.Source.Missing() {
		w.p.Ledger.NoMetadata.Add(1)
	}
	r.Again = again
	if w.fetched || w.parked && disk.IsCaughtUp(w.tag) {
		r.Flags |= filters.Late
	}
	kept = w.p.Filters.Apply(r)
	it.source = r.Source
	if !again {
		w.arrivals.Add(accountOf(r.Source).Container, r.Severity, r.Time)
	}
	return kept
}

// drop settles the message that was read last, which a filter or a rate limit drops.
func (w *worker) drop(it item) {
	if by := w.messages.record.DroppedBy; by != nil {
		by.Add(int64(w.records(it)))
	}
	w.settle(ledger.Dropped, nil, it)
}

// records returns the number of records of an item.
func (w *worker) records(it item) int {
	if g := w.messages.plan.Group(it.mark.Index); g != nil {
		return len(g.Members)
	}
	return 1
}

// enqueue encodes the message that was read last into its lane, unless its scope or its
// partition has to wait.
func (w *worker) enqueue(it item) {
	if w.p.several() {
		w.enqueueCopies(it)
		return
	}
	it.to = w.p.own
	if r := &w.messages.record; !w.waits(r, &it) {
		if w.tapped {
			w.p.Tap.Publish(r)
		}
		w.lanes.add(r, it)
	}
}

// finish settles the rest of a corrupt chunk. It is the last check that every record of
// the chunk has an outcome.
func (w *worker) finish() error {
	if err := w.deadLetterRest(); err != nil {
		return err
	}
	if n := w.state.Pending; n > 0 {
		return fmt.Errorf("%d records have no outcome", n)
	}
	return nil
}

// returnChunk saves the state of the chunk until Fluent Bit presents the chunk again.
func (w *worker) returnChunk() {
	w.reading.end()
	w.reading.settleDone()
	w.p.Ledger.Returned()
	w.state.Outage = w.state.Outage || w.p.anyDown()
	forgotten := w.p.Resume.Save(w.tag, w.data, w.state)
	if w.state.Copies = nil; forgotten > 0 {
		// These records will be received anew.
		w.p.Ledger.Forget(forgotten)
	}
}

// countAll enters all records of the chunk into the ledger without decoding them.
func (w *worker) countAll() {
	reader := chunk.NewReader(w.data)
	var ev chunk.Event
	for reader.Next(&ev) {
	}
	w.count(total(&reader))
}

// count enters the first n records into the ledger, each once.
func (w *worker) count(n int) {
	if fresh := n - w.state.Counted; fresh > 0 {
		w.state.Counted = n
		w.state.Pending += fresh
		w.p.Ledger.Receive(fresh)
	}
}

// total returns the number of records of a chunk, from a reader at its end. The rest of
// a corrupt chunk counts as one record.
func total(end *chunk.Reader) int {
	if end.Err() != nil {
		return end.Index() + 1
	}
	return end.Index()
}
