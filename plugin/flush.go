package plugin

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/chunk"
	"github.com/k8slog/k8slog/plugin/deadletter"
	"github.com/k8slog/k8slog/plugin/delivery"
)

// maxDivisions bounds how often a chunk is divided to find the records that
// the backend refuses. What is still together then is refused together.
const maxDivisions = 64

// flush brings one chunk to the backend. Its memory serves one chunk after
// another.
type flush struct {
	in      *Instance
	intake  intake
	record  filters.Record
	event   chunk.Event
	encoder backend.Encoder
	frame   delivery.Frame
	letters []byte

	tag       string
	data      []byte
	deadline  time.Time
	state     chunkState
	divisions int
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
	f.divisions = maxDivisions
	f.intake.begin(f.tag)
	m := mark{reader: chunk.NewReader(f.data)}
	for {
		next, sent, err := f.deliver(m, math.MaxInt, false)
		if err == nil && sent == 0 {
			err = f.buryRest(next)
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
	result := f.in.committer.Commit(&f.frame)
	if result.Verdict == delivery.Divide && !result.Alone {
		// The fault may be in the frames that travelled with this one.
		f.frame.Alone = true
		result = f.in.committer.Commit(&f.frame)
	}
	switch result.Verdict {
	case delivery.Accepted:
		f.settle(from, next, &f.in.books.delivered)
		return next, sent, nil
	case delivery.Rejected:
		return next, sent, f.bury(from, next, result.Err)
	case delivery.Divide:
		if sent == 1 || f.divisions == 0 {
			return next, sent, f.bury(from, next, result.Err)
		}
		f.divisions--
		middle, half, err := f.deliver(from, (sent+1)/2, true)
		if err == nil {
			_, _, err = f.deliver(middle, sent-half, true)
		}
		return next, sent, err
	}
	return next, sent, result.Err
}

// encode appends the records from a mark on that are not settled yet to the
// encoder, until the frame is full. Records that a filter drops are settled.
func (f *flush) encode(from mark, limit int) (next mark, n int) {
	next = from
	full := f.in.config.BatchBytes
	for n < limit && f.encoder.Size() < full && next.reader.Next(&f.event) {
		i := next.index
		next.index++
		if f.state.settled.has(i) {
			continue
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
	if err := f.in.deadLetters.Write(f.letters); err != nil {
		return fmt.Errorf("cannot keep refused records: %w", err)
	}
	f.in.log.Warnf("records went to the dead-letter file: %v", why)
	f.settle(from, to, &f.in.books.deadLettered)
	return nil
}

// buryRest writes what is left of a corrupt chunk to the dead-letter file. In
// the books it is one record: what it was cannot be known.
func (f *flush) buryRest(end mark) error {
	if end.reader.Err() == nil || f.state.settled.has(end.index) {
		return nil
	}
	f.count(end.index + 1)
	line := deadletter.Append(nil, &deadletter.Letter{
		Time: time.Now(), Tag: f.tag, Reason: deadletter.Corrupt, Answer: end.reader.Err().Error(), Raw: end.reader.Rest(),
	})
	if err := f.in.deadLetters.Write(line); err != nil {
		return fmt.Errorf("cannot keep the rest of a corrupt chunk: %w", err)
	}
	f.in.books.corrupt.Add(1)
	f.in.log.Errorf("chunk of tag %q is corrupt: %d bytes went to the dead-letter file", f.tag, len(end.reader.Rest()))
	f.settleOne(end.index, &f.in.books.deadLettered)
	return nil
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
func (f *flush) settle(from, to mark, account interface{ Add(int64) int64 }) {
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

func (f *flush) settleOne(i int, account interface{ Add(int64) int64 }) {
	f.settle(mark{index: i}, mark{index: i + 1}, account)
}
