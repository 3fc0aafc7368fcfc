package join

import (
	"slices"
	"time"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/chunk"
)

// Line is where a record's line stood in its file. The zero Line is unknown.
type Line struct {
	// File is the file's name. It may change after the call.
	File []byte
	// Begin and End are the offsets of its first byte, and behind its last.
	Begin, End int64
	// Read is when it was read, in nanoseconds since 1970.
	Read int64
}

// Group is records that are one.
type Group struct {
	// Members are the chunk's own records, at least one, in their order.
	Members []chunk.Mark
	// Before is what the chunk before has of the text; nil when nothing.
	Before *Offer
	// Offer is the text as it was offered to the chunk behind; nil when it
	// was not, or when that did not come.
	Offer *Offer
	// Part: the text was cut, and this is not all of it.
	Part bool
	// Bytes is about the size of the text.
	Bytes int
}

// Plan is what is one in a chunk. It is made by Joiner.NewPlan, and serves one
// chunk after another: Begin, Add for each record, End, and Leave when all is
// settled.
type Plan struct {
	joiner *Joiner
	groups map[int]*Group // by each member's number
	open   map[writer]*opening
	spare  []*opening
	files  map[string]*file
	file   *file // that of the last record
	taken  []*Offer
	made   []*Group // that were offered
	line   []byte   // a line without escapes

	patient bool
	until   time.Time
}

// writer is who writes one line after the other.
type writer struct {
	source *filters.Source
	stream filters.Stream
}

// file is what a chunk has of a file.
type file struct {
	name   string
	begin  int64
	end    int64
	read   int64
	offers []*Offer
	left   bool
}

// NewPlan makes a plan.
func (j *Joiner) NewPlan() *Plan {
	return &Plan{joiner: j, groups: map[int]*Group{}, open: map[writer]*opening{}, files: map[string]*file{}}
}

// Begin begins a chunk. A patient one waits for others, until now and the
// configured wait.
func (p *Plan) Begin(patient bool) {
	clear(p.groups)
	clear(p.open)
	clear(p.files)
	p.file, p.taken, p.made = nil, p.taken[:0], p.made[:0]
	p.until = time.Now()
	if p.patient = patient && p.joiner.config.Wait > 0 && !p.joiner.patience.none(); p.patient {
		p.until = p.until.Add(p.joiner.config.Wait)
	}
}

// Add adds the chunk's next record, which stands behind the mark and has lost
// the envelope of the container runtime. line is where it stood.
func (p *Plan) Add(at chunk.Mark, r *filters.Record, line Line) {
	if r.Source.Kind != filters.Journal {
		p.add(at, r, line)
	}
}

// Settled says whether it is known of all records so far what they belong to.
func (p *Plan) Settled() bool { return len(p.open) == 0 }

func (p *Plan) add(at chunk.Mark, r *filters.Record, line Line) {
	w := writer{r.Source, r.Stream}
	p.locate(w.source, line)
	if len(p.open) > 0 {
		if o := p.open[w]; o != nil {
			next, ok := p.continues(o, r)
			if ok && p.fits(o, r) {
				o.add(at, r, next)
				p.finish(w, o)
				return
			}
			o.part = o.part || ok
			p.close(w, o)
			if ok { // the rest of a text that was cut
				rest := p.opening(r)
				rest.part = true
				rest.add(at, r, next)
				p.open[w] = rest
				p.finish(w, rest)
				return
			}
		}
	}
	if first, ok := p.first(r); ok {
		o := p.opening(r)
		o.add(at, r, first)
		p.open[w] = o
	}
}

// locate takes note of where a line stands. At the first line of a file it
// takes in what the chunk before had to offer.
func (p *Plan) locate(source *filters.Source, line Line) {
	if len(line.File) == 0 || !p.splits(source) {
		p.file = nil
		return
	}
	if p.file == nil || p.file.name != string(line.File) {
		p.file = p.files[string(line.File)]
	}
	if p.file != nil {
		if !adjoins(p.file.end, line.Begin) && line.Begin != 0 {
			p.breakOff(source)
		}
		p.file.end, p.file.read = line.End, line.Read
		return
	}
	p.file = &file{name: string(line.File), begin: line.Begin, end: line.End, read: line.Read}
	p.files[p.file.name] = p.file
	for _, offer := range p.joiner.arrive(line.File, line.Begin, p.until) {
		p.take(writer{source, offer.Record.Stream}, offer, line.Begin == 0)
	}
}

// splits says whether a file of this source can have a text that is split
// between two chunks. Of an unknown one it is not even known which file it is.
func (p *Plan) splits(source *filters.Source) bool {
	return source.Kind == filters.Container || source.Kind == filters.Component && p.joiner.config.Multiline != 0
}

