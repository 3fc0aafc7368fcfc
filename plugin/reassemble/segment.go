package reassemble

import "github.com/k8slog/k8slog/filters"

// Line is the place of a record's line. The zero Line is unknown.
type Line struct {
	// File is the name of the file. Add does not keep it.
	File []byte
	// Begin and End are the offsets of the first byte, and after the last byte.
	Begin, End int64
	// Read is when tail read the line, in nanoseconds since 1970.
	Read int64
	// Writer identifies the writer of a journal entry; zero for other records.
	Writer uint64
}

// segment is consecutive lines of a file in a chunk. A file name has several segments
// where lines are missing, and where tail reads from a rotated file and from the new
// one alternately.
type segment struct {
	path       string
	file       string // tag and path: the key in slots.files
	begin, end int64  // offsets
	since      int64  // when the first line was read
	read       int64  // when the last line was read
	slack      int64  // see the constant
	shared     bool   // texts may continue in other chunks
	// before is what each stream may continue, until its first record.
	before [filters.Stderr + 1]*stream
	slot
	// These are for a file that begins anew:
	records []postponed
	old     *segment // the end of the old file, if this chunk has it
	oldEnd  int64    // the end of old when the file began anew
}

// slack is the number of bytes between two consecutive lines: a line feed and a
// carriage return. Between the lines of a component there may be empty lines as well,
// which tail skips.
const (
	slack          = 2
	componentSlack = 64
)

// adjoins reports whether a line at begin follows a line that ended at end.
func (g *segment) adjoins(end, begin int64) bool { return begin >= end && begin-end <= g.slack }

// enter returns the writer of the next record: a file, a source with a name, or a
// stream of the journal. It returns false for a record of an unknown writer, which is
// not reassembled.
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
	p.last = w
	w.stream = r.Stream
	return w, true
}

// segmentOf returns the segment of a line. A new segment takes the slot where it
// begins.
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
		g.slack, g.shared = componentSlack, p.ra.config.Multiline != 0 || source.Multiline != nil
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
		p.postponed = append(p.postponed, g)
	case g.begin > 0 || p.mayWait:
		rotated := false
		for _, c := range p.ra.arrive(p.tag, g, p.until) {
			if c.end > 0 && !p.ra.config.ended(g.path, c.end) {
				continue
			}
			k := c.Record.Stream
			g.before[k] = g.before[k].restore(c)
			rotated = rotated || c.rotated
		}
		if rotated {
			p.postponed = append(p.postponed, g)
		}
	}
	return g
}
