package pipeline

import (
	"cmp"
	"errors"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/delivery"
	"github.com/k8slog/k8slog/plugin/ledger"
	"github.com/k8slog/k8slog/plugin/parking"
)

// freeRejects is the number of single records in a row that the backend may refuse
// before the search for refused records slows down: by rejectPause for each further
// one, up to maxRejectPause. So a fault of some records is found at once. A fault of
// every record, which may be a fault of the request, costs few requests. Only records
// that the backend has refused go to the dead-letter file.
const (
	freeRejects    = 32
	rejectPause    = time.Millisecond
	maxRejectPause = time.Second
)

// deliverTo sends the frames of the lanes of a destination in parallel, and applies their
// results. It returns the first failure.
func (w *worker) deliverTo(to *destination, all []*lane) (failed error) {
	unsent := all
	if len(unsent) > delivery.MaxInFlight {
		// Whatever is asked first, it is not always the same.
		rand.Shuffle(len(unsent), func(i, j int) { unsent[i], unsent[j] = unsent[j], unsent[i] })
	}
	round := to.Batcher.Begin(w.deadline, w.parked || w.fetched)
	round.Queued, round.Patient = w.queued, w.patient
	round.OnSlow = func() { w.sendAhead(round, all[:len(all)-len(unsent)]) }
	if w.parked { // there is no chunk that comes again
		round.WaitForAnswers()
	}
	var detached int64 // bytes
	defer func() {
		if ended := round.End(w.p.answered); detached > 0 {
			go w.p.holdMemory(ended, detached)
		}
	}()
	var submit []*delivery.Frame
	for {
		submit = submit[:0]
		for len(unsent) > 0 && len(submit) < round.Room() {
			submit = w.appendNextOf(submit, unsent[0])
			unsent = unsent[1:]
		}
		round.Submit(submit...)
		if to.Batcher.IsSlow() {
			w.sendAhead(round, all[:len(all)-len(unsent)])
		}
		sent, result := round.Next()
		if sent == nil {
			return failed
		}
		f, _ := sent.Owner.(*frame)
		next, memory, err := w.take(submit[:0], f, result)
		detached += int64(memory)
		failed = cmp.Or(failed, err)
		round.Submit(next...)
	}
}

// take applies the result of a frame, and appends the next frame of its lane. It returns the
// memory in bytes that the request of a detached frame holds, and why the lane sends nothing
// more.
func (w *worker) take(dst []*delivery.Frame, f *frame, result delivery.Result) (next []*delivery.Frame, detached int, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	l := f.lane
	if err = w.apply(f, result); err != nil {
		l.failed = err
	}
	switch {
	case result.Detached:
		detached = w.detach(f)
	case !slices.Contains(l.resend, f):
		w.lanes.recycle(f)
	}
	return w.appendNext(dst, l), detached, err
}

// appendNextOf is appendNext, while other destinations are delivered to.
func (w *worker) appendNextOf(dst []*delivery.Frame, l *lane) []*delivery.Frame {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.appendNext(dst, l)
}

// sendAhead sends the next frames of every lane that was begun, because the backend is slow
// to answer.
func (w *worker) sendAhead(round *delivery.Round, begun []*lane) {
	for _, l := range begun {
		for l.failed == nil && l.sent < len(l.frames) && len(l.resend)+len(l.retries) == 0 && round.Room() > 0 {
			round.Submit(w.appendNextOf(nil, l)...)
		}
	}
}

// appendNext appends the next frame of a lane, if there is one.
func (w *worker) appendNext(dst []*delivery.Frame, l *lane) []*delivery.Frame {
	var f *frame
	switch n := len(l.retries); {
	case l.failed != nil:
		return dst
	case len(l.resend) > 0:
		f = l.resend[0]
		l.resend = slices.Delete(l.resend, 0, 1)
	case n > 0:
		next := l.retries[n-1]
		l.retries = l.retries[:n-1]
		f = w.encodeAgain(l, next)
	case l.sent < len(l.frames):
		f = l.frames[l.sent]
		l.sent++
	default:
		return dst
	}
	f.Body, f.Suspect = f.encoder.Frame(), w.isSuspect(l, f)
	f.Refused = w.parked || l.to.scopes.refuse(f)
	return append(dst, &f.Frame)
}

// encodeAgain makes a frame of the items of a retry. Items that do not fit stay in the
// lane.
func (w *worker) encodeAgain(l *lane, again retry) *frame {
	f := w.lanes.newFrame(l)
	f.Exclusive, f.NotBefore = again.exclusive, again.notBefore
	full := int(l.to.frameBytes.Load())
	for i := range again.items {
		it := &again.items[i]
		if !f.fits(it.bytes, full) {
			l.push(retry{items: again.items[i:], exclusive: again.exclusive})
			break
		}
		r := w.messages.load(it)
		if it.source != nil { // the labels of its pod may have changed, and the partition with them
			r.Source = it.source
		}
		w.filter(it, true)
		l.to.Filters.Apply(r)
		f.add(r, *it, l.to.TextLimit)
	}
	return f
}

