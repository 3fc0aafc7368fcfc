package reassemble

import (
	"bytes"
	"errors"
	"time"

	"github.com/k8slog/k8slog/filters"
)

// Fate is what became of records.
type Fate uint8

// The fates.
const (
	// GivenBack to Fluent Bit, which presents the records again.
	GivenBack Fate = iota
	// Delivered: the backend has the records.
	Delivered
	// DeadLettered: the backend refused the records for good.
	DeadLettered
	// Dropped by a rule.
	Dropped
	// Declined: no other chunk goes on with the records. The chunk that has them
	// sends them as they are.
	Declined
)

// Outcome is a fate, with the reason where there is one.
type Outcome struct {
	Fate Fate
	Err  error
}

// CarryOver is the beginning of a text whose rest the next chunk of the file is
// expected to bring. All of it is a copy. The chunk that claims it tells the
// outcome of the text.
type CarryOver struct {
	// Record is the text so far, and what else is known of it.
	Record filters.Record
	// Partial: the text ends in the middle of a line.
	Partial bool

	file     string
	progress progress
	head     []byte    // of the line, while its state is not known
	deadline time.Time // of the first chunk that has a part of the text

	// These belong to the slots.
	state   carryState
	told    bool
	outcome Outcome
}

type carryState uint8

const (
	unclaimed carryState = iota
	claimed
	withdrawn
)

// newCarryOver makes one of a text that ends in a line, or whole. The record
// may lie in the chunk.
func (p *Plan) newCarryOver(r *filters.Record, g *segment, t *text, l *line) *CarryOver {
	c := &CarryOver{Record: r.Clone(), file: g.file, progress: t.progress, deadline: p.deadlineOf(t), Partial: l != nil}
	if l != nil && !l.known {
		c.head = bytes.Clone(l.head)
	}
	return c
}

// deadlineOf returns the deadline of the first chunk that has a part of a text.
func (p *Plan) deadlineOf(t *text) time.Time {
	first := p.deadline
	for _, c := range t.origins {
		if c.deadline.Before(first) {
			first = c.deadline
		}
	}
	return first
}

// settle tells the outcome of texts.
func (s *slots) settle(all []*CarryOver, o Outcome) {
	if len(all) == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range all {
		c.tell(o)
	}
	s.change()
}

// tell tells the outcome of the text, which is not needed any more. Only the
// first call counts.
func (c *CarryOver) tell(o Outcome) {
	if !c.told {
		c.told, c.outcome, c.Record.Log = true, o, filters.Text{}
	}
}

// withdraw leaves of the carry-over only what shows that the rest of a line is
// one.
func (c *CarryOver) withdraw() { c.state, c.Record.Log = withdrawn, filters.Text{} }

// claim makes an unclaimed carry-over the caller's, and returns the state in
// which it was. One of a file that was rotated counts as claimed when the old
// file has gone on, or a chunk can be missing in between.
func (s *slots) claim(c *CarryOver, rotated bool) (was carryState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if rotated && !s.of(c.file).ends(c, &s.unread) {
		return claimed
	}
	if was = c.state; was == unclaimed {
		c.state = claimed
	}
	return was
}

// withdraw takes a carry-over back, unless somebody has claimed it.
func (s *slots) withdraw(c *CarryOver, inVain bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.state == claimed {
		return false
	}
	if inVain {
		s.of(c.file).inVain()
	}
	c.withdraw()
	return true
}

// Await returns the outcome of a group that was carried over. When nobody claims
// it in time, it is declined; when somebody has, it is given back at the chunk's
// deadline. Without wait Await returns at once: GivenBack for what is not known.
func (p *Plan) Await(g *Group, wait bool) (o Outcome) {
	c, s, l := g.CarryOver, &p.ra.slots, &p.ra.limiter
	told := func() bool {
		o = c.outcome
		return c.told
	}
	if s.check(told) || !wait {
		return o
	}
	early := time.Now().Before(p.until)
	w := l.begin()
	defer l.end(w)
	if s.wait(w.over, p.until, told) {
		return o
	}
	if s.withdraw(c, early && !time.Now().Before(p.until)) {
		return Outcome{Fate: Declined}
	}
	l.bind(w)
	if !s.wait(nil, p.deadline, told) {
		o.Err = errors.New("the other chunk is still under way")
	}
	return o
}
