package plugin

import (
	"cmp"
	"math"
	"time"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/filters/containerlog"
	"github.com/k8slog/k8slog/plugin/chunk"
	"github.com/k8slog/k8slog/plugin/delivery"
	"github.com/k8slog/k8slog/plugin/reassemble"
)

// flush brings one chunk to the backend. Its memory serves one chunk after
// another.
type flush struct {
	in      *Instance
	intake  intake
	plan    *reassemble.Plan
	record  filters.Record
	event   chunk.Event
	joining joining
	ahead   chunk.Mark // how far the plan has come
	planned bool       // it has come to the end
	parts   parts      // of the chunk
	wave    []*part    // those that travel side by side
	frames  []*delivery.Frame
	again   *part // what is sent a second time, or late
	letters []byte

	// written is of the records, by their numbers in the chunk, as far as they
	// were encoded.
	written []written
	holding holding

	tag      string
	data     []byte
	deadline time.Time
	state    chunkState
	judged   string // the route that the next two are of
	refused  int    // single records in a row
	attempt  int    // times in a row that some records were not taken for now
}

// run delivers the chunk. It returns nil when every record of it is settled,
// and the reason why not otherwise: then Fluent Bit shall present it again.
func (f *flush) run() error {
	f.state = f.in.progress.take(f.tag, f.data)
	f.refused, f.attempt = 0, 0
	f.written = f.written[:0]
	f.holding.begin()
	start := chunk.Mark{Reader: chunk.NewReader(f.data)}
	if err := f.in.committer.Closed(f.deadline); err != nil {
		f.countAll(start)
		f.keep()
		f.in.joiner.Unread(f.in.progress.countUnread)
		return err
	}
	if !f.state.read && f.state.counted > 0 {
		defer f.in.joiner.Unread(f.in.progress.countUnread)
	}
	f.state.read = true
	f.intake.begin(f.tag)
	defer f.plan.Leave()
	f.beginPlan(start)
	err := cmp.Or(f.deliverOffered(f.deliverAll(start)), f.holding.err())
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
	f.parts.begin()
	defer f.parts.end()
	f.encode(start, math.MaxInt, nil)
	f.planAll()
	// Parts that go the same way follow one another; those that do not travel
	// side by side.
	var failed error
	for n := 0; ; n++ {
		f.wave = f.parts.appendWave(f.wave[:0], n)
		if len(f.wave) == 0 {
			return failed
		}
		failed = cmp.Or(failed, f.send(f.wave...))
	}
}

// deliver sends at most limit records from a mark on that go the same way, and
// settles them. It returns the mark behind them and how many they were.
func (f *flush) deliver(from chunk.Mark, limit int, alone bool, w way) (next chunk.Mark, sent int, err error) {
	p := f.again
	p.begin(from, w)
	p.frame.Alone = alone
	next = f.encode(from, limit, p)
	if p.sent == 0 {
		return next, 0, nil
	}
	next, sent = p.to, p.sent // dividing it makes others of it
	return next, sent, f.send(p)
}

// read makes r the record of the event with that number in the chunk, without
// the container runtime's envelope.
func (f *flush) read(r *filters.Record, ev *chunk.Event, i int) {
	f.intake.fill(r, ev)
	r.Place.Index = i
	containerlog.Filter{}.Apply(r)
}
