package reassemble

import "github.com/k8slog/k8slog/filters"

// Line is where a record's line stood in its file. The zero Line is unknown.
type Line struct {
	// File is the file's name. It may change after the call.
	File []byte
	// Begin and End are the offsets of its first byte, and behind its last.
	Begin, End int64
	// Read is when it was read, in nanoseconds since 1970.
	Read int64
	// Writer is who wrote a journal entry that is a line; zero for all else.
	Writer uint64
}

// segment is lines of a file in a chunk that stand one behind the other. A name
// has several where lines are missing, and where tail reads by turns the file
// that has the name and the file that had it before.
type segment struct {
	path       string
	file       string // tag and path: the key of its slots
	begin, end int64
	since      int64 // when the first line was read
	read       int64 // when the last line was
	slack      int64
	shared     bool // chunks before and behind can have more of its texts
	// before is what each stream may go on with, until its first record.
	before [filters.Stderr + 1]*stream
	slot
	// Of one that begins a file anew, and is worked on last:
	records []deferred
	old     *segment // the end of the old file, if this chunk has it
	oldEnd  int64    // where that ended when the file began anew
}

// slack is how many bytes may lie between two lines that follow each other: a
// line feed and a carriage return. Between those of a component it is also
// empty lines, which tail leaves out.
const (
	slack          = 2
	componentSlack = 64
)

// adjoins says whether a line follows where another ends.
func (g *segment) adjoins(end, begin int64) bool { return begin >= end && begin-end <= g.slack }

// enter finds the writer of the next record. It returns false where nobody knows
// which records follow each other. Known are those of a file, of a source that
// is known by name, or of a stream in the journal.
func (p *Plan) enter(r *filters.Record, line Line) (w writer, ok bool) {
	w = writer{entry: line.Writer}
	switch {
	case r.Source.Kind == filters.Journal && line.Writer == 0, r.Source.Kind == filters.Unknown && len(line.File) == 0:
		return w, false
	case line.Writer != 0 || len(line.File) == 0:
		w.source = r.Source
	default:
		w.segment = p.segmentOf(r.Source, line)
		w.segment.end, w.segment.read = line.End, line.Read
	}
	p.read = max(p.read, line.Read)
	if len(p.streams) > 0 && w.entry == 0 && w != p.last { // entries of others may stand between
		p.closeWeak(w)
	}
	p.last = w
	w.stream = r.Stream
	return w, true
}

// closeWeak closes the messages of other files and sources that need not go on:
// when the chunk turns to another file, tail has read what was there.
func (p *Plan) closeWeak(now writer) {
	for w, s := range p.streams {
		if w.entry == 0 && (w.segment != now.segment || w.source != now.source) && !s.message.expects() {
			p.closeMessage(s)
			p.freeIfClosed(w, s)
		}
	}
}

// segmentOf returns the segment of a line. A new one begins with what the chunk
// before carried over.
func (p *Plan) segmentOf(source *filters.Source, line Line) *segment {
	if g := p.last.segment; g != nil && g.adjoins(g.end, line.Begin) && g.path == string(line.File) {
		return g
	}
	others := p.segments[string(line.File)]
	for _, g := range others {
		if g.adjoins(g.end, line.Begin) {
			return g
		}
	}
	g := &segment{begin: line.Begin, since: line.Read, slack: slack, shared: source.Kind == filters.Container}
	g.file = p.tag + "\x00" + string(line.File)
	g.path = g.file[len(g.file)-len(line.File):]
	if source.Kind == filters.Component {
		g.slack, g.shared = componentSlack, p.ra.config.Multiline != 0
	}
	p.segments[g.path] = append(others, g)
	if !g.shared {
		return g
	}
	p.ra.slots.begin(g)
	switch {
	case g.begin == 0 && len(others) > 0:
		g.old = others[len(others)-1]
		g.oldEnd = g.old.end
		p.deferred = append(p.deferred, g)
	case g.begin > 0 || p.patient:
		rotated := false
		for _, c := range p.ra.arrive(g, p.until) {
			k := c.Record.Stream
			g.before[k] = g.before[k].restore(c)
			rotated = rotated || c.rotated
		}
		if rotated {
			p.deferred = append(p.deferred, g)
		}
	}
	return g
}
