package plugin

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/chunk"
	"github.com/k8slog/k8slog/plugin/deadletter"
	"github.com/k8slog/k8slog/plugin/reassemble"
)

// This file is what becomes of the records of a chunk that were not simply
// delivered, and how all of them are entered into the books.

// bury writes the records between two marks that go that way and are not
// settled yet to the dead-letter file, and settles them: those for which there
// is a reason why.
func (f *flush) bury(from, to chunk.Mark, w way, why func(i int) error) error {
	f.letters = f.letters[:0]
	var last error
	for m := from; m.Index < to.Index; {
		at := m
		if !m.Next(&f.event) {
			break
		}
		if !f.goes(at.Index, w) || !f.pending(at.Index) || why(at.Index) == nil {
			continue
		}
		last = why(at.Index)
		letter := f.letter(last)
		for _, member := range members(f.plan.Group(at.Index), at) {
			i := member.Index
			member.Next(&f.event)
			f.read(&f.record, &f.event, i)
			f.in.chain.Apply(&f.record)
			letter.Raw = f.event.Raw
			f.letters = deadletter.Append(f.letters, &letter)
		}
	}
	if err := f.writeLetters(); err != nil {
		return fmt.Errorf("cannot keep refused records: %w", err)
	}
	f.in.log.Warnf("records went to the dead-letter file: %v", last)
	for i := from.Index; i < to.Index; i++ {
		if err := why(i); err != nil && f.goes(i, w) {
			f.settleOne(i, reassemble.Verdict{Fate: reassemble.Rejected, Err: err})
		}
	}
	return nil
}

// letter begins a dead letter for that reason.
func (f *flush) letter(why error) deadletter.Letter {
	letter := deadletter.Letter{
		Time: time.Now(), Tag: f.tag, Reason: deadletter.Rejected, Answer: why.Error(), Record: &f.record,
	}
	var tooLarge *backend.TooLarge
	var rejected *backend.Rejected
	switch {
	case errors.As(why, &tooLarge):
		letter.Reason, letter.Answer = deadletter.TooLarge, tooLarge.Answer
	case errors.As(why, &rejected):
		letter.Answer = rejected.Answer
	}
	return letter
}

// finish settles what stands at the end of a chunk. A chunk of which a record
// is not settled is never acknowledged.
func (f *flush) finish(end chunk.Mark) error {
	if err := f.buryRest(end); err != nil {
		return err
	}
	if f.state.pending > 0 {
		return fmt.Errorf("%d records were passed over, which is a bug", f.state.pending)
	}
	return nil
}

// buryRest writes what is left of a corrupt chunk to the dead-letter file. In
// the books it is one record: what it was cannot be known.
func (f *flush) buryRest(end chunk.Mark) error {
	if end.Reader.Err() == nil || f.state.settled.has(end.Index) {
		return nil
	}
	f.letters = deadletter.Append(f.letters[:0], &deadletter.Letter{
		Time: time.Now(), Tag: f.tag, Reason: deadletter.Corrupt, Answer: end.Reader.Err().Error(), Raw: end.Reader.Rest(),
	})
	if err := f.writeLetters(); err != nil {
		return fmt.Errorf("cannot keep the rest of a corrupt chunk: %w", err)
	}
	f.in.books.corrupt.Add(1)
	f.in.log.Errorf("chunk of tag %q is corrupt: %d bytes went to the dead-letter file", f.tag, len(end.Reader.Rest()))
	f.settleOne(end.Index, reassemble.Verdict{Fate: reassemble.Rejected})
	return nil
}

// writeLetters puts f.letters on the disk. A disk that hangs is left behind at
// the deadline, with the memory that it may still read.
func (f *flush) writeLetters() error {
	ctx, cancel := context.WithTimeout(context.Background(), max(time.Until(f.deadline), time.Second))
	defer cancel()
	letters := f.letters
	done := make(chan error, 1)
	go func() {
		defer func() {
			if p := recover(); p != nil {
				err := fmt.Errorf("panic while writing dead letters: %v", p)
				f.in.Panicked(err)
				done <- err
			}
		}()
		done <- f.in.deadLetters.Write(ctx, letters)
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		f.letters = nil
		return errors.New("the disk does not come back")
	}
}

// countAll enters the records behind a mark into the books.
func (f *flush) countAll(m chunk.Mark) {
	for m.Next(&f.event) {
	}
	f.count(total(m))
}

// total is how many records the books have of a chunk that ends at a mark.
func total(end chunk.Mark) int {
	if end.Reader.Err() != nil {
		return end.Index + 1 // the rest, which cannot be read, is one
	}
	return end.Index
}

// keep remembers the chunk's progress for when it is presented again.
func (f *flush) keep() {
	f.in.books.gaveBack()
	if forgotten := f.in.progress.keep(f.tag, f.data, f.state); forgotten > 0 {
		// They will be received anew.
		f.in.books.forget(forgotten)
	}
}

// count enters the records before n into the books, each once.
func (f *flush) count(n int) {
	if fresh := n - f.state.counted; fresh > 0 {
		f.state.counted = n
		f.state.pending += fresh
		f.in.books.receive(fresh)
	}
}

// pending says whether a record is one to be sent: not settled, not joined to
// another, and not offered to the chunk behind.
func (f *flush) pending(i int) bool {
	if f.state.settled.has(i) {
		return false
	}
	if f.holding.held.has(i) {
		return false
	}
	g := f.plan.Group(i)
	return g == nil || g.Members[0].Index == i && g.Offer == nil
}

// settle enters the fate of the records between two marks that go that way and
// are pending, with those that are joined to them.
func (f *flush) settle(from, to chunk.Mark, w way, v reassemble.Verdict) {
	n := 0
	var t tally
	for i := from.Index; i < to.Index; i++ {
		if !f.goes(i, w) || !f.pending(i) {
			continue
		}
		g := f.plan.Group(i)
		if g == nil {
			f.state.settled.add(i)
			n++
			t.add(f.wrote(i).by, 1, f.wrote(i).bytes, v.Fate)
			continue
		}
		for _, m := range g.Members {
			f.state.settled.add(m.Index)
		}
		n += len(g.Members)
		t.add(f.wrote(i).by, len(g.Members), f.wrote(i).bytes, v.Fate)
		f.in.books.joined.Add(int64(len(g.Members) - 1))
		g.TellBefore(v)
	}
	t.enter(v.Fate)
	f.state.pending -= n
	f.in.books.settle(n, v.Fate)
}

func (f *flush) settleOne(i int, v reassemble.Verdict) {
	f.settle(chunk.Mark{Index: i}, chunk.Mark{Index: i + 1}, way{}, v)
}