// Skip is Add for a record that is settled already, and so belongs to nothing.
func (p *Plan) Skip(r *filters.Record, line Line) {
	w := writer{r.Source, r.Stream}
	p.locate(w.source, line)
	if o := p.open[w]; o != nil {
		p.close(w, o)
	}
}

// take goes on with what the chunk before had of a text. A piece that was sent
// without its rest makes the rest a part.
func (p *Plan) take(w writer, offer *Offer, rotated bool) {
	o := p.opening(&offer.Record)
	o.rotated = rotated
	o.progress = offer.progress
	if offer.state == taken {
		o.before = offer
		p.taken = append(p.taken, offer)
	} else if o.partial {
		o.part, o.bytes = true, 0
	} else {
		p.spare = append(p.spare, o)
		return
	}
	p.open[w] = o
}

// breakOff ends what is open of a file in which lines are missing.
func (p *Plan) breakOff(source *filters.Source) {
	for stream := filters.NoStream; stream <= filters.Stderr; stream++ {
		w := writer{source, stream}
		if o := p.open[w]; o != nil {
			p.close(w, o)
		}
	}
}

// finish closes a text that has come to its end.
func (p *Plan) finish(w writer, o *opening) {
	if !o.goesOn() {
		p.close(w, o)
	}
}

// close makes a group of what was open, if it is more than one record.
func (p *Plan) close(w writer, o *opening) {
	delete(p.open, w)
	switch {
	case len(o.members) == 0:
		if o.before != nil {
			o.before.Tell(Verdict{Fate: Declined})
		}
	case len(o.members) > 1 || o.before != nil || o.part:
		p.group(o)
	}
	p.spare = append(p.spare, o)
}

// group makes a group of the members of a text.
func (p *Plan) group(o *opening) *Group {
	g := &Group{Members: append([]chunk.Mark(nil), o.members...), Before: o.before, Part: o.part, Bytes: o.bytes}
	for _, m := range g.Members {
		p.groups[m.Index] = g
	}
	return g
}

// End ends the chunk's records. What is still open is offered to the chunk
// behind; assemble makes the one record of a group.
func (p *Plan) End(assemble func(*Group) *filters.Record) {
	for w, o := range p.open {
		if o.file == nil || !o.expects() {
			p.close(w, o)
			continue
		}
		if len(o.members) == 0 {
			// Nothing came: whoever comes next may take it.
			p.passOn(o)
			p.close(w, o)
			continue
		}
		g := p.group(o)
		offer := newOffer(assemble(g), o)
		o.file.offers = append(o.file.offers, offer)
		if p.patient {
			g.Offer = offer
			p.made = append(p.made, g)
		} else {
			p.joiner.seams.withdraw(offer)
		}
		delete(p.open, w)
		p.spare = append(p.spare, o)
	}
	p.until = time.Now().Add(p.joiner.config.Wait)
	for _, f := range p.files {
		f.left = true
		if !p.joiner.seams.leave(f, p.joiner.since) {
			for _, offer := range f.offers {
				offer.Tell(Verdict{Fate: Declined})
			}
		}
	}
}

// passOn offers what was taken to the chunk behind.
func (p *Plan) passOn(o *opening) {
	if o.before == nil || !p.patient {
		return
	}
	p.joiner.seams.pass(o.before)
	p.taken = slices.DeleteFunc(p.taken, func(offer *Offer) bool { return offer == o.before })
	o.file.offers = append(o.file.offers, o.before)
	o.before = nil
}

// Group returns the group that a record belongs to, nil for none.
func (p *Plan) Group(index int) *Group {
	if len(p.groups) == 0 {
		return nil
	}
	return p.groups[index]
}

// Offered returns the groups that the chunk behind may take.
func (p *Plan) Offered() []*Group { return p.made }

// Await returns what became of a group that was offered, at the deadline at
// the latest. Of one that was declined it takes back the offer.
func (p *Plan) Await(g *Group, deadline time.Time) Verdict {
	v := p.joiner.Await(g.Offer, p.until, deadline)
	if v.Fate == Declined {
		g.Offer = nil
	}
	return v
}

// Leave ends the work on the chunk. What was taken, and of which nothing was
// told, goes back; what was offered is not to be had any more.
func (p *Plan) Leave() {
	for _, offer := range p.taken {
		offer.Tell(Verdict{Fate: GivenBack})
	}
	for _, f := range p.files {
		if !f.left { // a panic came in between
			p.joiner.seams.gone(f.name, f.begin)
			f.left = true
		}
	}
	for _, g := range p.made {
		if g.Offer != nil {
			p.joiner.seams.withdraw(g.Offer)
		}
	}
}
