package reassemble

import (
	"bytes"
	"errors"
	"time"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/ledger"
)

// Outcome is what became of a text.
type Outcome struct {
	// Records is the outcome of its records. Chunks with records that are Pending
	// are returned to Fluent Bit.
	Records ledger.Outcome
	// Declined is true when no other chunk continues the text. The chunk that
	// carried it over sends it as it is.
	Declined bool
	// Err is the reason, of DeadLettered and Pending; nil for none.
	Err error
	// Copies says which of several destinations have the text; the zero Copies for a text
	// with one destination.
	Copies ledger.Copies
}

// CarryOver is the beginning of a text. The next chunk of the file is expected to
// have the rest. A CarryOver keeps no reference to its chunk. The chunk that claims
// it passes on the outcome of the text.
type CarryOver struct {
	// Record is the text so far, with the metadata of its first record.
	Record filters.Record
	// Partial is true for a text that ends in the middle of a line.
	Partial bool

	file     string
	progress progress
	head     []byte    // the first bytes of the partial line, while its state is not known
	deadline time.Time // of the first chunk with a part of the text
	until    time.Time // how long its chunk waits for another one to claim it
	read     int64     // when its last line was read
	// lookahead is true for the last line of a message whose other lines are a carry-over
	// of their own.
	lookahead bool
	// ordinary is true for a single line that any line of its logger may be, and that
	// rarely goes on.
	ordinary bool

	// The lock of slots protects these.
	state    carryState
	resolved bool // the outcome is known
	outcome  Outcome
}

type carryState uint8

const (
	unclaimed carryState = iota
	claimed
	withdrawn
)

// newCarryOver returns a text as a carry-over. l is the partial line with which the
// text ends; nil for none. r may refer to the chunk.
func (p *Plan) newCarryOver(r *filters.Record, g *segment, t *text, l *line) *CarryOver {
	c := &CarryOver{Record: r.Clone(), file: g.file, progress: t.progress, deadline: p.deadlineOf(t), until: p.carryUntil(g, t), read: g.read, Partial: l != nil}
	if l != nil && !l.known {
		c.head = bytes.Clone(l.head)
	}
	return c
}

// beOrdinary makes c ordinary. What follows such a line was written at once, and only has
// to be handed over.
func (c *CarryOver) beOrdinary(wait time.Duration) {
	c.ordinary = true
	if soon := time.Unix(0, c.read).Add(wait); soon.Before(c.until) {
		c.until = soon
	}
}

// deadlineOf returns the deadline of the first chunk with a part of a text.
func (p *Plan) deadlineOf(t *text) time.Time {
	first := p.deadline
	for _, c := range t.origins {
		if c.deadline.Before(first) {
			first = c.deadline
		}
	}
	return first
}

// resolve sets the outcome of carry-overs.
func (s *slots) resolve(all []*CarryOver, o Outcome) {
	if len(all) == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range all {
		c.resolve(o)
	}
	s.change()
}

// resolve sets the outcome, and frees the text. Only the first call counts.
func (c *CarryOver) resolve(o Outcome) {
	if !c.resolved {
		c.resolved, c.outcome, c.Record.Log = true, o, filters.Text{}
	}
}

// withdraw frees the text. What remains shows that the rest of a partial line is
// a rest.
func (c *CarryOver) withdraw() { c.state, c.Record.Log = withdrawn, filters.Text{} }

// claim claims a carry-over if nobody has, and returns its state before. A
// carry-over of a rotated file counts as claimed when the old file has gone on, or
// when a chunk of it may be missing.
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

// withdraw withdraws a carry-over, and returns false when a chunk has claimed it.
// timedOut says that its chunk has waited as long as it may.
func (s *slots) withdraw(c *CarryOver, timedOut bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.state == claimed {
		return false
	}
	if timedOut {
		s.of(c.file).timedOut()
	}
	c.withdraw()
	return true
}

// Await waits for the outcome of a group that was carried over. The outcome is
// Declined when no chunk claims the group in time. It is Pending when a chunk has
// claimed the group and does not settle it by the deadline. Without wait, Await
// returns at once, with Pending for an unknown outcome.
func (p *Plan) Await(g *Group, wait bool) (o Outcome) {
	c, s, l := g.CarryOver, &p.ra.slots, &p.ra.limiter
	resolved := func() bool {
		o = c.outcome
		return c.resolved
	}
	if s.check(resolved) || !wait {
		return o
	}
	early := time.Now().Before(c.until)
	if p.waiting == nil {
		p.waiting = l.begin(p.worth())
	}
	w := p.waiting
	s.wait(w.over, c.until, func() bool { return resolved() || p.futile(c) })
	if s.check(resolved) {
		return o
	}
	if s.withdraw(c, c.Partial && early && !time.Now().Before(c.until)) {
		return Outcome{Declined: true}
	}
	l.bind(w, true)
	defer l.bind(w, false)
	if !s.wait(nil, p.deadline, resolved) {
		o.Err = errors.New("the other chunk is still under way")
	}
	return o
}

// StopWaiting ends what Await has begun. A chunk that the wait limiter has told to stop
// does not begin to wait again.
func (p *Plan) StopWaiting() {
	if p.waiting != nil {
		p.ra.limiter.end(p.waiting)
		p.waiting = nil
	}
}

// worth returns what waiting for the rest of all that is carried over is worth.
func (p *Plan) worth() (most worth) {
	for _, g := range p.carried {
		switch c := g.CarryOver; {
		case c == nil:
		case c.Partial:
			return restOfLine
		case !c.ordinary:
			most = restOfMessage
		}
	}
	return most
}
