package pipeline

import (
	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/chunk"
	"github.com/k8slog/k8slog/plugin/disk"
	"github.com/k8slog/k8slog/plugin/ledger"
)

// reading enters the lines of a chunk into the ledger of the disk.
type reading struct {
	w        *worker
	lines    *disk.Reading // nil for no ledger
	complete bool          // all lines are added
	record   filters.Record
}

// begin begins a chunk. The lines of a chunk that comes again are known.
func (g *reading) begin() {
	g.lines, g.complete = nil, false
	if g.w.parked || g.w.p.Disk == nil {
		return
	}
	known, _ := g.w.state.Reading.(*disk.Reading)
	if g.lines = known; known == nil {
		g.lines = g.w.p.Disk.Begin()
	}
	g.complete = known.Complete()
}

// add adds the line of the record that was read last. A line that has an outcome since an
// earlier chunk is settled: Fluent Bit was killed before it deleted the chunk, has lost its
// positions, or the line was read from the file here.
func (g *reading) add(at chunk.Mark, r *filters.Record, d *decoder) {
	if g.lines == nil || g.complete || d.line.End == 0 || !g.lines.Add(d.line.File, d.line.Begin, d.raw) {
		return
	}
	w := g.w
	w.count(at.Index + 1)
	w.p.Disk.Repeat()
	if !w.isDone(at.Index) {
		w.settle(ledger.Delivered, nil, item{mark: at, source: r.Source, bytes: len(w.messages.event.Raw), pieces: 1})
	}
}

// end ends the reading of a chunk whose lines were not all added.
func (g *reading) end() { g.lines.End() }

// seen notes that all lines are added.
func (g *reading) seen() {
	if g.lines != nil && !g.complete {
		g.complete = true
		g.lines.Seen()
		g.w.state.Reading = g.lines
	}
}

// settle enters the lines as settled, before the chunk is acknowledged.
func (g *reading) settle() { g.lines.Settle() }

// settleDone enters the lines of a chunk that is returned which have an outcome. After a
// restart, they are not sent again.
func (g *reading) settleDone() {
	w := g.w
	if g.lines == nil || !g.complete || w.state.Pending >= w.state.Counted {
		return
	}
	reader := chunk.NewReader(w.data)
	d := &w.messages.decoder
	d.begin(w.tag)
	var ev chunk.Event
	for at := reader.Mark(); reader.Next(&ev); at = reader.Mark() {
		if d.decode(&g.record, &ev); d.line.End > 0 {
			g.lines.Done(d.line.Begin, d.line.End, w.state.Settled.Has(at.Index))
		}
	}
	g.lines.SettleDone()
}
