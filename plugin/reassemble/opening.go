package reassemble

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
	// unjudged: it is a line of which too little is known to tell what it
	// begins. Its state is what the first piece looks like.
	unjudged bool
	state    multiline.State
	lines    int
	bytes    int
	time     int64 // of its last record
}

// goesOn says whether more can follow.
func (s *progress) goesOn() bool { return s.partial || s.state != multiline.None }

// expects says whether more must follow, or is likely to.
func (s *progress) expects() bool { return s.partial || s.state.Expects() }

// opening is a text that is not at its end yet.
type opening struct {
	progress
	members  []chunk.Mark
	before   []*Offer
	deadline time.Time       // of the first chunk that has to do with it
	fields   []filters.Field // of its first record
	loose    []loose         // lines at its end that belong to it only if more follows
	line     []byte          // the line, as long as it is unjudged
	entries  bool            // its records are entries of the journal, each with fields of its own
	next     *opening        // a line in pieces that may go on with the text
}

// loose is a line that may belong to a text.
type loose struct{ members, bytes int }

// opening makes one for a text whose first record is r.
func (p *Plan) opening(r *filters.Record) *opening {
	var o *opening
	if n := len(p.spare); n > 0 {
		o, p.spare = p.spare[n-1], p.spare[:n-1]
		*o = opening{members: o.members[:0], fields: o.fields[:0], loose: o.loose[:0], line: o.line[:0]}
	} else {
		o = new(opening)
	}
	o.deadline = p.deadline
	if o.entries = p.entry != 0; !o.entries {
		o.fields = append(o.fields, r.Fields...)
	}
	return o
}

// add adds a record, behind which the text is in a state.
func (o *opening) add(at chunk.Mark, r *filters.Record, state multiline.State) {
	o.members = append(o.members, at)
	if !o.partial {
		o.lines++
	}
	n := r.Log.Len() + 1
	o.enter(state, loose{1, n})
	o.partial = r.Flags&filters.Partial != 0
	o.bytes += n
	o.time = r.Time
}

// enter takes note of the state behind a line.
func (o *opening) enter(state multiline.State, line loose) {
	if o.state = state; state.Tentative() {
		o.loose = append(o.loose, line)
	} else {
		o.loose = o.loose[:0]
	}
}

// trim gives up the members that nothing has confirmed, and returns them.
func (o *opening) trim() []chunk.Mark {
	n := len(o.members)
	for _, l := range o.loose {
		n -= l.members
	}
	rest := o.members[n:]
	o.members = o.members[:n]
	return rest
}

// begin returns what a text of several records begins with that begins with r;
// nil when none does.
func (p *Plan) begin(at chunk.Mark, r *filters.Record) *opening {
	text, _ := r.Log.Plain()
	state := p.state(text, r)
	if partial := r.Flags&filters.Partial != 0; !partial && state == multiline.None {
		return nil
	}
	o := p.opening(r)
	o.add(at, r, state)
	if p.tooShort(r) {
		o.unjudged, o.line = true, r.Log.AppendPlain(o.line)
	}
	return o
}

// state returns the state behind a text that begins with a line of the writer
// of r.
func (p *Plan) state(line []byte, r *filters.Record) multiline.State {
	place := multiline.Container
	if r.Source.Kind == filters.Component {
		place = multiline.Component
	}
	return p.joiner.config.Multiline.Begin(line, place)
}

// goesWith says whether r can be of one text with what was before. What has
// fields of its own would lose them, and stands alone.
func (o *opening) goesWith(r *filters.Record) bool {
	return r.Log.Exists() && (o.entries || slices.EqualFunc(o.fields, r.Fields, sameField))
}

// inTime says whether a line was written soon enough to be of the text.
func (p *Plan) inTime(o *opening, r *filters.Record) bool {
	wait := p.joiner.config.Wait.Nanoseconds()
	return wait <= 0 || r.Time <= o.time+wait && r.Time >= o.time-wait
}

// continues says whether r belongs to a text, and the state behind it.
func (p *Plan) continues(o *opening, r *filters.Record) (multiline.State, bool) {
	if !o.goesWith(r) {
		return multiline.None, false
	}
	if o.partial {
		return p.judge(o, r), true
	}
	if !p.inTime(o, r) {
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
func (p *Plan) fits(o *opening, r *filters.Record) bool { return p.fitsBytes(o, r.Log.Len()) }

func (p *Plan) fitsBytes(o *opening, n int) bool {
	c := &p.joiner.config
	if c.Bytes > 0 && o.bytes+n > c.Bytes {
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
