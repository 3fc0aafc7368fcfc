package reassemble

import (
	"bytes"
	"context"
	"errors"
	"time"

	"github.com/k8slog/k8slog/filters"
)

// Fate is what became of records.
type Fate uint8

// The fates.
const (
	// GivenBack to Fluent Bit, which will present them again.
	GivenBack Fate = iota
	// Delivered: the backend has them.
	Delivered
	// Dropped by rule.
	Dropped
	// Rejected by the backend for good.
	Rejected
	// Declined: nothing continues them. Whoever has them sends them as they are.
	Declined
)

// Verdict is a fate, with its reason where it has one.
type Verdict struct {
	Fate Fate
	Err  error
}

// Offer is the beginning of a text whose rest the next chunk of its file is
// expected to bring. All of it is a copy. Who takes an Offer tells what became
// of the text.
type Offer struct {
	// Record is the text so far, and what else is known of it.
	Record filters.Record
	// Partial: the text ends in the middle of a line.
	Partial bool

	file     string
	progress progress
	line     []byte    // as long as it is unjudged
	deadline time.Time // of the first chunk that has to do with the text
	verdict  chan Verdict

	// These belong to the seams.
	state offerState
	bound bool // who made it waits for the verdict, and for nothing else
}

type offerState uint8

const (
	open offerState = iota
	taken
	withdrawn
)

// newOffer makes an offer of what is open. The record may lie in the chunk.
func newOffer(r *filters.Record, w writer, o *opening) *Offer {
	offer := &Offer{
		Record: r.Clone(), Partial: o.partial,
		file: w.run.file, progress: o.progress, deadline: o.deadline, verdict: make(chan Verdict, 1),
	}
	if o.unjudged {
		offer.line = bytes.Clone(o.line)
	}
	return offer
}

// drop forgets the text.
func (o *Offer) drop() { o.Record.Log = filters.Text{} }

// Tell says what became of the text that the offer is the beginning of. It is
// heard once.
func (o *Offer) Tell(v Verdict) {
	select {
	case o.verdict <- v:
	default:
	}
}

// told returns what was told already.
func (o *Offer) told() (v Verdict, ok bool) {
	select {
	case v = <-o.verdict:
		return v, true
	default:
		return v, false
	}
}

// await returns what became of an offer. One that nobody takes until a time is
// declined; one that was taken is given back at the deadline.
func (j *Joiner) await(o *Offer, until, deadline time.Time) Verdict {
	if v, ok := o.told(); ok {
		return v
	}
	waits := time.Now().Before(until)
	w := j.patience.begin()
	defer j.patience.end(w)
	ctx, cancel := context.WithDeadline(context.Background(), until)
	defer cancel()
	select {
	case v := <-o.verdict:
		return v
	case <-ctx.Done():
	case <-w.over:
	}
	if j.seams.withdraw(o) {
		if waits && ctx.Err() != nil {
			j.seams.inVain(o.file)
		}
		return Verdict{Fate: Declined}
	}
	j.patience.bind(w)
	ctx, cancel = context.WithDeadline(context.Background(), deadline)
	defer cancel()
	select {
	case v := <-o.verdict:
		return v
	case <-ctx.Done():
		return Verdict{Fate: GivenBack, Err: errors.New("the other chunk is still under way")}
	}
}
