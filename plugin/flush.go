package plugin

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync/atomic"
	"time"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/chunk"
	"github.com/k8slog/k8slog/plugin/deadletter"
	"github.com/k8slog/k8slog/plugin/delivery"
)

// hopeless is how many single records in a row the backend must refuse before
// those that are still together with them are taken for refused as well. A
// fault that lies in some records is not of that kind; one that lies in the
// request is, and would cost a request a record.
const hopeless = 32

// smallest is the size below which frames are not made smaller for a backend
// that finds them too large.
const smallest = 64 << 10

// margin is about what a record takes on the wire beside its own bytes.
const margin = 400

// flush brings one chunk to the backend. Its memory serves one chunk after
// another.
type flush struct {
	in      *Instance
	intake  intake
	record  filters.Record
	event   chunk.Event
	encoder backend.Encoder
	frame   *delivery.Frame
	letters []byte

	tag      string
	data     []byte
	deadline time.Time
	state    chunkState
	refused  int // single records in a row
}

// mark is a place in the chunk: before the record of that number.
type mark struct {
	reader chunk.Reader
	index  int
}

// run delivers the chunk. It returns nil when every record of it is settled,
// and the reason why not otherwise: then Fluent Bit shall present it again.
func (f *flush) run() error {
	f.state = f.in.progress.take(f.tag, f.data)
	f.refused = 0
	m := mark{reader: chunk.NewReader(f.data)}
	if err := f.in.committer.Closed(f.deadline); err != nil {
		f.giveBack(m)
		return err
	}
	f.intake.begin(f.tag)
	for {
		next, sent, err := f.deliver(m, math.MaxInt, false)
		if err == nil && sent == 0 {
			err = f.finish(next)
		}
		if err != nil {
			f.giveBack(next)
			return err
		}
		if sent == 0 {
			return nil
		}
		m = next
	}
}

// deliver sends the records from a mark on, as many as a request takes and at
// most limit, and settles them. It returns the mark behind them and how many
// they were; none at the end of the chunk.
func (f *flush) deliver(from mark, limit int, alone bool) (next mark, sent int, err error) {
	f.encoder.Reset()
	next, sent = f.encode(from, limit)
	if sent == 0 {
		return next, 0, nil
	}
	f.frame.Body, f.frame.Records, f.frame.Alone, f.frame.Deadline = f.encoder.Frame(), sent, alone, f.deadline
	result := f.commit()
	if result.Verdict == delivery.Divide && !result.Alone {
		// The fault may be in the frames that travelled with this one.
		f.frame.Alone = true
		result = f.commit()
	}
	switch result.Verdict {
	case delivery.Accepted:
		f.refused = 0
		f.settle(from, next, &f.in.books.delivered)
		return next, sent, nil
	case delivery.Rejected:
		return next, sent, f.bury(from, next, result.Err)
	case delivery.Divide:
		return next, sent, f.divide(from, next, sent, result.Err)
	}
	return next, sent, result.Err
}

// divide sends records that were not taken together in halves. It ends with
// single records, or with the deadline: what is settled by then stays so.
func (f *flush) divide(from, to mark, sent int, why error) error {
	var tooLarge *backend.TooLarge
	isTooLarge := errors.As(why, &tooLarge)
	if isTooLarge && sent > 1 {
		f.in.smaller(len(f.frame.Body))
	}
	if sent == 1 || !isTooLarge && f.refused >= hopeless {
		f.refused++
		return f.bury(from, to, why)
	}
	half := (sent + 1) / 2
	for m := from; sent > 0; {
		var n int
		var err error
		if m, n, err = f.deliver(m, min(half, sent), true); err != nil {
			return err
		}
		sent -= n
	}
	return nil
}

func (f *flush) commit() delivery.Result {
	result := f.in.committer.Commit(f.frame)
	if result.Abandoned {
		// The backend may still read what was encoded.
		f.encoder, f.frame = f.in.backend.NewEncoder(), new(delivery.Frame)
	}
	return result
}

// encode appends the records from a mark on that are not settled yet to the
// encoder, until the frame is full. Records that a filter drops are settled.
func (f *flush) encode(from mark, limit int) (next mark, n int) {
	next = from
	full := int(f.in.full.Load())
	for n < limit {
		before := next
		if !next.reader.Next(&f.event) {
			break
		}
		i := next.index
		next.index++
		if f.state.settled.has(i) {
			continue
		}
		if n > 0 && f.encoder.Size()+len(f.event.Raw)+margin > full {
			next = before
			break
		}
		f.intake.fill(&f.record, &f.event)
		if !f.in.chain.Apply(&f.record) {
			f.count(next.index)
			f.settleOne(i, &f.in.books.dropped)
			continue
		}
		if f.record.Flags&filters.Undecoded != 0 && i >= f.state.counted {
			f.in.books.undecoded.Add(1)
		}
		f.encoder.Append(&f.record)
		n++
	}
	f.count(next.index)
	return next, n
}

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
