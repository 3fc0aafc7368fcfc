package plugin

import (
	"errors"
	"math"
	"slices"
	"time"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/filters/runtimelog"
	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/chunk"
	"github.com/k8slog/k8slog/plugin/delivery"
	"github.com/k8slog/k8slog/plugin/join"
)

// hopeless is how many single records in a row the backend must refuse before
// those that are still together with them are taken for refused as well. A
// fault that lies in some records is not of that kind; one that lies in the
// request is, and would cost a request a record.
const hopeless = 32

// smallest is the size below which frames are not made smaller for a backend
// that finds them too large.
const smallest = 64 << 10

// margin is about what a record takes on the wire beside its own bytes.
const margin = 400

// flush brings one chunk to the backend. Its memory serves one chunk after
// another.
type flush struct {
	in      *Instance
	intake  intake
	plan    *join.Plan
	record  filters.Record
	event   chunk.Event
	joining joining
	ahead   chunk.Mark // how far the plan has come
	planned bool       // it has come to the end
	parts   []*part    // of the chunk, in their order
	again   *part      // what is sent a second time, or late
	letters []byte

	tag      string
	data     []byte
	deadline time.Time
	state    chunkState
	refused  int // single records in a row
}

// part is the records between two marks, as a frame.
type part struct {
	encoder  backend.Encoder
	frame    *delivery.Frame
	from, to chunk.Mark
	sent     int // records in the frame; zero at the end of the chunk
}

func (in *Instance) newPart() *part {
	return &part{encoder: in.backend.NewEncoder(), frame: new(delivery.Frame)}
}

// maxParts is how many parts of a chunk keep their memory for the next chunk.
// Fluent Bit's chunks are 2 MB, but for single large records.
const maxParts = 4

// run delivers the chunk. It returns nil when every record of it is settled,
// and the reason why not otherwise: then Fluent Bit shall present it again.
func (f *flush) run() error {
	f.state = f.in.progress.take(f.tag, f.data)
	f.refused = 0
	start := chunk.Mark{Reader: chunk.NewReader(f.data)}
	if err := f.in.committer.Closed(f.deadline); err != nil {
		f.countAll(start)
		f.keep()
		return err
	}
	f.intake.begin(f.tag)
	defer f.plan.Leave()
	f.beginPlan(start)
	err := f.deliverOffered(f.deliverAll(start))
	if err == nil {
		err = f.finish(f.ahead)
	}
	if err != nil {
		f.keep()
	}
	return err
}

// deliverAll delivers the chunk, but for what was offered to another one. All
// of it is encoded before anything is sent: others wait for the plan, and so it
// is read only once.
func (f *flush) deliverAll(start chunk.Mark) error {
	n := 0
	for m := start; ; n++ {
		if n == len(f.parts) {
			f.parts = append(f.parts, f.in.newPart())
		}
		if f.encode(f.parts[n], m, math.MaxInt); f.parts[n].sent == 0 {
			break
		}
		m = f.parts[n].to
	}
	f.planAll()
	defer func() { f.parts = slices.Delete(f.parts, min(len(f.parts), maxParts), len(f.parts)) }()
	for _, p := range f.parts[:n] {
		if err := f.send(p, false); err != nil {
			return err
		}
	}
	return nil
}

// deliver sends at most limit records from a mark on, and settles them. It
// returns the mark behind them and how many they were.
func (f *flush) deliver(from chunk.Mark, limit int, alone bool) (next chunk.Mark, sent int, err error) {
	p := f.again
	if f.encode(p, from, limit); p.sent == 0 {
		return p.to, 0, nil
	}
	next, sent = p.to, p.sent // dividing it makes others of it
	return next, sent, f.send(p, alone)
}

