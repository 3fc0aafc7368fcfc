package plugin

import (
	"errors"
	"math"
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
	encoder backend.Encoder
	frame   *delivery.Frame
	letters []byte

	tag      string
	data     []byte
	deadline time.Time
	state    chunkState
	refused  int // single records in a row
}

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
	err := f.deliverFrom(start)
	if err == nil {
		err = f.deliverOffered()
	}
	if err == nil {
		err = f.finish(f.ahead)
	}
	if err != nil {
		f.keep()
	}
	return err
}

// deliverFrom delivers what stands behind a mark, but for what was offered to
// another chunk.
func (f *flush) deliverFrom(m chunk.Mark) error {
	for {
		next, sent, err := f.deliver(m, math.MaxInt, false)
		if err != nil || sent == 0 {
			return err
		}
		m = next
	}
}

// deliver sends the records from a mark on, as many as a request takes and at
// most limit, and settles them. It returns the mark behind them and how many
// they were; none at the end of the chunk.
func (f *flush) deliver(from chunk.Mark, limit int, alone bool) (next chunk.Mark, sent int, err error) {
	f.encoder.Reset()
	next, sent = f.encode(from, limit)
	f.planAll() // before a wait for the backend: others wait for it
	if sent == 0 {
		return next, 0, nil
	}
	f.frame.Body, f.frame.Alone, f.frame.Deadline = f.encoder.Frame(), alone, f.deadline
	result := f.commit()
	if result.Verdict == delivery.Divide && !result.Alone {
		// The fault may be in the frames that travelled with this one.
		f.frame.Alone = true
		result = f.commit()
	}
	switch result.Verdict {
	case delivery.Accepted:
		f.refused = 0
		f.settle(from, next, join.Verdict{Fate: join.Delivered})
		return next, sent, nil
	case delivery.Rejected:
		return next, sent, f.bury(from, next, result.Err)
	case delivery.Divide:
		return next, sent, f.divide(from, next, sent, result.Err)
	}
	return next, sent, result.Err
}

// divide sends records that were not taken together in halves. It ends with
// single records, or with the deadline: what is settled by then stays so.
func (f *flush) divide(from, to chunk.Mark, sent int, why error) error {
	var tooLarge *backend.TooLarge
	isTooLarge := errors.As(why, &tooLarge)
	if isTooLarge && sent > 1 {
		f.in.smaller(len(f.frame.Body))
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

func (f *flush) commit() delivery.Result {
	result := f.in.committer.Commit(f.frame)
	if result.Abandoned {
		// The backend may still read what was encoded.
		f.encoder, f.frame = f.in.backend.NewEncoder(), new(delivery.Frame)
	}
	return result
}

// encode appends the records from a mark on that are not settled yet to the
// encoder, until the frame is full. Records that a filter drops are settled.
func (f *flush) encode(from chunk.Mark, limit int) (next chunk.Mark, n int) {
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
		if n > 0 && f.encoder.Size()+size(&f.event, g)+margin > full {
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
			f.read(&f.record, &f.event)
		} else {
			f.assemble(g)
		}
		if !f.in.chain.Apply(&f.record) {
			f.count(f.ahead.Index)
			f.settleOne(at.Index, join.Verdict{Fate: join.Dropped})
			continue
		}
		f.encoder.Append(&f.record)
		n++
	}
	return next, n
}

// read makes r the record of an event, without the container runtime's
// envelope.
func (f *flush) read(r *filters.Record, ev *chunk.Event) {
	f.intake.fill(r, ev)
	runtimelog.Filter{}.Apply(r)
}

// size is about the number of bytes that a record will take.
func size(ev *chunk.Event, g *join.Group) int {
	if g != nil {
		return g.Bytes
	}
	return len(ev.Raw)
}
