package plugin

import (
	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/chunk"
	"github.com/k8slog/k8slog/plugin/delivery"
)

// part is the records between two marks that go one way, as a frame.
type part struct {
	way
	encoder  backend.Encoder
	frame    *delivery.Frame
	from, to chunk.Mark
	sent     int         // records in the frame
	cuts     map[int]int // how many items those records are that were cut
	wave     int         // how many parts before it go the same way; stopped for none
}

// way is where records go. The zero way is any.
type way struct {
	route string
	known bool
}

func (in *Instance) newPart() *part {
	return &part{encoder: in.backend.NewEncoder(), frame: new(delivery.Frame)}
}

// begin makes p empty.
func (p *part) begin(from chunk.Mark, w way) {
	p.encoder.Reset()
	p.frame.Items, p.frame.Alone = 0, false
	p.way, p.from, p.to, p.sent = w, from, from, 0
	clear(p.cuts)
}

// fits says whether a record of so many bytes fits in a frame that is full
// with that many.
func (p *part) fits(bytes, full int) bool {
	// margin is about what a record takes on the wire beside its own bytes.
	const margin = 400
	return p.sent == 0 || p.encoder.Size()+bytes+margin <= full
}

// add appends a record, which stands before next. A text that is too long is
// cut, its pieces are flagged, and the first has the fields. Each is a
// nanosecond younger than the one before it: that keeps their order, and Loki
// takes one of two lines that have everything in common.
func (p *part) add(r *filters.Record, next chunk.Mark, texts backend.TextLimit) {
	p.way = way{r.Source.Partition, true}
	p.sent++
	p.frame.Items++
	p.to = next
	if texts.Takes(r) {
		p.encoder.Append(r)
		return
	}
	items := 0
	r.Flags |= filters.Partial
	for rest := r.Plain(); len(rest) > 0; items++ {
		n := texts.Cut(rest)
		r.Log, r.Place.Piece = filters.PlainText(rest[:n]), items
		p.encoder.Append(r)
		rest = rest[n:]
		r.Time++
		r.Fields = r.Fields[:0]
	}
	p.frame.Items += items - 1
	if p.cuts == nil {
		p.cuts = map[int]int{}
	}
	p.cuts[next.Index-1] = items
}

// items returns how many items of the frame a record is.
func (p *part) items(i int) int {
	if n := p.cuts[i]; n > 0 {
		return n
	}
	return 1
}

// maxParts is how many parts of a chunk keep their memory for the next chunk.
// Fluent Bit's chunks are 2 MB, but for single large records.
const maxParts = 8

// parts are those of a chunk, in their order, and behind them those whose
// memory is kept.
type parts struct {
	list []*part
	used int
	last *part // of the last record
}

func (ps *parts) begin() { ps.used, ps.last = 0, nil }

// end gives up memory that an unusual chunk took.
func (ps *parts) end() {
	if len(ps.list) > maxParts {
		clear(ps.list[maxParts:])
		ps.list = ps.list[:maxParts]
	}
}

// place returns the part for a record of so many bytes: the last one that goes
// its way, or a new one that begins with it.
func (ps *parts) place(in *Instance, route string, at chunk.Mark, bytes, full int) *part {
	p := ps.last
	if p == nil || p.route != route {
		p = nil
		for i := ps.used - 1; i >= 0 && p == nil; i-- {
			if ps.list[i].route == route {
				p = ps.list[i]
			}
		}
	}
	if p == nil || !p.fits(bytes, full) {
		wave := 0
		if p != nil {
			wave = p.wave + 1
		}
		if ps.used == len(ps.list) {
			ps.list = append(ps.list, in.newPart())
		}
		p = ps.list[ps.used]
		ps.used++
		p.begin(at, way{route, true})
		p.wave = wave
	}
	ps.last = p
	return p
}

// stopped is the wave of parts that are not sent.
const stopped = -1

// stop keeps the parts that go that way from being sent.
func (ps *parts) stop(route string) {
	for _, p := range ps.list[:ps.used] {
		if p.route == route {
			p.wave = stopped
		}
	}
}

// appendWave appends the parts before which n go the same way.
func (ps *parts) appendWave(dst []*part, n int) []*part {
	for _, p := range ps.list[:ps.used] {
		if p.wave == n {
			dst = append(dst, p)
		}
	}
	return dst
}
