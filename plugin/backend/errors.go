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
