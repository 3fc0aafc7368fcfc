package join

import (
	"bytes"
	"slices"
	"time"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/filters/multiline"
	"github.com/k8slog/k8slog/plugin/chunk"
)

// progress is how far a text has come.
type progress struct {
	part    bool // it is not all of the text: that was cut
	partial bool // its last record is a piece
	state   multiline.State
	lines   int
	bytes   int
	time    int64 // of its last record
}

// goesOn says whether more can follow.
func (s *progress) goesOn() bool { return s.partial || s.state != multiline.None }

// expects says whether more must follow, or is likely to.
func (s *progress) expects() bool { return s.partial || s.state.Expects() }

// opening is a text that is not at its end yet.
type opening struct {
	progress
	members  []chunk.Mark
	before   *Offer
	deadline time.Time       // of the first chunk that has to do with it
	fields   []filters.Field // of its first record
	loose    int             // members at its end that belong to it only if more follows
}

// opening makes one for a text whose first record is r.
func (p *Plan) opening(r *filters.Record) *opening {
	var o *opening
	if n := len(p.spare); n > 0 {
		o, p.spare = p.spare[n-1], p.spare[:n-1]
		*o = opening{members: o.members[:0], fields: o.fields[:0]}
	} else {
		o = new(opening)
	}
	o.fields, o.deadline = append(o.fields, r.Fields...), p.deadline
	return o
}

// add adds a record, behind which the text is in a state.
func (o *opening) add(at chunk.Mark, r *filters.Record, state multiline.State) {
	o.members = append(o.members, at)
	if !o.partial {
		o.lines++
	}
	if o.state = state; state.Tentative() {
		o.loose++
	} else {
		o.loose = 0
	}
	o.partial = r.Flags&filters.Partial != 0
	o.bytes += r.Log.Len() + 1
	o.time = r.Time
}

// trim gives up the members that nothing has confirmed.
func (o *opening) trim() {
	o.members, o.loose = o.members[:len(o.members)-o.loose], 0
}

// first says whether a text of several records can begin with r.
func (p *Plan) first(r *filters.Record) (multiline.State, bool) {
	state := multiline.None
	if set := p.joiner.config.Multiline; set != 0 {
		place := multiline.Container
		if r.Source.Kind == filters.Component {
			place = multiline.Component
		}
		text, _ := r.Log.Plain()
		state = set.Begin(text, place)
	}
	return state, r.Flags&filters.Partial != 0 || state != multiline.None
}

// continues says whether r belongs to a text, and the state behind it. What
// has fields of its own would lose them, and stands alone.
func (p *Plan) continues(o *opening, r *filters.Record) (multiline.State, bool) {
	if !r.Log.Exists() || !slices.EqualFunc(o.fields, r.Fields, sameField) {
		return multiline.None, false
	}
	if o.partial {
		return o.state, true
	}
	if wait := p.joiner.config.Wait.Nanoseconds(); wait > 0 && (r.Time > o.time+wait || r.Time < o.time-wait) {
		return multiline.None, false
	}
	line, ok := r.Log.Plain()
	if !ok {
		p.line = r.Log.AppendPlain(p.line[:0])
		line = p.line
	}
	state := o.state.Next(line)
	if state.Tentative() && (r.Flags&filters.Partial != 0 || !p.fits(o, r)) {
		// The rest of a piece could not be told from that of the text.
		return multiline.None, false
	}
	return state, state != multiline.None
}

func sameField(a, b filters.Field) bool {
	return bytes.Equal(a.Key, b.Key) && bytes.Equal(a.Value, b.Value) && bytes.Equal(a.JSON, b.JSON)
}

// fits says whether a text may grow by r.
func (p *Plan) fits(o *opening, r *filters.Record) bool {
	c := &p.joiner.config
	if c.Bytes > 0 && o.bytes+r.Log.Len() > c.Bytes {
		return false
	}
	return o.partial || c.Lines == 0 || o.lines < c.Lines
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
