package join

import (
	"context"
	"errors"
	"time"

	"github.com/k8slog/k8slog/filters"
)

// Fate is what became of records.
type Fate uint8

// The fates.
const (
	// Delivered: the backend has them.
	Delivered Fate = iota
	// Dropped by rule.
	Dropped
	// Rejected by the backend for good.
	Rejected
	// GivenBack to Fluent Bit, which will present them again.
	GivenBack
	// Declined: nothing continues them. Whoever has them sends them as they are.
	Declined
)

// Verdict is a fate, with its reason where it has one.
type Verdict struct {
	Fate Fate
	Err  error
}

// Offer is the beginning of a text whose rest the next chunk of its file is
// expected to bring. All of it is a copy. Who takes an Offer tells, once, what
// became of the text.
type Offer struct {
	// Record is the text so far, and what else is known of it.
	Record filters.Record
	// Partial: the text ends in the middle of a line.
	Partial bool

	progress progress
	state    offerState // belongs to the seams
	verdict  chan Verdict
}

type offerState uint8

const (
	open offerState = iota
	taken
	withdrawn
)

func newOffer(r *filters.Record, o *opening) *Offer {
	return &Offer{Record: r.Clone(), Partial: o.partial, progress: o.progress, verdict: make(chan Verdict, 1)}
}

// Tell says what became of the text that the offer is the beginning of.
// Whatever is told after the first time is not heard.
func (o *Offer) Tell(v Verdict) {
	select {
	case o.verdict <- v:
	default:
	}
}

// Await returns what became of an offer. One that nobody takes until a time is
// declined; one that was taken is given back at the deadline.
func (j *Joiner) Await(o *Offer, until, deadline time.Time) Verdict {
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
		return Verdict{Fate: Declined}
	}
	j.patience.bind(w)
	ctx, cancel = context.WithDeadline(context.Background(), deadline)
	defer cancel()
	select {
	case v := <-o.verdict:
		return v
	case <-ctx.Done():
		return Verdict{Fate: GivenBack, Err: errors.New("the chunk with the rest of a text is still under way")}
	}
}
