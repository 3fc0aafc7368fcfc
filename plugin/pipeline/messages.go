package pipeline

import (
	"time"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/filters/containerlog"
	"github.com/k8slog/k8slog/plugin/chunk"
	"github.com/k8slog/k8slog/plugin/reassemble"
)

// messages reads a chunk message by message. Most records are messages of their own,
// and are read once. When a message of several records is open, the plan reads ahead
// until its group is known. Then the records of the group are read again, and
// assembled.
type messages struct {
	p       *Pipeline
	decoder decoder
	plan    *reassemble.Plan
	isDone  func(i int) bool // reports whether a record is not sent
	reading *reading         // the lines of the chunk in the ledger of the disk

	record filters.Record // the message that was read last
	event  chunk.Event    // its first event, or the last one of the plan
	// unidentified is true when the record that was read last is, by its form, a line of a
	// container, and the container is unknown.
	unidentified bool

	reader  chunk.Reader // after the first record of the last message
	ahead   chunk.Reader // after the last record in the plan
	planned bool         // the plan is complete
	counted int          // the number of records that were counted when the chunk came before

	hints hints
	size  int // of the chunk

	member      filters.Record // one record of several
	memberEvent chunk.Event
	text        []byte
}

func newMessages(p *Pipeline, isDone func(int) bool, reading *reading) messages {
	return messages{
		p: p, isDone: isDone, reading: reading,
		decoder: newDecoder(p),
		plan:    p.Reassembler.NewPlan(),
		text:    []byte{}, // not nil: an empty text is a text
	}
}

// begin begins a chunk. counted is the number of its records that were counted before:
// the plan of a chunk that comes again is completed first. For mayWait and keep, see
// reassemble.Plan.Begin.
func (m *messages) begin(tag string, data []byte, deadline time.Time, counted int, mayWait, keep bool) {
	if m.decoder.waitUntil = (time.Time{}); mayWait {
		m.decoder.waitUntil = time.Now().Add(m.p.MetadataWait)
	}
	m.decoder.begin(tag)
	m.reader = chunk.NewReader(data)
	m.ahead, m.planned, m.counted = m.reader, false, counted
	m.hints.begin()
	m.size = len(data)
	m.plan.Begin(tag, deadline, mayWait, keep)
	if counted > 0 {
		m.planAll()
	}
}

// beginParked begins a chunk of parked messages, each of so many records. Their groups
// are known from before they were parked.
func (m *messages) beginParked(tag string, data []byte, deadline time.Time, records []int) {
	m.begin(tag, data, deadline, 0, false, false)
	m.planned = true
	for _, n := range records {
		var members []chunk.Mark
		bytes := 0
		for range n {
			members = append(members, m.ahead.Mark())
			m.ahead.Next(&m.event)
			bytes += len(m.event.Raw)
		}
		if n > 1 {
			m.plan.Join(members, bytes)
		}
	}
}

// end releases the chunk.
func (m *messages) end() { m.reader, m.ahead = chunk.Reader{}, chunk.Reader{} }

// next reads the next message to be sent into m.record, and returns its item, without a
// source. It returns false at the end of the chunk.
func (m *messages) next() (it item, ok bool) {
	for {
		at := m.reader.Mark()
		unplanned := at.Index == m.ahead.Index() && !m.planned
		if !m.reader.Next(&m.event) {
			m.planAll()
			return item{}, false
		}
		if m.isDone(at.Index) {
			continue
		}
		g := m.plan.Group(at.Index)
		switch {
		case g != nil && (g.Members[0].Index != at.Index || g.CarryOver != nil):
			continue // the record belongs to an earlier item, or is carried over
		case unplanned:
			if m.ahead = m.reader; !m.planOne(at) {
				m.planMessage()
				m.reader.Seek(at)
				continue
			}
		case g != nil:
			m.assemble(g)
		default:
			m.read(&m.record, &m.event, at.Index)
		}
		if unplanned && m.isDone(at.Index) {
			continue // the line has an outcome since an earlier chunk
		}
		return item{mark: at, bytes: size(&m.event, g), pieces: 1}, true
	}
}

// itemAt returns the item of the message that begins at a mark.
func (m *messages) itemAt(at chunk.Mark) item {
	m.readEvent(&m.event, at)
	return item{mark: at, bytes: size(&m.event, m.plan.Group(at.Index)), pieces: 1}
}

// load reads the message of an item again.
func (m *messages) load(it *item) *filters.Record {
	if g := m.plan.Group(it.mark.Index); g != nil && !it.alone {
		return m.assemble(g)
	}
	return m.readAgain(it.mark)
}

// members returns the records of a message.
func (m *messages) members(at chunk.Mark) []chunk.Mark {
	if g := m.plan.Group(at.Index); g != nil {
		return g.Members
	}
	return []chunk.Mark{at}
}