// send sends a part and settles its records.
func (f *flush) send(p *part, alone bool) error {
	p.frame.Body, p.frame.Alone, p.frame.Deadline = p.encoder.Frame(), alone, f.deadline
	result := f.commit(p)
	if result.Verdict == delivery.Divide && !result.Alone {
		// The fault may be in the frames that travelled with this one.
		p.frame.Alone = true
		result = f.commit(p)
	}
	switch result.Verdict {
	case delivery.Accepted:
		f.refused = 0
		f.in.books.took()
		f.settle(p.from, p.to, join.Verdict{Fate: join.Delivered})
		return nil
	case delivery.Rejected:
		if g := f.single(p); g != nil {
			return f.dissolve(g)
		}
		return f.bury(p.from, p.to, result.Err)
	case delivery.Divide:
		if g := f.single(p); g != nil {
			return f.dissolve(g)
		}
		return f.divide(p.from, p.to, p.sent, len(p.frame.Body), result.Err)
	}
	return result.Err
}

// single returns the group that is all of a part, if it is several records.
func (f *flush) single(p *part) *join.Group {
	if p.sent != 1 {
		return nil
	}
	for i := p.from.Index; i < p.to.Index; i++ {
		if f.pending(i) {
			if g := f.plan.Group(i); g != nil && (len(g.Members) > 1 || g.Before != nil) {
				return g
			}
			return nil
		}
	}
	return nil
}

// divide sends records that were not taken together in halves. It ends with
// single records, or with the deadline: what is settled by then stays so.
func (f *flush) divide(from, to chunk.Mark, sent, size int, why error) error {
	var tooLarge *backend.TooLarge
	isTooLarge := errors.As(why, &tooLarge)
	if isTooLarge && sent > 1 {
		f.in.smaller(size)
	}
	if sent == 1 || !isTooLarge && f.refused >= hopeless {
		f.refused++
		return f.bury(from, to, why)
	}
	half := (sent + 1) / 2
	for m := from; sent > 0; {
		var n int
		var err error
		if m, n, err = f.deliver(m, min(half, sent), true); err != nil {
			return err
		}
		sent -= n
	}
	return nil
}

func (f *flush) commit(p *part) delivery.Result {
	result := f.in.committer.Commit(p.frame)
	if result.Abandoned {
		// The backend may still read what was encoded.
		p.encoder, p.frame = f.in.backend.NewEncoder(), new(delivery.Frame)
	}
	return result
}

// encode makes p the records from a mark on that are not settled yet, until the
// frame is full, and at most limit. Records that a filter drops are settled.
func (f *flush) encode(p *part, from chunk.Mark, limit int) {
	p.encoder.Reset()
	p.from = from
	p.to, p.sent = f.encodeInto(p.encoder, from, limit)
}

func (f *flush) encodeInto(encoder backend.Encoder, from chunk.Mark, limit int) (next chunk.Mark, n int) {
	next = from
	full := int(f.in.full.Load())
	for n < limit {
		at := next
		if !next.Next(&f.event) {
			break
		}
		if !f.pending(at.Index) {
			continue
		}
		g := f.plan.Group(at.Index)
		if n > 0 && encoder.Size()+size(&f.event, g)+margin > full {
			return at, n
		}
		if at.Index == f.ahead.Index && !f.planned {
			f.ahead = next
			if !f.planOne(at) {
				// What it is one with is further ahead.
				if f.planAhead(); !f.plan.Settled() {
					f.planAll()
				}
				next = at
				continue
			}
		} else if g == nil {
			f.read(&f.record, &f.event, at.Index)
		} else {
			f.assemble(g)
		}
		if !f.in.chain.Apply(&f.record) {
			f.count(f.ahead.Index)
			f.settleOne(at.Index, join.Verdict{Fate: join.Dropped})
			continue
		}
		encoder.Append(&f.record)
		n++
	}
	return next, n
}

// read makes r the record of the event with that number in the chunk, without
// the container runtime's envelope.
func (f *flush) read(r *filters.Record, ev *chunk.Event, i int) {
	f.intake.fill(r, ev)
	r.Place.Index = i
	runtimelog.Filter{}.Apply(r)
}

// size is about the number of bytes that a record will take.
func size(ev *chunk.Event, g *join.Group) int {
	if g != nil {
		return g.Bytes
	}
	return len(ev.Raw)
}
