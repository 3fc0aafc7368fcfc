package reassemble

import (
	"slices"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/filters/multiline"
	"github.com/k8slog/k8slog/plugin/chunk"
)

// A runtime may cut a line anywhere: CRI-O writes a piece for each read that
// does not end with a line feed, and programs write their traces bit by bit. So
// a line in pieces is put together before it is judged: what it begins, and
// whether it goes on with the text above it (opening.next).

// lineWindow is so much of a line that the rest of it tells no more.
const lineWindow = 4 << 10

// tooShort says whether r is a piece of which it cannot be told yet what the
// line is.
func (p *Plan) tooShort(r *filters.Record) bool {
	return r.Flags&filters.Partial != 0 && r.Log.Len() < lineWindow && p.joiner.config.Multiline != 0
}

// judge returns the state behind one more piece of a text's last line.
func (p *Plan) judge(o *opening, r *filters.Record) multiline.State {
	if !o.unjudged {
		return o.state
	}
	o.line = r.Log.AppendPlain(o.line)
	if r.Flags&filters.Partial != 0 && len(o.line) < lineWindow {
		return o.state
	}
	o.unjudged = false
	return p.state(o.line, r)
}

// mayCut says whether r is the first piece of a line that may go on with a text.
func (p *Plan) mayCut(o *opening, r *filters.Record) bool {
	return !o.partial && o.state != multiline.None && p.tooShort(r) && o.goesWith(r) && p.inTime(o, r)
}

// extendNext is extend for a text behind which a line in pieces is open.
func (p *Plan) extendNext(w writer, o *opening, at chunk.Mark, r *filters.Record) bool {
	l := o.next
	switch {
	case !l.goesWith(r):
		p.close(w, o)
		p.close(w, l)
		return false
	case !p.fits(l, r):
		p.decide(w, o)
		return p.extend(w, p.open[w], at, r)
	}
	if l.add(at, r, p.judge(l, r)); !l.unjudged {
		p.decide(w, o)
	}
	return true
}

// decide finds out whether the line behind a text goes on with it.
func (p *Plan) decide(w writer, o *opening) {
	l := o.next
	next := p.after(o, l)
	if next == multiline.None {
		p.close(w, o)
		p.finish(w, l)
		return
	}
	if !p.fitsBytes(o, l.bytes) {
		o.part, o.loose = true, o.loose[:0]
		p.close(w, o)
		l.part, l.unjudged, l.state = true, false, next
		p.finish(w, l)
		return
	}
	p.merge(o, next)
	p.finish(w, o)
}

// after returns the state behind a text and the line behind it.
func (p *Plan) after(o, l *opening) multiline.State {
	next := o.state.Next(l.line)
	if next.Tentative() && (l.partial || l.part || len(l.before) > 0 || !p.fitsBytes(o, l.bytes)) {
		// The rest of a piece could not be told from that of the text.
		return multiline.None
	}
	return next
}

// merge makes the line behind a text a part of it.
func (p *Plan) merge(o *opening, next multiline.State) {
	l := o.next
	o.next = nil
	o.members = append(o.members, l.members...)
	o.before = append(slices.Clip(o.before), l.before...)
	o.deadline = earlier(o.deadline, l.deadline)
	o.enter(next, loose{len(l.members), l.bytes})
	o.partial = l.partial
	o.lines += l.lines
	o.bytes += l.bytes
	o.time = l.time
	p.spare = append(p.spare, l)
}