// apply applies the result of a frame: its items are settled, set aside, or pushed to
// the lane again. The error is why the lane sends nothing more.
func (w *worker) apply(f *frame, result delivery.Result) error {
	l := f.lane
	switch result.Verdict {
	case delivery.Accepted:
		l.progress()
		w.p.Ledger.Accepted()
		f.to.scopesSucceeded(f)
		w.settle(ledger.Delivered, nil, f.items...)
		return nil
	case delivery.Rejected:
		return w.reject(l, f.items, result.Err)
	case delivery.Split:
		l.noteFailure(f, result.Err)
		if !result.Exclusive {
			// The fault may be in the other frames of the request.
			f.Exclusive = true
			l.resend = append(l.resend, f)
			return nil
		}
		return w.split(f, result.Err)
	case delivery.PerItem:
		return w.perItem(f, result)
	}
	if !result.Detached && (w.setScopesAside(f, result) || w.setPartitionAside(f, result.Err)) {
		return nil
	}
	if w.parked { // other queues may share the request
		return cmp.Or(worst(result.Items), result.Err)
	}
	return result.Err
}

// reject dead-letters items that the backend refuses for good. A single message of
// several records is sent again record by record instead.
func (w *worker) reject(l *lane, items []item, why error) error {
	if len(items) == 1 && w.dissolve(l, &items[0]) {
		return nil
	}
	return w.deadLetter(items, func(int) error { return why })
}

// split sends the halves of a frame, each in a request of its own. It ends with single
// items, or at the deadline.
func (w *worker) split(f *frame, why error) error {
	l, items := f.lane, slices.Clone(f.items)
	_, failed := errors.AsType[*backend.Failed](why)
	_, tooLarge := errors.AsType[*backend.TooLarge](why)
	switch {
	case failed && (len(items) == 1 || l.failures >= maxSearch):
		for i := range items {
			w.state.Failed.Add(items[i].mark.Index)
			w.setAside(&items[i], parking.Key{Destination: l.to.parkName(), Partition: l.partition, Record: true}, why)
		}
		return nil
	case failed:
		groupBySource(items)
		first, second := halve(items)
		// Other records go first, because the fault may be in these halves.
		l.retries = slices.Insert(l.retries, 0, second, first)
		return nil
	case tooLarge && len(items) > 1:
		l.to.shrinkFrames(len(f.Body))
	}
	return w.narrow(l, items, why)
}

// halve returns the halves of items, each for a request of its own.
func halve(items []item) (first, second retry) {
	half := (len(items) + 1) / 2
	return retry{items: items[:half], exclusive: true}, retry{items: items[half:], exclusive: true}
}

// narrow sends the halves of items of which some are refused, or rejects a single one.
func (w *worker) narrow(l *lane, items []item, why error) error {
	if len(items) == 1 {
		if _, tooLarge := errors.AsType[*backend.TooLarge](why); !tooLarge && !w.isAssembled(&items[0]) {
			l.rejects++
		}
		return w.reject(l, items, why)
	}
	first, second := halve(items)
	if slow := l.rejects - freeRejects; slow > 0 {
		first.notBefore = time.Now().Add(min(time.Duration(slow)*rejectPause, maxRejectPause))
		second.notBefore = first.notBefore
	}
	l.push(second)
	l.push(first)
	return nil
}

// dissolve sends the records of a message one by one, because the backend did not take
// the message. It returns false for a message of one record.
func (w *worker) dissolve(l *lane, it *item) bool {
	if !w.canDissolve(it) {
		return false
	}
	g := w.messages.plan.Group(it.mark.Index)
	alone := w.copiesOf(it) != nil // other destinations may take the message as it is
	if !alone {
		w.messages.plan.Dissolve(g)
	}
	for _, at := range slices.Backward(g.Members) {
		one := item{mark: at, source: it.source, bytes: it.bytes / len(g.Members), scope: it.scope, to: it.to, alone: alone}
		l.push(retry{items: []item{one}, exclusive: true})
	}
	return true
}

// isAssembled reports whether an item is a message of several records.
func (w *worker) isAssembled(it *item) bool { return !it.alone && w.messages.assembled(it.mark) != nil }

// canDissolve reports whether the records of a message can be sent one by one. Where several
// destinations must have a message that began in an earlier chunk, that chunk cannot send its
// part to one of them alone.
func (w *worker) canDissolve(it *item) bool {
	return w.isAssembled(it) && (w.copiesOf(it) == nil || len(w.messages.plan.Group(it.mark.Index).Origins) == 0)
}
