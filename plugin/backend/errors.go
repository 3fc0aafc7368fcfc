package backend

import (
	"fmt"
	"time"
)

// Rejected says that the backend will never take what it was sent. The records
// go to the dead-letter file.
type Rejected struct {
	// Answer is what the backend said, shortened, in one line.
	Answer string
	// Some is true when the fault may lie in some of the records only, so
	// that sending fewer at a time finds out which.
	Some bool
}

func (e *Rejected) Error() string { return "rejected for good: " + e.Answer }

// TooLarge says that the backend takes the same records in smaller requests.
type TooLarge struct{ Answer string }

func (e *TooLarge) Error() string { return "request too large: " + e.Answer }

// Mixed says that the backend has decided on each record by itself.
type Mixed struct {
	// Items has a verdict for each call of Append, in the order of the frames:
	// nil for what is taken for good, Rejected for what never will be. Any
	// other error means that trying again may help.
	Items []error
}

func (e *Mixed) Error() string {
	refused := 0
	var last error
	for _, err := range e.Items {
		if err != nil {
			refused, last = refused+1, err
		}
	}
	return fmt.Sprintf("%d of %d records were not taken, one because: %v", refused, len(e.Items), last)
}

// Throttled says that the backend asks to be left alone for a time.
type Throttled struct {
	// After is how long; zero when the backend did not say.
	After  time.Duration
	Answer string
}

func (e *Throttled) Error() string {
	if e.After == 0 {
		return "throttled: " + e.Answer
	}
	return fmt.Sprintf("throttled for %v: %s", e.After, e.Answer)
}
