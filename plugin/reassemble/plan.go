package reassemble

import (
	"slices"
	"time"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/chunk"
)

// Group is records that are one.
type Group struct {
	// Members are the chunk's own records, at least one, in their order.
	Members []chunk.Mark
	// Before is what the chunks before have of the text: nothing, the text, or
	// also the beginning of its next line.
	Before []*Offer
	// Offer is the text as it was offered to the chunk behind; nil when it
	// was not, or when that did not come.
	Offer *Offer
	// Part: the text was cut, and this is not all of it.
	Part bool
	// Bytes is about the size of the text.
	Bytes int
}

// TellBefore tells the chunks before what became of the text.
func (g *Group) TellBefore(v Verdict) {
	for _, offer := range g.Before {
		offer.Tell(v)
	}
}

// Plan is what is one in a chunk. It is made by Joiner.NewPlan, and serves one
// chunk after another: Begin, Add for each record, End, and Leave when all is
// settled.
type Plan struct {
	joiner *Joiner
	groups map[int]*Group // by each member's number
	open   map[writer]*opening
	spare  []*opening
	runs   map[string][]*run // by path
	run    *run              // that of the last record
	source *filters.Source   // the same
	entry  uint64            // the same: Line.Writer
	turns  []*turn
	later  []*turn // that the chunk behind is to decide on
	taken  []*Offer
	made   []*Group // that were offered
	line   []byte   // a line without escapes

	tag      string
	patient  bool
	keep     bool      // what ends in the middle of a line is given back
	until    time.Time // how long to wait for others
	deadline time.Time
}

// writer is who writes one line after the other: a stream of a file, or of a
// source where the file is not known.
type writer struct {
	run    *run
	source *filters.Source
	entry  uint64
	stream filters.Stream
}

// NewPlan makes a plan.
func (j *Joiner) NewPlan() *Plan {
	return &Plan{joiner: j, groups: map[int]*Group{}, open: map[writer]*opening{}, runs: map[string][]*run{}}
}

// Begin begins a chunk that must be settled by a deadline. A patient one waits
// for others, until now and the configured wait.
// What ends in the middle of a line, and for whose rest it does not wait, is
// given back if it is to keep it.
func (p *Plan) Begin(tag string, deadline time.Time, patient, keep bool) {
	clear(p.groups)
	clear(p.open)
	clear(p.runs)
	p.run, p.source, p.entry, p.turns, p.taken, p.made = nil, nil, 0, p.turns[:0], p.taken[:0], p.made[:0]
	p.later, p.keep = p.later[:0], keep
	p.tag, p.deadline, p.until = tag, deadline, time.Now()
	if p.patient = patient && p.joiner.config.Wait > 0 && !p.joiner.patience.none(); p.patient {
		p.until = p.until.Add(p.joiner.config.Wait)
	}
}

// Add adds the chunk's next record, which stands behind the mark and has lost
// the envelope of the container runtime. line is where it stood.
func (p *Plan) Add(at chunk.Mark, r *filters.Record, line Line) {
	if !p.joins(r.Source, line) {
		return
	}
	p.enter(r.Source, line)
	w := p.writer(r)
	if len(p.turns) > 0 {
		p.follow(w, at, r)
	}
	if len(p.open) > 0 {
		if o := p.open[w]; o != nil && p.extend(w, o, at, r) {
			return
		}
	}
	if o := p.begin(at, r); o != nil {
		p.open[w] = o
	}
}

// joins says whether it is known which records follow each other: those of a
// file, of one who is known by name, or of a stream in the journal.
func (p *Plan) joins(source *filters.Source, line Line) bool {
	if source.Kind == filters.Journal {
		return line.Writer != 0
	}
	return source.Kind != filters.Unknown || len(line.File) > 0
}

func (p *Plan) writer(r *filters.Record) writer {
	w := writer{run: p.run, stream: r.Stream}
	if p.run == nil {
		w.source, w.entry = r.Source, p.entry
	}
	return w
}

