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
	elsewhere // what claim returns when another chunk has it
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

// settle tells what became of texts. Each hears it once.
func (s *slots) settle(all []*CarryOver, o Outcome) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range all {
		c.tell(o)
	}
	s.change()
}

func (c *CarryOver) tell(o Outcome) {
	if !c.told {
		c.told, c.outcome = true, o
	}
}

// claim makes a carry-over the caller's. One of a file that was rotated is the
// caller's only while the old file has not gone on, and no chunk can be missing
// in between.
func (s *slots) claim(c *CarryOver, rotated bool) carryState {
	s.mu.Lock()
	defer s.mu.Unlock()
	if rotated && !s.of(c.file).ends(c, &s.unread) {
		return elsewhere
	}
	switch c.state {
	case unclaimed:
		c.state = claimed
		return claimed
	case withdrawn:
		return withdrawn
	}
	return elsewhere
}

// withdraw takes a carry-over back, unless somebody has claimed it. The text in
// it is not needed any more.
func (s *slots) withdraw(c *CarryOver, inVain bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.state == claimed {
		return false
	}
	if inVain {
		s.of(c.file).inVain()
	}
	c.state = withdrawn
	c.Record.Log = filters.Text{}
	return true
}

// await returns the outcome of a text that was carried over. When nobody claims
// it until a time, it is declined. When somebody has claimed it, it is given
// back at the deadline.
func (ra *Reassembler) await(c *CarryOver, until, deadline time.Time) Outcome {
	s := &ra.slots
	told := func() bool { return c.told }
	if s.check(told) {
		return c.outcome
	}
	waits := time.Now().Before(until)
	w := ra.limiter.begin()
	defer ra.limiter.end(w)
	if s.wait(w.over, until, told) {
		return c.outcome
	}
	if s.withdraw(c, waits && !time.Now().Before(until)) {
		return Outcome{Fate: Declined}
	}
	ra.limiter.bind(w)
	if s.wait(nil, deadline, told) {
		return c.outcome
	}
	return Outcome{Err: errors.New("the other chunk is still under way")}
}
