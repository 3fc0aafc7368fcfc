package pipeline

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/chunk"
	"github.com/k8slog/k8slog/plugin/deadletter"
	"github.com/k8slog/k8slog/plugin/ledger"
)

// deadLetter writes items to the dead-letter file, record by record, and settles
// them. why returns the reason of an item by its index.
func (w *worker) deadLetter(items []item, why func(i int) error) error {
	if err := w.writeLetters(items, why); err != nil {
		return err
	}
	for i := range items {
		w.settle(ledger.DeadLettered, why(i), items[i])
	}
	return nil
}

// writeLetters writes items to the dead-letter file, and samples of them.
func (w *worker) writeLetters(items []item, why func(i int) error) error {
	w.deadLetters = w.deadLetters[:0]
	m := &w.messages
	var texts [maxSampled]string
	for i := range items {
		entry := w.newEntry(why(i))
		if items[i].to != nil {
			entry.Destination = items[i].to.Name
		}
		for _, at := range w.members(&items[i]) {
			m.readAt(&m.record, &m.event, at)
			m.record.Again = true
			w.p.Filters.Apply(&m.record)
			entry.Record, entry.Raw = &m.record, m.event.Raw
			w.deadLetters = deadletter.Append(w.deadLetters, &entry)
		}
		if i < maxSampled && w.p.SampleTexts {
			text := m.record.Plain()
			texts[i] = string(text[:min(len(text), maxSample)])
		}
	}
	if err := w.writeDeadLetters(); err != nil {
		err = fmt.Errorf("cannot keep refused records: %w", err)
		w.p.Ledger.Letters.Fail(err)
		return err
	}
	w.p.Log.Warnf("records went to the dead-letter file: %v", why(len(items)-1))
	for i := range items {
		letter := w.letter(&items[i], why(i))
		if i < maxSampled {
			letter.Text = texts[i]
		}
		w.p.Ledger.Letters.Add(letter, len(w.members(&items[i])))
	}
	return nil
}

// maxSampled is how many of the items that are dead-lettered at a time give a sample of their
// text, and maxSample its bytes.
const (
	maxSampled = 8
	maxSample  = 200
)

// letter returns a sample of dead letters without a text.
func (w *worker) letter(it *item, why error) ledger.Letter {
	entry := w.newEntry(why)
	letter := ledger.Letter{At: entry.Time, Reason: entry.Reason, Answer: entry.Answer}
	if s := it.source; s != nil {
		letter.ContainerName = ledger.ContainerName{Namespace: s.Namespace, Pod: s.Pod, Container: cmp.Or(s.Container, s.Component)}
	}
	return letter
}

// newEntry returns a dead-letter entry with a reason, and without a record.
func (w *worker) newEntry(why error) deadletter.Entry {
	entry := deadletter.Entry{Time: time.Now(), Tag: w.tag, Reason: deadletter.Rejected, Answer: why.Error()}
	if tooLarge, ok := errors.AsType[*backend.TooLarge](why); ok {
		entry.Reason, entry.Answer = deadletter.TooLarge, tooLarge.Answer
	} else if rejected, ok := errors.AsType[*backend.Rejected](why); ok {
		entry.Answer = rejected.Answer
	}
	return entry
}

// deadLetterRest writes the rest of a corrupt chunk to the dead-letter file.
func (w *worker) deadLetterRest() error {
	end := &w.messages.ahead
	if end.Err() == nil || w.state.Settled.Has(end.Index()) {
		return nil
	}
	w.deadLetters = deadletter.Append(w.deadLetters[:0], &deadletter.Entry{
		Time: time.Now(), Tag: w.tag, Reason: deadletter.Corrupt, Answer: end.Err().Error(), Raw: end.Rest(),
	})
	if err := w.writeDeadLetters(); err != nil {
		return fmt.Errorf("cannot keep the rest of a corrupt chunk: %w", err)
	}
	w.p.Ledger.Corrupt.Add(1)
	w.p.Log.Errorf("chunk of tag %q is corrupt: %d bytes went to the dead-letter file", w.tag, len(end.Rest()))
	w.p.Ledger.Letters.Add(ledger.Letter{At: time.Now(), Reason: deadletter.Corrupt, Answer: end.Err().Error()}, 1)
	w.settle(ledger.DeadLettered, end.Err(), item{mark: chunk.Mark{Index: end.Index()}})
	return nil
}

// writeDeadLetters writes w.deadLetters to the disk. When the disk hangs, it returns at
// the deadline, and leaves the memory to the write that is in progress.
func (w *worker) writeDeadLetters() error {
	ctx, cancel := context.WithTimeout(context.Background(), max(time.Until(w.deadline), time.Second))
	defer cancel()
	lines := w.deadLetters
	done := make(chan error, 1)
	go func() {
		defer func() {
			if r := recover(); r != nil {
				err := fmt.Errorf("panic while writing dead letters: %v", r)
				w.p.Panicked(err)
				done <- err
			}
		}()
		done <- w.p.DeadLetters.Write(ctx, lines)
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		w.deadLetters = nil
		return errors.New("the disk does not come back")
	}
}
