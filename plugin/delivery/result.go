package delivery

import (
	"errors"
	"fmt"

	"github.com/k8slog/k8slog/plugin/backend"
)

// Verdict is the backend's decision on a frame.
type Verdict uint8

const (
	// Retry: the backend has not decided, or does not take the records for now.
	Retry Verdict = iota
	// Accepted: the backend has taken every record for good.
	Accepted
	// Rejected: the backend will never take any of the records.
	Rejected
	// Split: the backend may take the records in smaller requests, or some of
	// them. With backend.Failed as the reason, one of the records may be the cause.
	Split
	// PerItem: the backend has decided on each item by itself.
	PerItem
)

// Result is a verdict with its reason.
type Result struct {
	Verdict Verdict
	// Err is the reason of every verdict but Accepted.
	Err error
	// Items are the verdicts of PerItem, one for each item of the frame, in the
	// errors of backend.PartialError. With Retry they are the reasons for each item, or nil
	// where these are not known.
	Items []error
	// Exclusive is true when the frame was the only one in its request.
	Exclusive bool
	// Detached is true when the request goes on without the round. The records may
	// still be stored, and the function that is given to Round.End gets the
	// result. The backend may read the frame's bytes until then.
	Detached bool
}

// resultOf returns the result of a request with so many frames and items, which
// ended with an error or nil.
func resultOf(err error, frames, items int) Result {
	rejected, isRejected := errors.AsType[*backend.Rejected](err)
	partial, isPartial := errors.AsType[*backend.PartialError](err)
	switch {
	case err == nil:
		return Result{Verdict: Accepted}
	case is[*backend.TooLarge](err), is[*backend.Failed](err), isRejected && (rejected.Some || frames > 1):
		return Result{Verdict: Split, Err: err}
	case isPartial && len(partial.Items) != items:
		return Result{Verdict: Retry, Err: fmt.Errorf("the answer is for %d records, not %d: %w", len(partial.Items), items, err)}
	case isPartial:
		return Result{Verdict: PerItem, Err: err, Items: partial.Items}
	case isRejected:
		return Result{Verdict: Rejected, Err: err}
	}
	notTaken, _ := errors.AsType[*backend.NotTaken](err)
	if notTaken != nil && len(notTaken.Items) == items {
		return Result{Verdict: Retry, Err: err, Items: notTaken.Items}
	}
	return Result{Verdict: Retry, Err: err}
}

// isFinal reports whether no further try changes the answer of the backend.
func isFinal(err error) bool {
	return is[*backend.Rejected](err) || is[*backend.TooLarge](err) || is[*backend.PartialError](err)
}

func is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}
