package plugin

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/chunk"
	"github.com/k8slog/k8slog/plugin/reassemble"
)

// This file is the records of a chunk that are one: finding them, and making
// one of them.

// joining is what it takes to join records.
type joining struct {
	member filters.Record
	event  chunk.Event
	text   []byte
}

// beginPlan begins the plan of the chunk. It is made while the records are
// encoded, as long as each stands alone, and else ahead of them: so most chunks
// are read only once.
func (f *flush) beginPlan(start chunk.Mark) {
	f.ahead, f.planned = start, false
	again := f.state.counted > 0
	// Of a file that is not read any more no rest will come.
	f.plan.Begin(f.tag, f.deadline, !again && !f.in.stopping(), f.keeps())
	if again {
		f.planAll()
	}
}

// planOne puts the record in f.event, which stands behind the mark, into the
// plan, and leaves it in f.record. It returns false when the record is one
// with others, or may be.
func (f *flush) planOne(at chunk.Mark) (alone bool) {
	f.read(&f.record, &f.event, at.Index)
	if f.record.Flags&filters.Undecoded != 0 && at.Index >= f.state.counted {
		f.in.books.undecoded.Add(1)
	}
	if f.state.settled.has(at.Index) {
		f.plan.Skip(at, &f.record, f.intake.line)
	} else {
		f.plan.Add(at, &f.record, f.intake.line)
	}
	return f.plan.Settled() && f.plan.Group(at.Index) == nil
}

// planAhead makes the plan until it is known what the records so far belong to.
func (f *flush) planAhead() {
	for !f.plan.Settled() && f.planStep() {
	}
}

// planAll makes the plan up to the end of the chunk.
func (f *flush) planAll() {
	if f.planned {
		return
	}
	for f.planStep() {
	}
	f.count(total(f.ahead))
	f.planned = true
	f.plan.End(f.assemble)
}

// planStep puts the next record into the plan, and returns false at the end.
func (f *flush) planStep() bool {
	at := f.ahead
	if !f.ahead.Next(&f.event) {
		return false
	}
	f.planOne(at)
	return true
}

// assemble makes f.record the one record of a group, and returns it. It has
// the time, stream and fields of the first.
func (f *flush) assemble(g *reassemble.Group) *filters.Record {
	r, text := &f.record, f.joining.text[:0]
	partial := false
	for i, before := range g.Before {
		if head := &before.Record; i == 0 {
			fields, scratch := append(r.Fields[:0], head.Fields...), r.Scratch[:0]
			*r = *head
			r.Fields, r.Scratch = fields, scratch
		} else if !partial {
			text = append(text, '\n')
		}
		text, partial = before.Record.Log.AppendPlain(text), before.Partial
	}
	for i, m := range g.Members {
		at := m.Index
		m.Next(&f.joining.event)
		member := &f.joining.member
		if i == 0 && len(g.Before) == 0 {
			member = r
		}
		f.read(member, &f.joining.event, at)
		if (i > 0 || len(g.Before) > 0) && !partial {
			text = append(text, '\n')
		}
		text = member.Log.AppendPlain(text)
		partial = member.Flags&filters.Partial != 0
	}
	r.Log = filters.PlainText(text)
	r.Flags &^= filters.Partial
	if partial || g.Part {
		r.Flags |= filters.Partial
	}
	f.joining.text = text
	return r
}

// members are the records of a group, or the one that belongs to none.
func members(g *reassemble.Group, at chunk.Mark) []chunk.Mark {
	if g == nil {
		return []chunk.Mark{at}
	}
	return g.Members
}

// deliverOffered waits for what became of the texts that were offered to the
// chunk behind, and delivers those that it did not take. When the chunk has
// failed already it only takes in what is known. It returns the first failure.
func (f *flush) deliverOffered(failed error) error {
	for _, g := range f.plan.Offered() {
		first := g.Members[0]
		behind := chunk.Mark{Index: first.Index + 1}
		v := f.plan.Await(g, failed == nil)
		var err error
		if v.Fate == reassemble.Declined && g.Offer.Partial && f.keeps() {
			v = reassemble.Verdict{Fate: reassemble.GivenBack, Err: reassemble.ErrKept}
		}
		if v.Fate != reassemble.GivenBack {
			g.Offer = nil
		}
		switch v.Fate {
		case reassemble.GivenBack:
			err = errors.New("a text goes on in another chunk, which is not settled")
			if v.Err != nil {
				err = fmt.Errorf("a text goes on in another chunk: %w", v.Err)
			}
		case reassemble.Declined:
			if failed == nil {
				_, _, err = f.deliver(first, 1, false, way{})
			}
		case reassemble.Rejected:
			err = f.bury(first, behind, way{}, func(int) error { return v.Err })
		default:
			f.settle(first, behind, way{}, v)
		}
		failed = cmp.Or(failed, err)
	}
	return failed
}

// keeps says whether what ends in the middle of a line is given back for the
// next start.
func (f *flush) keeps() bool { return f.in.config.JoinRestart && f.in.stopping() }

// dissolve sends the records of a group one by one: joined, the backend did not
// take them.
func (f *flush) dissolve(g *reassemble.Group) error {
	f.plan.Dissolve(g)
	for _, m := range g.Members {
		if _, _, err := f.deliver(m, 1, true, way{}); err != nil {
			return err
		}
	}
	return nil
}
