package pipeline

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/delivery"
	"github.com/k8slog/k8slog/plugin/parking"
	"github.com/k8slog/k8slog/plugin/reassemble"
)

// freeRejects is how many single records in a row the backend may refuse before
// the search for refused records slows down: by rejectPause for each further one,
// up to maxRejectPause. A fault of some records is found at once. A fault of every
// record, which may be one of the request, costs few requests, and nothing goes to
// the dead-letter file that the backend was not asked about.
const (
	freeRejects    = 32
	rejectPause    = time.Millisecond
	maxRejectPause = time.Second
)

// deliver sends the frames of all lanes, side by side, and settles their items.
// It returns the first failure.
func (w *worker) deliver() (failed error) {
	waiting := w.lanes.list[:w.lanes.used]
	if len(waiting) == 0 {
		return nil
	}
	round := w.p.Batcher.Begin(w.deadline, w.parkedKey != nil)
	var d detached
	defer func() {
		ended := round.End(d.answered)
		if d.bytes > 0 {
			go w.p.holdMemory(ended, d.bytes)
		}
	}()
	var submit []*delivery.Frame
	for {
		submit = submit[:0]
		for len(waiting) > 0 && len(submit) < round.Room() {
			submit = w.appendNext(submit, waiting[0])
			waiting = waiting[1:]
		}
		round.Submit(submit...)
		sent, result := round.Next()
		if sent == nil {
			return failed
		}
		f, _ := sent.Owner.(*frame)
		l := f.lane
		if err := w.apply(f, result); err != nil {
			l.failed = err
			failed = cmp.Or(failed, err)
		}
		switch {
		case result.Detached:
			w.detach(&d, f)
		case l.resend != f:
			w.lanes.recycle(f)
		}
		round.Submit(w.appendNext(submit[:0], l)...)
	}
}

// appendNext appends what a lane sends next, if anything.
func (w *worker) appendNext(dst []*delivery.Frame, l *lane) []*delivery.Frame {
	var f *frame
	switch n := len(l.again); {
	case l.failed != nil:
		return dst
	case l.resend != nil:
		f, l.resend = l.resend, nil
	case n > 0:
		b := l.again[n-1]
		l.again = l.again[:n-1]
		f = w.encodeAgain(l, b)
	case l.sent < len(l.frames):
		f = l.frames[l.sent]
		l.sent++
	default:
		return dst
	}
	f.Body = f.encoder.Frame()
	return append(dst, &f.Frame)
}

// encodeAgain makes a frame of items. Those that do not fit stay in the lane.
func (w *worker) encodeAgain(l *lane, b batch) *frame {
	f := w.lanes.newFrame(l)
	f.Exclusive, f.NotBefore = b.exclusive, b.notBefore
	full := int(w.p.frameBytes.Load())
	for i := range b.items {
		it := &b.items[i]
		if !f.fits(it.bytes, full) {
			l.push(batch{items: b.items[i:], exclusive: b.exclusive})
			break
		}
		r := w.messages.load(it)
		w.p.Filters.Apply(r)
		it.source = r.Source
		f.add(r, *it, w.p.TextLimit)
	}
	return f
}

// apply settles the items of a frame by its result, and puts into the lane what
// is to be sent again. The error is why the lane sends nothing more.
func (w *worker) apply(f *frame, result delivery.Result) error {
	l := f.lane
	switch result.Verdict {
	case delivery.Accepted:
		l.progress()
		w.p.Ledger.Accepted()
		w.p.scopesSucceeded(f)
		w.settle(reassemble.Outcome{Fate: reassemble.Delivered}, f.items...)
		return nil
	case delivery.Rejected:
		return w.reject(l, f.items, result.Err)
	case delivery.Split:
		if !result.Exclusive {
			// The fault may be in the frames that travelled with this one.
			f.Exclusive, l.resend = true, f
			return nil
		}
		return w.split(f, result.Err)
	case delivery.PerItem:
		return w.perItem(f, result.Items)
	}
	return result.Err
}

// reject dead-letters items that the backend refuses for good. A single message
// of several records is sent again record by record instead.
func (w *worker) reject(l *lane, items []item, why error) error {
	if len(items) == 1 && w.dissolve(l, &items[0]) {
		return nil
	}
	return w.deadLetter(items, func(int) error { return why })
}