// assembled returns the group of a message of several records; nil for a message of one
// record.
func (m *messages) assembled(at chunk.Mark) *reassemble.Group {
	if g := m.plan.Group(at.Index); g != nil && len(g.Members)+len(g.Origins) > 1 {
		return g
	}
	return nil
}

// total returns the number of records of the chunk. The plan must be complete.
func (m *messages) total() int { return total(&m.ahead) }

// planOne decodes m.event into m.record, and adds the record to the plan. It returns
// false when the record belongs, or may belong, to a group.
func (m *messages) planOne(at chunk.Mark) (alone bool) {
	m.read(&m.record, &m.event, at.Index)
	if m.record.Flags&filters.Undecoded != 0 && at.Index >= m.counted {
		m.p.Ledger.Undecoded.Add(1)
	}
	if m.record.Flags&filters.Repaired != 0 && at.Index >= m.counted {
		m.p.Ledger.Repaired.Add(1)
	}
	if m.unidentified && at.Index >= m.counted && m.p.Ledger.Unidentified.Add(1) == 1 {
		m.p.Log.Warnf("a line of a container came without its path, and the tag %q does not name the pod: set path_key in the tail input, and the same name in the output (k8slog_records_unidentified_total counts such lines)", m.decoder.tag)
	}
	m.reading.add(at, &m.record, &m.decoder)
	m.plan.Add(at, &m.record, m.decoder.line, m.isDone(at.Index))
	return m.plan.Settled() && m.plan.Group(at.Index) == nil
}

// planMessage reads ahead until the groups of all records so far are known.
func (m *messages) planMessage() {
	for !m.plan.Settled() {
		if !m.planStep() {
			m.planAll()
			return
		}
	}
}

// planAll completes the plan.
func (m *messages) planAll() {
	if m.planned {
		return
	}
	for m.planStep() {
	}
	m.planned = true
	m.reading.seen() // before the chunk waits for other chunks
	m.plan.End(m.readAgain, m.assemble)
}

// planStep adds the next record to the plan. It returns false at the end of the chunk.
func (m *messages) planStep() bool {
	at := m.ahead.Mark()
	if !m.ahead.Next(&m.event) {
		return false
	}
	m.planOne(at)
	return true
}

// read decodes an event into r, without the envelope of the container runtime.
func (m *messages) read(r *filters.Record, ev *chunk.Event, i int) {
	m.decoder.decode(r, ev)
	r.Position.Index = i
	before := r.Flags
	containerlog.Filter{}.Apply(r)
	m.unidentified = r.Source.Kind == filters.Unknown && r.Flags&^before&filters.Decoded != 0
}

// readEvent reads the event at a mark into ev.
func (m *messages) readEvent(ev *chunk.Event, at chunk.Mark) {
	reader := m.ahead
	reader.Seek(at)
	reader.Next(ev)
}

// readAt reads the event at a mark into ev, and decodes it into r.
func (m *messages) readAt(r *filters.Record, ev *chunk.Event, at chunk.Mark) {
	m.readEvent(ev, at)
	m.read(r, ev, at.Index)
}

// readAgain reads the record at a mark into m.record.
func (m *messages) readAgain(at chunk.Mark) *filters.Record {
	m.readAt(&m.record, &m.event, at)
	return &m.record
}

// assemble assembles the record of a group in m.record, and returns it. The record has
// the time, the stream and the fields of the first member.
func (m *messages) assemble(g *reassemble.Group) *filters.Record {
	r, text := &m.record, m.text[:0]
	partial := false
	for i, origin := range g.Origins {
		if head := &origin.Record; i == 0 {
			fields, scratch := append(r.Fields[:0], head.Fields...), r.Scratch[:0]
			*r = *head
			r.Fields, r.Scratch = fields, scratch
		} else if !partial {
			text = append(text, '\n')
		}
		text, partial = origin.Record.Log.AppendPlain(text), origin.Partial
	}
	for i, at := range g.Members {
		member := &m.member
		if i == 0 && len(g.Origins) == 0 {
			member = r
		}
		m.readAt(member, &m.memberEvent, at)
		if (i > 0 || len(g.Origins) > 0) && !partial {
			text = append(text, '\n')
		}
		text = member.Log.AppendPlain(text)
		partial = member.Flags&filters.Partial != 0
	}
	r.Log = filters.PlainText(text)
	r.Flags &^= filters.Partial
	if partial || g.Part {
		r.Flags |= filters.Partial
	}
	m.text = text
	return r
}

// size returns about the number of bytes of a message.
func size(ev *chunk.Event, g *reassemble.Group) int {
	if g != nil {
		return g.Bytes
	}
	return len(ev.Raw)
}
