package reassemble

import (
	"slices"
	"time"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/filters/multiline"
	"github.com/k8slog/k8slog/plugin/chunk"
)

// Group is records that are one.
type Group struct {
	// Members are the chunk's own records, at least one, in their order.
	Members []chunk.Mark
	// Origins are what the chunks before have of the text: nothing, the text,
	// or also the beginning of its next line. Each is told the outcome.
	Origins []*CarryOver
	// CarryOver is the text as the chunk behind may go on with it. The caller
	// sets it to nil when no chunk has gone on with it.
	CarryOver *CarryOver
	// Part: the text was cut, and this is not all of it.
	Part bool
	// Bytes is about the size of the text.
	Bytes int
}

// Plan says which records of a chunk are one. It is made by
// Reassembler.NewPlan, and serves one chunk after another: Begin, Add for each
// record in order, End, and Leave when the chunk is settled.
type Plan struct {
	ra       *Reassembler
	groups   map[int]*Group // by the index of each member
	streams  map[writer]*stream
	spare    []*stream
	last     writer                // of the last record, without its stream
	segments map[string][]*segment // by path
	deferred []*segment            // that are worked on at the end
	claimed  []*CarryOver          // of chunks before
	carried  []*Group              // that have a CarryOver

	tag      string
	patient  bool
	keep     bool      // what ends in the middle of a line is given back
	read     int64     // when its last line was read
	until    time.Time // how long to wait for other chunks
	deadline time.Time
}

// NewPlan makes a plan.
func (ra *Reassembler) NewPlan() *Plan {
	return &Plan{ra: ra, groups: map[int]*Group{}, streams: map[writer]*stream{}, segments: map[string][]*segment{}}
}

// Begin begins a chunk that must be settled by a deadline. A patient chunk
// waits for others, until now and the configured wait. With keep, what ends in
// the middle of a line is given back when the chunk does not wait for the rest.
func (p *Plan) Begin(tag string, deadline time.Time, patient, keep bool) {
	clear(p.groups)
	clear(p.segments)
	for w, s := range p.streams { // a panic came in between
		p.free(w, s)
	}
	p.last, p.claimed, p.carried, p.deferred = writer{}, p.claimed[:0], p.carried[:0], p.deferred[:0]
	p.tag, p.keep, p.read, p.deadline, p.until = tag, keep, 0, deadline, time.Now()
	if p.patient = patient && p.ra.config.Wait > 0 && !p.ra.limiter.none(); p.patient {
		p.until = p.until.Add(p.ra.config.Wait)
	}
}

// Add adds the chunk's next record, which stands behind the mark and has lost
// the envelope of the container runtime. line is where it stood. A record that
// is settled already belongs to nothing.
func (p *Plan) Add(at chunk.Mark, r *filters.Record, line Line, settled bool) {
	w, ok := p.enter(r, line)
	switch {
	case !ok:
	case slices.Contains(p.deferred, w.segment):
		w.segment.records = append(w.segment.records, deferred{at, settled})
	default:
		p.work(w, at, r, settled)
	}
}

// work puts a record into the stream of its writer. The first one there decides
// what becomes of what was open before.
func (p *Plan) work(w writer, at chunk.Mark, r *filters.Record, settled bool) {
	settled = settled || !r.Log.Exists()
	s := p.streams[w]
	if g := w.segment; g != nil && g.before[w.stream] != nil {
		s = p.stream(w)
		s.before, g.before[w.stream] = g.before[w.stream], nil
		s.mustFit = s.before.rotated || g.follows()
	}
	if s == nil {
		if settled || p.standsAlone(r) {
			return
		}
		s = p.stream(w)
	}
	if settled {
		p.closeStream(s)
	} else {
		p.addRecord(s, at, r)
	}
	p.freeIfClosed(w, s)
}

// standsAlone says whether a record behind which nothing is open is a whole
// line, and begins no message.
func (p *Plan) standsAlone(r *filters.Record) bool {
	text, _ := r.Log.Plain()
	return r.Flags&filters.Partial == 0 && p.ra.config.Multiline.Begin(text, placeOf(r.Source)) == multiline.None
}

func placeOf(s *filters.Source) multiline.Place {
	if s.Kind == filters.Component {
		return multiline.Component
	}
	return multiline.Container
}

// Join makes records one that were one before: nobody asks what they are.
func (p *Plan) Join(members []chunk.Mark, bytes int) {
	p.enroll(&Group{Members: slices.Clone(members), Bytes: bytes})
}

// Settled says whether it is known of all records so far what they belong to.
func (p *Plan) Settled() bool { return len(p.streams) == 0 && len(p.deferred) == 0 }

// Group returns the group that a record belongs to, nil for none.
func (p *Plan) Group(index int) *Group {
	if len(p.groups) == 0 {
		return nil
	}
	return p.groups[index]
}

// Dissolve makes the members of a group stand alone. What the chunks before
// have of the text they send themselves.
func (p *Plan) Dissolve(g *Group) {
	for _, m := range g.Members {
		delete(p.groups, m.Index)
	}
	p.Settle(g, Outcome{Fate: Declined})
}

// Settle tells the chunks before the outcome of a text.
func (p *Plan) Settle(g *Group, o Outcome) { p.ra.slots.settle(g.Origins, o) }