// extend adds r to what is open, or closes that. It returns false when r does
// not belong to it.
func (p *Plan) extend(w writer, o *opening, at chunk.Mark, r *filters.Record) bool {
	if o.next != nil {
		return p.extendNext(w, o, at, r)
	}
	if p.mayCut(o, r) {
		o.next = p.begin(at, r)
		return true
	}
	next, ok := p.continues(o, r)
	if ok && p.fits(o, r) {
		o.add(at, r, next)
		p.finish(w, o)
		return true
	}
	if ok {
		o.part, o.loose = true, o.loose[:0]
	}
	p.close(w, o)
	if !ok {
		return false
	}
	rest := p.opening(r) // of a text that was cut
	rest.part = true
	rest.add(at, r, next)
	p.open[w] = rest
	p.finish(w, rest)
	return true
}

// Settled says whether it is known of all records so far what they belong to.
func (p *Plan) Settled() bool { return len(p.open) == 0 && len(p.turns) == 0 }

// Skip is Add for a record that is settled already, and so belongs to nothing.
func (p *Plan) Skip(at chunk.Mark, r *filters.Record, line Line) {
	if !p.joins(r.Source, line) {
		return
	}
	p.enter(r.Source, line)
	w := p.writer(r)
	p.endRests(w, false)
	for o := p.open[w]; o != nil; o = p.open[w] {
		p.close(w, o)
	}
}

// take goes on with what the chunk before had of a text. A piece that was sent
// without its rest makes the rest a part.
func (p *Plan) take(w writer, offer *Offer) {
	if offer.state != taken && !offer.Partial {
		return
	}
	o := p.opening(&offer.Record)
	o.progress, o.line = offer.progress, append(o.line, offer.line...)
	if offer.state == taken {
		p.beforeIt(o, offer)
	} else {
		o.part, o.bytes = true, 0
	}
	if text := p.open[w]; text != nil { // it is the line behind that
		if text.next = o; o.part {
			p.close(w, text)
		}
		return
	}
	p.open[w] = o
}

// beforeIt makes what was taken the beginning of a text.
func (p *Plan) beforeIt(o *opening, offer *Offer) {
	p.taken = append(p.taken, offer)
	o.before, o.deadline = append(o.before, offer), earlier(o.deadline, offer.deadline)
}

// finish closes a text that has come to its end.
func (p *Plan) finish(w writer, o *opening) {
	if !o.goesOn() {
		p.close(w, o)
	}
}

// close ends what was open. A line in pieces behind it stays open.
func (p *Plan) close(w writer, o *opening) {
	p.shut(w, o)
	p.settle(o)
}

// shut makes what was open so no longer.
func (p *Plan) shut(w writer, o *opening) {
	delete(p.open, w)
	if o.next != nil {
		p.open[w], o.next = o.next, nil
	}
}

// settle makes a group of a text, if it is more than one record. Lines that
// nothing has confirmed go out alone: they are such that none begins a text.
func (p *Plan) settle(o *opening) {
	rest := o.trim()
	for _, l := range o.loose {
		if l.members > 1 {
			p.enroll(&Group{Members: slices.Clone(rest[:l.members]), Bytes: l.bytes})
		}
		rest = rest[l.members:]
	}
	switch {
	case len(o.members) == 0:
		for _, offer := range o.before {
			offer.Tell(Verdict{Fate: Declined})
		}
	case len(o.members) > 1 || len(o.before) > 0 || o.part:
		p.group(o)
	}
	p.spare = append(p.spare, o)
}

// group makes a group of the members of a text.
func (p *Plan) group(o *opening) *Group {
	g := &Group{Members: slices.Clone(o.members), Before: o.before, Part: o.part, Bytes: o.bytes}
	p.enroll(g)
	return g
}

func (p *Plan) enroll(g *Group) {
	for _, m := range g.Members {
		p.groups[m.Index] = g
	}
}

// Group returns the group that a record belongs to, nil for none.
func (p *Plan) Group(index int) *Group {
	if len(p.groups) == 0 {
		return nil
	}
	return p.groups[index]
}

// Dissolve makes the members of a group stand alone. What the chunk before has
// of the text it sends itself.
func (p *Plan) Dissolve(g *Group) {
	for _, m := range g.Members {
		delete(p.groups, m.Index)
	}
	g.TellBefore(Verdict{Fate: Declined})
}
