package reassemble

import (
	"bytes"
	"slices"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/filters/multiline"
	"github.com/k8slog/k8slog/plugin/chunk"
)

// text is what a line and a message have in common: records that become one record.
// The text of the records is not copied, only their marks are kept. The zero text is
// not open.
type text struct {
	progress
	open    bool
	members []chunk.Mark    // the records of this chunk
	origins []*CarryOver    // the parts of the text in earlier chunks
	fields  []filters.Field // of the first record
	// unclaimed is the carry-over of a text in stream.before. This chunk claims it
	// when its first line continues the text.
	unclaimed *CarryOver
}

// progress is the part of a text's state that a carry-over has as well.
type progress struct {
	part        bool // the text was cut, and is not complete
	known       bool // the state of a partial line is known already
	state       multiline.State
	lines       int
	bytes       int
	first, last int64 // the times of the first and the last record
}

// start makes t a new text. It reuses its memory.
func (t *text) start(fields []filters.Field) {
	*t = text{open: true, members: t.members[:0], fields: append(t.fields[:0], fields...)}
}

// goesWith reports whether a record with these fields can belong to the text. Other
// fields than those of the first record would be lost.
func (t *text) goesWith(fields []filters.Field) bool {
	return slices.EqualFunc(t.fields, fields, sameField)
}

func sameField(a, b filters.Field) bool {
	return bytes.Equal(a.Key, b.Key) && bytes.Equal(a.Value, b.Value) && bytes.Equal(a.JSON, b.JSON)
}

// join appends another text, and closes the other text.
func (t *text) join(other *text) {
	t.members = append(t.members, other.members...)
	t.origins = append(slices.Clip(t.origins), other.origins...)
	t.part = t.part || other.part
	t.lines += other.lines
	t.bytes += other.bytes
	t.last = other.last
	other.open = false
}

// claim claims the carry-over that a text was restored from. If the beginning of its
// line was sent already, the rest is a part. If another chunk has claimed it, the text
// is closed.
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

// close closes a text, and makes a group of a text of several records.
func (p *Plan) close(t *text) {
	p.claim(t, false)
	switch {
	case !t.open:
	case len(t.members) == 0:
		p.ra.slots.resolve(t.origins, Outcome{Declined: true})
	case len(t.members) > 1 || len(t.origins) > 0 || t.part:
		p.group(t)
	}
	t.open = false
}

// group makes the records of a text a group.
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
