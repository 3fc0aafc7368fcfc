package reassemble

import (
	"slices"
	"time"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/filters/multiline"
	"github.com/k8slog/k8slog/plugin/chunk"
)

// Group is records that become one record.
type Group struct {
	// Members are the records of this chunk, at least one, in order.
	Members []chunk.Mark
	// Origins are the parts of the text in earlier chunks: none, the text so far, or
	// also the beginning of its next line. Each gets the outcome.
	Origins []*CarryOver
	// CarryOver is the text as the next chunk may continue it; nil when the text ends
	// in this chunk. The caller sets it to nil when no chunk has continued the text.
	CarryOver *CarryOver
	// Part is true for a text that was cut, and is not complete.
	Part bool
	// Bytes is about the size of the text.
	Bytes int
	// lookahead are the lines at the end of a carry-over that belong to it only if the
	// next chunk confirms them.
	lookahead []lookahead
}

// Plan finds the groups of a chunk. It is created by Reassembler.NewPlan. It serves
// one goroutine, and one chunk after another: Begin, Add for each record in order,
// End, and Leave when the chunk is settled.
type Plan struct {
	// Near, unless it is nil, reports whether a hint is near behind the record that is
	// added. It may report that one is when none is, but not the other way round.
	Near func(multiline.Hint) bool

	ra        *Reassembler
	groups    map[int]*Group // by the index of each member
	streams   map[writer]*stream
	spare     []*stream
	last      writer                // of the last record, without its stream
	segments  map[string][]*segment // by path
	postponed []*segment            // whose records are added at the end
	claimed   []*CarryOver          // of earlier chunks
	carried   []*Group              // the groups with a CarryOver

	tag      string
	mayWait  bool
	keep     bool      // a text that ends in the middle of a line is returned
	read     int64     // when the last line was read
	until    time.Time // until when to wait for other chunks
	deadline time.Time
	arrival  int  // the number of the chunk
	adding   bool // records are being added
	waiting  *wait
}

// NewPlan creates a Plan.
func (ra *Reassembler) NewPlan() *Plan {
	return &Plan{ra: ra, groups: map[int]*Group{}, streams: map[writer]*stream{}, segments: map[string][]*segment{}}
}

// Begin begins a chunk with a tag and a deadline. With mayWait, the chunk waits for
// other chunks, for at most the configured wait from now. With keep, a text that ends
// in the middle of a line is returned to Fluent Bit, unless the chunk waits for its
// rest.
func (p *Plan) Begin(tag string, deadline time.Time, mayWait, keep bool) {
	clear(p.groups)
	clear(p.segments)
	for w, s := range p.streams { // after a panic; no effect otherwise
		p.free(w, s)
	}
	p.last, p.claimed, p.carried, p.postponed = writer{}, p.claimed[:0], p.carried[:0], p.postponed[:0]
	p.stopAdding() // after a panic; no effect otherwise
	p.tag, p.keep, p.read, p.deadline, p.until = tag, keep, 0, deadline, time.Now()
	p.arrival = p.ra.slots.arriveNext()
	if p.mayWait = mayWait && p.ra.config.Wait > 0 && !p.ra.limiter.none(); p.mayWait {
		p.until = p.until.Add(p.ra.config.Wait)
		p.adding = true
		p.ra.slots.enter(tag)
	}
}

// stopAdding notes that no record is added any more.
func (p *Plan) stopAdding() {
	if p.adding {
		p.adding = false
		p.ra.slots.exit(p.tag, p.read)
	}
}

// Add adds the next record of the chunk, without the envelope of the container
// runtime. line is its place in the file. A record that is settled already is in no
// group.
func (p *Plan) Add(at chunk.Mark, r *filters.Record, line Line, settled bool) {
	w, ok := p.enter(r, line)
	switch {
	case !ok:
	case slices.Contains(p.postponed, w.segment):
		w.segment.records = append(w.segment.records, postponed{at, settled})
	default:
		p.addTo(w, at, r, settled)
	}
}

// addTo adds a record to the stream of its writer. The first record decides whether
// the stream continues what was open before.
func (p *Plan) addTo(w writer, at chunk.Mark, r *filters.Record, settled bool) {
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

// standsAlone reports whether a record of a stream without open texts is a whole line
// that begins no message, or none that goes on.
func (p *Plan) standsAlone(r *filters.Record) bool {
	if r.Flags&filters.Partial != 0 || multiline.CustomOf(r) != nil {
		return false
	}
	text, _ := r.Log.Plain()
	begins, hint := p.ra.config.Multiline.Begins(text, placeOf(r.Source))
	if !begins {
		return true
	}
	return hint != multiline.NoHint && p.Near != nil && !p.Near(hint)
}

func placeOf(s *filters.Source) multiline.Place {
	if s.Kind == filters.Component {
		return multiline.Component
	}
	return multiline.Container
}

// Join makes records a group, whatever their texts are.
func (p *Plan) Join(members []chunk.Mark, bytes int) {
	p.enroll(&Group{Members: slices.Clone(members), Bytes: bytes})
}

// Settled reports whether the groups of all records so far are known.
func (p *Plan) Settled() bool { return len(p.streams) == 0 && len(p.postponed) == 0 }

// Group returns the group of a record; nil for a record that stands alone.
func (p *Plan) Group(index int) *Group {
	if len(p.groups) == 0 {
		return nil
	}
	return p.groups[index]
}

// Dissolve makes the members of a group stand alone. The earlier chunks send their
// parts of the text themselves.
func (p *Plan) Dissolve(g *Group) {
	for _, m := range g.Members {
		delete(p.groups, m.Index)
	}
	p.Settle(g, Outcome{Declined: true})
}

// Settle passes the outcome of a text to the earlier chunks with a part of it.
func (p *Plan) Settle(g *Group, o Outcome) { p.ra.slots.resolve(g.Origins, o) }