// split has the halves of a frame sent, each in a request of its own. It ends with
// single items, or with the deadline: what is settled by then stays so.
func (w *worker) split(f *frame, why error) error {
	l, items := f.lane, slices.Clone(f.items)
	var tooLarge *backend.TooLarge
	var failed *backend.Failed
	switch {
	case errors.As(why, &failed):
		if len(items) == 1 {
			w.aside.add(&items[0], parking.Key{Partition: l.partition, Record: true}, why)
			return nil
		}
		// What is not to blame goes first: in front of these halves.
		half := (len(items) + 1) / 2
		l.again = slices.Insert(l.again, 0,
			batch{items: items[half:], exclusive: true}, batch{items: items[:half], exclusive: true})
		return nil
	case len(items) == 1 && w.dissolve(l, &items[0]):
		return nil
	case len(items) == 1:
		if !errors.As(why, &tooLarge) {
			l.rejects++
		}
		return w.deadLetter(items, func(int) error { return why })
	case errors.As(why, &tooLarge):
		w.p.shrinkFrames(len(f.Body))
	}
	var notBefore time.Time
	if slow := l.rejects - freeRejects; slow > 0 {
		notBefore = time.Now().Add(min(time.Duration(slow)*rejectPause, maxRejectPause))
	}
	half := (len(items) + 1) / 2
	l.push(batch{items: items[half:], exclusive: true, notBefore: notBefore})
	l.push(batch{items: items[:half], exclusive: true, notBefore: notBefore})
	return nil
}

// perItem settles the items of a frame by a verdict for each call of
// Encoder.Append. Those that the backend did not take for now are sent again.
func (w *worker) perItem(f *frame, verdicts []error) error {
	l := f.lane
	var accepted, later, refused, dissolved []item
	var reasons []error
	waits := map[string]bool{} // by scope, of those that are refused for now
	for _, it := range f.items {
		verdict := worst(verdicts[:it.pieces])
		verdicts = verdicts[it.pieces:]
		var rejected *backend.Rejected
		switch {
		case verdict == nil:
			accepted = append(accepted, it)
			w.p.scopes.succeeded(scopeName{l.partition, it.scope})
		case !errors.As(verdict, &rejected):
			alone, known := waits[it.scope]
			if !known {
				alone = w.refuseScope(l, it.scope, verdict)
				waits[it.scope] = alone
			}
			if alone {
				w.aside.add(&it, parking.Key{Partition: l.partition, Scope: it.scope}, verdict)
			} else {
				later = append(later, it)
			}
		case w.messages.group(it.mark) != nil:
			dissolved = append(dissolved, it)
		default:
			refused, reasons = append(refused, it), append(reasons, verdict)
		}
	}
	if len(accepted) > 0 {
		w.p.Ledger.Accepted()
		l.attempts = 0
		w.settle(reassemble.Outcome{Fate: reassemble.Delivered}, accepted...)
	}
	if len(refused) > 0 {
		if err := w.deadLetter(refused, func(i int) error { return reasons[i] }); err != nil {
			return err
		}
	}
	if len(later) > 0 {
		l.push(batch{items: later, notBefore: w.p.Batcher.NextTry(l.attempts)})
		l.attempts++
	}
	for i := range dissolved {
		w.dissolve(l, &dissolved[len(dissolved)-1-i])
	}
	return nil
}

// refuseScope takes note that the backend does not take records of a scope for
// now. It returns true when they wait alone, because the same was said before. The
// first time they are sent again, as the reason may pass.
func (w *worker) refuseScope(l *lane, scope string, why error) bool {
	if scope == "" {
		return false
	}
	name := scopeName{l.partition, scope}
	if w.p.scopes.failed(name, why, w.p.ScopePause) == 1 {
		return false
	}
	w.aside.refuse(name, why)
	return true
}

// worst returns the verdict on a message of several pieces: refused for good comes
// before not now, and not now before accepted.
func worst(pieces []error) (verdict error) {
	var rejected *backend.Rejected
	for _, err := range pieces {
		if errors.As(err, &rejected) {
			return err
		}
		verdict = cmp.Or(verdict, err)
	}
	return verdict
}

// dissolve has the records of a message sent one by one: reassembled, the backend
// did not take it. It returns false for a message of one record.
func (w *worker) dissolve(l *lane, it *item) bool {
	g := w.messages.group(it.mark)
	if g == nil {
		return false
	}
	w.messages.plan.Dissolve(g)
	for _, at := range slices.Backward(g.Members) {
		l.push(batch{items: []item{{mark: at, source: it.source, bytes: it.bytes / len(g.Members), scope: it.scope}}, exclusive: true})
	}
	return true
}
