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
	// Writer is who wrote an entry of the journal that is a line; zero for all
	// else.
	Writer uint64
}

// run is lines of a file in a chunk that stand one behind the other. A name has
// several where lines are missing, and where tail reads the file that has the
// name and the one that had it before in turn.
type run struct {
	path   string
	file   string // tag and path: what the seams know it by
	begin  int64
	end    int64
	since  int64 // when the first line was read
	read   int64 // when the last line was
	slack  int64
	offers []*Offer
	turned []*Offer // of the old file: see seam
	left   bool
}

// How many bytes may lie between two lines that follow each other: a line feed
// and a carriage return; between those of a component also empty lines, which
// tail leaves out.
const (
	slack          = 2
	componentSlack = 64
)

// adjoins says whether a line follows where another ends.
func (r *run) adjoins(end, begin int64) bool { return begin >= end && begin-end <= r.slack }

// enter finds the run that a line belongs to, as p.run; nil where it cannot be
// known. A new run takes in what the chunk before had to offer.
func (p *Plan) enter(source *filters.Source, line Line) {
	before, beforeSource := p.run, p.source
	if p.source, p.entry = source, line.Writer; p.entry != 0 {
		p.run = nil // entries of others may stand between
		return
	}
	if len(line.File) == 0 {
		p.run = nil
	} else {
		p.run = p.runOf(source, line)
		p.run.end, p.run.read = line.End, line.Read
	}
	if (p.run != before || p.run == nil && source != beforeSource) && !p.Settled() {
		p.closeWeak(before, beforeSource)
	}
}

func (p *Plan) runOf(source *filters.Source, line Line) *run {
	if r := p.run; r != nil && r.adjoins(r.end, line.Begin) && r.path == string(line.File) {
		return r
	}
	others := p.runs[string(line.File)]
	for _, r := range others {
		if r.adjoins(r.end, line.Begin) {
			return r
		}
	}
	r := &run{path: string(line.File), begin: line.Begin, since: line.Read, slack: slack}
	r.file = p.tag + "\x00" + r.path
	if source.Kind == filters.Component {
		r.slack = componentSlack
	}
	p.runs[r.path] = append(others, r)
	if !p.splits(source) {
		r.left = true // nothing is said of it to other chunks
		return r
	}
	p.joiner.seams.begin(r)
	switch {
	case r.begin == 0 && len(others) > 0:
		p.turnFrom(r, others[len(others)-1])
	case r.begin > 0 || p.patient:
		found := p.joiner.arrive(r, p.until)
		for _, offer := range found.offers {
			p.take(writer{run: r, stream: offer.Record.Stream}, offer)
		}
		p.turnOver(r, found.turned)
	}
	return r
}

// splits says whether a file of this source can have a text that is split
// between two chunks.
func (p *Plan) splits(source *filters.Source) bool {
	return source.Kind == filters.Container || source.Kind == filters.Component && p.joiner.config.Multiline != 0
}

// closeWeak closes what is open of a run, or of a source, and need not go on:
// when the chunk turns to another, tail has read what was there.
func (p *Plan) closeWeak(r *run, source *filters.Source) {
	for stream := filters.NoStream; stream <= filters.Stderr; stream++ {
		w := writer{run: r, stream: stream}
		if r == nil {
			w.source = source
		}
		p.endRests(w, true)
		if o := p.open[w]; o != nil && !o.expects() {
			p.close(w, o)
		}
	}
}
