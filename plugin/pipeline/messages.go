package pipeline

import (
	"time"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/filters/containerlog"
	"github.com/k8slog/k8slog/plugin/chunk"
	"github.com/k8slog/k8slog/plugin/reassemble"
)

// messages reads a chunk message by message. Most records are a message of their
// own, and are read once. Where a message of several records is open, the plan
// runs ahead until it is known what belongs to it; then its records are read
// again, and put together.
type messages struct {
	p       *Pipeline
	decoder decoder
	plan    *reassemble.Plan
	isDone  func(i int) bool // a record that is not to be sent

	record filters.Record // the message that was read last
	event  chunk.Event

	reader  chunk.Reader // behind the first record of that message
	ahead   chunk.Reader // as far as the plan has come
	planned bool         // to the end of the chunk
	counted int          // records that were counted before

	member      filters.Record // one record of several
	memberEvent chunk.Event
	text        []byte
}

func newMessages(p *Pipeline, isDone func(int) bool) messages {
	return messages{
		p: p, isDone: isDone,
		decoder: newDecoder(p),
		plan:    p.Reassembler.NewPlan(),
		text:    []byte{}, // an empty text is a text
	}
}

// begin begins a chunk of which so many records were counted before. One that
// comes again is planned to its end before anything of it is read. waits says whether it may wait for other chunks, and
// keep whether a line that ends with the chunk is kept for the next start.
func (m *messages) begin(tag string, data []byte, deadline time.Time, counted int, waits, keep bool) {
	m.decoder.begin(tag)
	m.reader = chunk.NewReader(data)
	m.ahead, m.planned, m.counted = m.reader, false, counted
	m.plan.Begin(tag, deadline, waits, keep)
	if counted > 0 {
		m.planAll()
	}
}

// beginParked begins a chunk of parked messages, each of so many records. What
// they are was found out before they were parked.
func (m *messages) beginParked(tag string, data []byte, deadline time.Time, records []int) {
	m.decoder.begin(tag)
	m.reader = chunk.NewReader(data)
	m.ahead, m.planned, m.counted = m.reader, true, 0
	m.plan.Begin(tag, deadline, false, false)
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

// rawAt returns the event of a record, as Fluent Bit gave it.
func (m *messages) rawAt(at chunk.Mark) []byte {
	reader := m.ahead
	reader.Seek(at)
	reader.Next(&m.memberEvent)
	return m.memberEvent.Raw
}

// end lets go of the chunk.
func (m *messages) end() { m.reader, m.ahead = chunk.Reader{}, chunk.Reader{} }

// next reads the next message that is to be sent into m.record, and returns it
// as an item without a source. It returns false at the end of the chunk.
func (m *messages) next() (it item, ok bool) {
	for {
		at := m.reader.Mark()
		first := at.Index == m.ahead.Index() && !m.planned // time that it is read
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
			continue // it belongs to another item, or to the next chunk
		case first:
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
		return item{mark: at, bytes: size(&m.event, g), pieces: 1}, true
	}
}

// load reads the message of an item again.
func (m *messages) load(it *item) *filters.Record {
	if g := m.plan.Group(it.mark.Index); g != nil {
		return m.assemble(g)
	}
	return m.readAgain(it.mark)
}

// members are the records that a message was made of.
func (m *messages) members(at chunk.Mark) []chunk.Mark {
	if g := m.plan.Group(at.Index); g != nil {
		return g.Members
	}
	return []chunk.Mark{at}
}

// group returns the group that a message is, if it is several records, and nil
// else.
func (m *messages) group(at chunk.Mark) *reassemble.Group {
	if g := m.plan.Group(at.Index); g != nil && len(g.Members)+len(g.Origins) > 1 {
		return g
	}
	return nil
}

// total is how many records the ledger has of the chunk. It is known once the
// plan has come to the end.
func (m *messages) total() int { return total(&m.ahead) }

// planOne puts the record in m.event into the plan, and leaves it in m.record. It
// returns false when the record is one with others, or may be.
func (m *messages) planOne(at chunk.Mark) (alone bool) {
	m.read(&m.record, &m.event, at.Index)
	if m.record.Flags&filters.Undecoded != 0 && at.Index >= m.counted {
		m.p.Ledger.Undecoded.Add(1)
	}
	m.plan.Add(at, &m.record, m.decoder.line, m.isDone(at.Index))
	return m.plan.Settled() && m.plan.Group(at.Index) == nil
}

// planMessage makes the plan until it is known what the records so far belong to.
func (m *messages) planMessage() {
	for !m.plan.Settled() {
		if !m.planStep() {
			m.planAll()
			return
		}
	}
}

// planAll makes the plan up to the end of the chunk.
func (m *messages) planAll() {
	if m.planned {
		return
	}
	for m.planStep() {
	}
	m.planned = true
	m.plan.End(m.readAgain, m.assemble)
}

// planStep puts the next record into the plan, and returns false at the end.
func (m *messages) planStep() bool {
	at := m.ahead.Mark()
	if !m.ahead.Next(&m.event) {
		return false
	}
	m.planOne(at)
	return true
}

// read makes r the record of an event, without the container runtime's envelope.
func (m *messages) read(r *filters.Record, ev *chunk.Event, i int) {
	m.decoder.decode(r, ev)
	r.Position.Index = i
	containerlog.Filter{}.Apply(r)
}

func (m *messages) readAt(r *filters.Record, ev *chunk.Event, at chunk.Mark) {
	reader := m.ahead
	reader.Seek(at)
	reader.Next(ev)
	m.read(r, ev, at.Index)
}

// readAgain reads the record behind a mark into m.record.
func (m *messages) readAgain(at chunk.Mark) *filters.Record {
	m.readAt(&m.record, &m.event, at)
	return &m.record
}

// assemble makes m.record the one record of a group, and returns it. The record
// has the time, stream and fields of the first.
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

// size is about the number of bytes that a message takes.
func size(ev *chunk.Event, g *reassemble.Group) int {
	if g != nil {
		return g.Bytes
	}
	return len(ev.Raw)
}
