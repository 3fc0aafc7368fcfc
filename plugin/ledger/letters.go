package ledger

import (
	"slices"
	"strings"
	"sync"
	"time"
)

// maxReasons is the number of reasons of dead letters that are told apart. All others share
// one.
const (
	maxReasons   = 20
	otherReasons = "(other)"
)

// Letters counts dead letters by their reason, and has a sample of each. The zero Letters is
// empty. It is safe for concurrent use.
type Letters struct {
	mu       sync.Mutex
	byReason map[string]*Reason
	failing  error
	since    time.Time
}

// Letter is a sample of dead letters.
type Letter struct {
	At             time.Time
	Reason, Answer string // as in the dead-letter file
	ContainerName
	// Text is the beginning of the text; empty for none.
	Text string
}

// Reason is the dead letters of one reason.
type Reason struct {
	Records int64
	First   time.Time
	Last    Letter
}

// Add counts n records. Answers that differ only in numbers and in what is quoted are one
// reason.
func (l *Letters) Add(letter Letter, n int) {
	key := letter.Reason + ": " + shape(letter.Answer)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.failing = nil
	if l.byReason == nil {
		l.byReason = map[string]*Reason{}
	}
	found := l.byReason[key]
	if found == nil && len(l.byReason) >= maxReasons {
		key = otherReasons
		found = l.byReason[key]
	}
	if found == nil {
		found = &Reason{First: letter.At}
		l.byReason[key] = found
	}
	found.Records += int64(n)
	if letter.Text == "" && letter.ContainerName == found.Last.ContainerName {
		letter.Text = found.Last.Text
	}
	found.Last = letter
}

// Fail notes that refused records cannot be kept. The next success takes that back.
func (l *Letters) Fail(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.failing == nil {
		l.since = time.Now()
	}
	l.failing = err
}

// Failing returns since when refused records cannot be kept, and why; nil when they can.
func (l *Letters) Failing() (since time.Time, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.since, l.failing
}

// Reasons returns the reasons, the last one first.
func (l *Letters) Reasons() (all []Reason) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range l.byReason {
		all = append(all, *r)
	}
	slices.SortFunc(all, func(a, b Reason) int { return b.Last.At.Compare(a.Last.At) })
	return all
}

// maxShape is how many bytes of an answer tell its reason.
const maxShape = 200

// shape returns the beginning of an answer without its numbers and quotations.
func shape(answer string) string {
	answer = answer[:min(len(answer), maxShape)]
	var b strings.Builder
	var quote rune
	for _, r := range answer {
		switch {
		case quote != 0:
			if r == quote {
				quote = 0
			}
		case r == '\'' || r == '"' || r == '`':
			quote = r
			b.WriteByte('"')
		case r >= '0' && r <= '9':
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
