package plugin

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/deadletter"
)

// This file is what becomes of the records of a chunk that were not simply
// delivered, and how all of them are entered into the books.

// bury writes the records between two marks that are not settled yet to the
// dead-letter file, and settles them.
func (f *flush) bury(from, to mark, why error) error {
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
	f.letters = f.letters[:0]
	for m := from; m.index < to.index && m.reader.Next(&f.event); m.index++ {
		if f.state.settled.has(m.index) {
			continue
		}
		f.intake.fill(&f.record, &f.event)
		f.in.chain.Apply(&f.record)
		letter.Raw = f.event.Raw
		f.letters = deadletter.Append(f.letters, &letter)
	}
	if err := f.writeLetters(); err != nil {
		return fmt.Errorf("cannot keep refused records: %w", err)
	}
	f.in.log.Warnf("records went to the dead-letter file: %v", why)
	f.settle(from, to, &f.in.books.deadLettered)
	return nil
}

// finish settles what stands at the end of a chunk. A chunk of which a record
// is not settled is never acknowledged.
func (f *flush) finish(end mark) error {
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
func (f *flush) buryRest(end mark) error {
	if end.reader.Err() == nil || f.state.settled.has(end.index) {
		return nil
	}
	f.count(end.index + 1)
	f.letters = deadletter.Append(f.letters[:0], &deadletter.Letter{
		Time: time.Now(), Tag: f.tag, Reason: deadletter.Corrupt, Answer: end.reader.Err().Error(), Raw: end.reader.Rest(),
	})
	if err := f.writeLetters(); err != nil {
		return fmt.Errorf("cannot keep the rest of a corrupt chunk: %w", err)
	}
	f.in.books.corrupt.Add(1)
	f.in.log.Errorf("chunk of tag %q is corrupt: %d bytes went to the dead-letter file", f.tag, len(end.reader.Rest()))
	f.settleOne(end.index, &f.in.books.deadLettered)
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

// giveBack enters what has not been read yet into the books, as pending, and
// remembers the chunk's progress.
func (f *flush) giveBack(from mark) {
	for from.reader.Next(&f.event) {
		from.index++
	}
	if from.reader.Err() != nil {
		from.index++
	}
	f.count(from.index)
	f.keep()
}

// keep remembers the chunk's progress for when it is presented again.
func (f *flush) keep() {
	f.in.books.retried.Add(1)
	if forgotten := f.in.progress.keep(f.tag, f.data, f.state); forgotten > 0 {
		// They will be received anew.
		f.in.books.received.Add(int64(-forgotten))
		f.in.books.pending.Add(int64(-forgotten))
	}
}

// count enters the records before n into the books, each once.
func (f *flush) count(n int) {
	if fresh := n - f.state.counted; fresh > 0 {
		f.state.counted = n
		f.state.pending += fresh
		f.in.books.pending.Add(int64(fresh))
		f.in.books.received.Add(int64(fresh))
	}
}

// settle moves the records between two marks that are pending to another account.
func (f *flush) settle(from, to mark, account *atomic.Int64) {
	n := 0
	for i := from.index; i < to.index; i++ {
		if !f.state.settled.has(i) {
			f.state.settled.add(i)
			n++
		}
	}
	f.state.pending -= n
	account.Add(int64(n))
	f.in.books.pending.Add(int64(-n))
}

func (f *flush) settleOne(i int, account *atomic.Int64) {
	f.settle(mark{index: i}, mark{index: i + 1}, account)
}
