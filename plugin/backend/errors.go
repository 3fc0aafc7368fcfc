package backend

import (
	"fmt"
	"time"
)

// Rejected is the error of a backend that will never take what it was sent. The
// records go to the dead-letter file.
type Rejected struct {
	// Answer is what the backend said, shortened, in one line.
	Answer string
	// Some is true when only some of the records may be at fault: of the request, or
	// of the items with this verdict. Sending fewer at a time then finds these records.
	Some bool
}

func (e *Rejected) Error() string { return "rejected for good: " + e.Answer }

// TooLarge is the error of a backend that takes the same records in smaller
// requests.
type TooLarge struct{ Answer string }

func (e *TooLarge) Error() string { return "request too large: " + e.Answer }

// PartialError is the error of a backend that has decided on each record by
// itself.
type PartialError struct {
	// Items has a verdict for each call of Append, in the order of the frames:
	// nil for a record that is stored, Rejected for one that never will be. Any
	// other error means that a retry may help.
	Items []error
}

func (e *PartialError) Error() string {
	refused := 0
	var last error
	for _, err := range e.Items {
		if err != nil {
			refused, last = refused+1, err
		}
	}
	return fmt.Sprintf("%d of %d records were not taken, one because: %v", refused, len(e.Items), last)
}

// Undecided is the error of an item whose request had no answer, while others of the same
// Send had one. It says nothing about the item's scope.
type Undecided struct{ Err error }

func (e *Undecided) Error() string { return e.Err.Error() }

func (e *Undecided) Unwrap() error { return e.Err }

// NotTaken is the error of a backend that has a reason for each record and took none, which
// is how one is that is down.
type NotTaken struct {
	Err error // of the request
	// Items has the reason for each call of Append, as PartialError has it.
	Items []error
}

func (e *NotTaken) Error() string { return e.Err.Error() }

func (e *NotTaken) Unwrap() error { return e.Err }

// Failed is the error of a server that has failed while it worked on the request,
// as with HTTP 500. One of the records may be the cause: sending fewer at a time
// then finds it, and the record waits. A server that cannot work at all (502, 503,
// 504, no connection) answers with another error.
type Failed struct{ Answer string }

func (e *Failed) Error() string { return "the server failed: " + e.Answer }

// Throttled is the error of a backend that asks for a pause.
type Throttled struct {
	// After is the length of the pause; zero when the backend names none.
	After  time.Duration
	Answer string
}

func (e *Throttled) Error() string {
	if e.After == 0 {
		return "throttled: " + e.Answer
	}
	return fmt.Sprintf("throttled for %v: %s", e.After, e.Answer)
}
