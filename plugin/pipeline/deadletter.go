package pipeline

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

// deadLetter writes items to the dead-letter file, record by record, and settles
// them. why is the reason for each, by its index.
func (w *worker) deadLetter(items []item, why func(i int) error) error {
	w.letters = w.letters[:0]
	m := &w.messages
	for i := range items {
		letter := w.letter(why(i))
		for _, at := range m.members(items[i].mark) {
			m.readAt(&m.record, &m.event, at)
			w.p.Filters.Apply(&m.record)
			letter.Record, letter.Raw = &m.record, m.event.Raw
			w.letters = deadletter.Append(w.letters, &letter)
		}
	}
	if err := w.writeLetters(); err != nil {
		return fmt.Errorf("cannot keep refused records: %w", err)
	}
	w.p.Log.Warnf("records went to the dead-letter file: %v", why(len(items)-1))
	for i := range items {
		w.settle(reassemble.Outcome{Fate: reassemble.DeadLettered, Err: why(i)}, items[i])
	}
	return nil
}

// letter begins a dead letter with a reason.
func (w *worker) letter(why error) deadletter.Entry {
	letter := deadletter.Entry{Time: time.Now(), Tag: w.tag, Reason: deadletter.Rejected, Answer: why.Error()}
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

// deadLetterRest writes what is left of a corrupt chunk to the dead-letter file.
func (w *worker) deadLetterRest() error {
	end := &w.messages.ahead
	if end.Err() == nil || w.state.Settled.Has(end.Index()) {
		return nil
	}
	w.letters = deadletter.Append(w.letters[:0], &deadletter.Entry{
		Time: time.Now(), Tag: w.tag, Reason: deadletter.Corrupt, Answer: end.Err().Error(), Raw: end.Rest(),
	})
	if err := w.writeLetters(); err != nil {
		return fmt.Errorf("cannot keep the rest of a corrupt chunk: %w", err)
	}
	w.p.Ledger.Corrupt.Add(1)
	w.p.Log.Errorf("chunk of tag %q is corrupt: %d bytes went to the dead-letter file", w.tag, len(end.Rest()))
	w.settle(reassemble.Outcome{Fate: reassemble.DeadLettered}, item{mark: chunk.Mark{Index: end.Index()}})
	return nil
}

// writeLetters puts w.letters on the disk. A disk that hangs is left behind at the
// deadline, with the memory that it may still read.
func (w *worker) writeLetters() error {
	ctx, cancel := context.WithTimeout(context.Background(), max(time.Until(w.deadline), time.Second))
	defer cancel()
	letters := w.letters
	done := make(chan error, 1)
	go func() {
		defer func() {
			if r := recover(); r != nil {
				err := fmt.Errorf("panic while writing dead letters: %v", r)
				w.p.Panicked(err)
				done <- err
			}
		}()
		done <- w.p.DeadLetters.Write(ctx, letters)
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		w.letters = nil
		return errors.New("the disk does not come back")
	}
}
