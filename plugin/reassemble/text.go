package reassemble

import (
	"bytes"
	"slices"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/filters/multiline"
	"github.com/k8slog/k8slog/plugin/chunk"
)

// text is what a line in pieces and a message have in common: records that are
// one, as far as they have come. Nothing is copied: the records are known by
// their marks. The zero text is not open.
type text struct {
	progress
	open    bool
	members []chunk.Mark    // records of this chunk
	origins []*CarryOver    // what the chunks before have of the text
	fields  []filters.Field // of the first record
	// unclaimed is what a text in stream.before was restored from. The text is
	// not this chunk's until it goes on here.
	unclaimed *CarryOver
}

// progress is how far a text has come. It goes along with a carry-over.
type progress struct {
	part        bool // the text was cut, and this is not all of it
	known       bool // the state of a line in pieces is known already
	state       multiline.State
	lines       int
	bytes       int
	first, last int64 // times of the first record, and of the last
}

// start makes t a new text, in memory that is used again.
func (t *text) start(fields []filters.Field) {
	*t = text{open: true, members: t.members[:0], fields: append(t.fields[:0], fields...)}
}

// goesWith says whether a record with these fields can be of the text. Fields
// of its own would be lost.
func (t *text) goesWith(fields []filters.Field) bool {
	return slices.EqualFunc(t.fields, fields, sameField)
}

func sameField(a, b filters.Field) bool {
	return bytes.Equal(a.Key, b.Key) && bytes.Equal(a.Value, b.Value) && bytes.Equal(a.JSON, b.JSON)
}

// join appends another text, and closes that.
func (t *text) join(other *text) {
	t.members = append(t.members, other.members...)
	t.origins = append(slices.Clip(t.origins), other.origins...)
	t.part = t.part || other.part
	t.lines += other.lines
	t.bytes += other.bytes
	t.last = other.last
	other.open = false
}

// claim makes a restored text this chunk's. The rest of a line whose beginning
// was sent already is a part. A text that another chunk has is closed.
func (p *Plan) claim(t *text, rotated bool) {
	c := t.unclaimed
	if c == nil {
		return
	}
	t.unclaimed = nil
	switch p.ra.slots.claim(c, rotated) {
	case unclaimed:
		t.origins = []*CarryOver{c}
		p.claimed = append(p.claimed, c)
	case withdrawn:
		t.open, t.part, t.bytes = c.Partial, true, 0
	default:
		t.open = false
	}
}

// close ends a text, and makes a group of it if it is more than one record.
func (p *Plan) close(t *text) {
	p.claim(t, false)
	switch {
	case !t.open:
	case len(t.members) == 0:
		p.ra.slots.settle(t.origins, Outcome{Fate: Declined})
	case len(t.members) > 1 || len(t.origins) > 0 || t.part:
		p.group(t)
	}
	t.open = false
}

// group makes a group of the records of a text.
func (p *Plan) group(t *text) *Group {
	g := &Group{Members: slices.Clone(t.members), Origins: t.origins, Part: t.part, Bytes: t.bytes}
	p.enroll(g)
	return g
}

func (p *Plan) enroll(g *Group) {
	for _, m := range g.Members {
		p.groups[m.Index] = g
	}
}
