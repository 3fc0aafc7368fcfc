package plugin

import (
	"cmp"
	"errors"

	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/chunk"
	"github.com/k8slog/k8slog/plugin/delivery"
	"github.com/k8slog/k8slog/plugin/reassemble"
)

// hopeless is how many single records in a row the backend must refuse before
// those that are still together with them are taken for refused as well. A
// fault that lies in some records is not of that kind; one that lies in the
// request is, and would cost a request a record.
const hopeless = 32

// smallest is the size below which frames are not made smaller for a backend
// that finds them too large.
const smallest = 64 << 10

// send sends parts that go different ways, and settles their records. It
// returns the first failure. What goes the same way as one that failed, behind
// it, stays where it is.
func (f *flush) send(parts ...*part) (failed error) {
	for i, result := range f.commit(parts...) {
		route := parts[i].route
		if err := f.judge(parts[i], result); err != nil {
			failed = cmp.Or(failed, err)
			f.parts.stop(route)
		}
	}
	return failed
}

func (f *flush) commit(parts ...*part) []delivery.Result {
	f.frames = f.frames[:0]
	for _, p := range parts {
		p.frame.Body, p.frame.Partition, p.frame.Deadline = p.encoder.Frame(), p.route, f.deadline
		f.frames = append(f.frames, p.frame)
	}
	results := f.in.committer.Commit(f.frames...)
	for i, p := range parts {
		if results[i].Abandoned {
			// The backend may still read what was encoded.
			go f.in.keepUntil(results[i].Late, int64(len(p.frame.Body)))
			p.encoder, p.frame = f.in.backend.NewEncoder(), new(delivery.Frame)
		}
	}
	return results
}

// judge settles the records of a part by a verdict.
func (f *flush) judge(p *part, result delivery.Result) error {
	if p.route != f.judged { // what is said of one tenant's records says nothing of another's
		f.judged, f.refused, f.attempt = p.route, 0, 0
	}
	if result.Verdict == delivery.Divide && !result.Alone {
		// The fault may be in the frames that travelled with this one.
		p.frame.Alone = true
		result = f.commit(p)[0]
	}
	switch result.Verdict {
	case delivery.Accepted:
		f.refused, f.attempt = 0, 0
		f.in.books.took()
		f.settle(p.from, p.to, p.way, reassemble.Verdict{Fate: reassemble.Delivered})
		return nil
	case delivery.Rejected:
		if g := f.single(p); g != nil {
			return f.dissolve(g)
		}
		return f.bury(p.from, p.to, p.way, func(int) error { return result.Err })
	case delivery.Divide:
		if g := f.single(p); g != nil {
			return f.dissolve(g)
		}
		return f.divide(p.from, p.to, p.way, p.sent, len(p.frame.Body), result.Err)
	case delivery.Each:
		return f.each(p, result.Items)
	}
	return result.Err
}

// single returns the group that is all of a part, if it is several records.
func (f *flush) single(p *part) *reassemble.Group {
	if p.sent != 1 {
		return nil
	}
	for i := p.from.Index; i < p.to.Index; i++ {
		if f.goes(i, p.way) && f.pending(i) {
			return joined(f.plan.Group(i))
		}
	}
	return nil
}

// joined returns a group if it is several records, and nil else.
func joined(g *reassemble.Group) *reassemble.Group {
	if g != nil && (len(g.Members) > 1 || len(g.Before) > 0) {
		return g
	}
	return nil
}

// divide sends records that were not taken together in halves. It ends with
// single records, or with the deadline: what is settled by then stays so.
func (f *flush) divide(from, to chunk.Mark, w way, sent, size int, why error) error {
	var tooLarge *backend.TooLarge
	isTooLarge := errors.As(why, &tooLarge)
	if isTooLarge && sent > 1 {
		f.in.smaller(size)
	}
	if sent == 1 || !isTooLarge && f.refused >= hopeless {
		if !isTooLarge {
			f.refused++
		}
		return f.bury(from, to, w, func(int) error { return why })
	}
	half := (sent + 1) / 2
	for m := from; sent > 0; {
		var n int
		var err error
		if m, n, err = f.deliver(m, min(half, sent), true, w); err != nil {
			return err
		}
		if n == 0 {
			return errPassedOver
		}
		sent -= n
	}
	return nil
}

// errPassedOver is a bug, which must cost no more than a retry.
var errPassedOver = errors.New("records to be sent again are not there, which is a bug")

// each settles the records of a part by a verdict for each item. Those that the
// backend did not take for now are sent again.
func (f *flush) each(p *part, items []error) error {
	from, to, w := p.from, p.to, p.way
	refused := map[int]error{}
	var groups []*reassemble.Group
	var later error
	left, taken := 0, 0
	for i := from.Index; i < to.Index; i++ {
		if !f.goes(i, w) || !f.pending(i) {
			continue
		}
		n := p.items(i)
		verdict := worst(items[:n])
		items = items[n:]
		var rejected *backend.Rejected
		switch g := joined(f.plan.Group(i)); {
		case verdict == nil:
			f.settleOne(i, reassemble.Verdict{Fate: reassemble.Delivered})
			taken++
		case !errors.As(verdict, &rejected):
			later = verdict
			left++
		case g != nil:
			groups = append(groups, g)
		default:
			refused[i] = verdict
		}
	}
	if taken > 0 {
		f.in.books.took()
		f.attempt = 0
	}
	if len(refused) > 0 {
		if err := f.bury(from, to, w, func(i int) error { return refused[i] }); err != nil {
			return err
		}
	}
	for _, g := range groups {
		if err := f.dissolve(g); err != nil {
			return err
		}
	}
	if left == 0 {
		return nil
	}
	if err := f.in.committer.Pause(w.route, f.attempt, f.deadline); err != nil {
		return later
	}
	f.attempt++
	for m := from; left > 0; { // frames may have become smaller
		var n int
		var err error
		if m, n, err = f.deliver(m, left, false, w); err != nil {
			return err
		}
		if n == 0 {
			return errPassedOver
		}
		left -= n
	}
	return nil
}

// worst returns the verdict on a record of several items: refused for good
// before not now before taken.
func worst(items []error) (verdict error) {
	var rejected *backend.Rejected
	for _, err := range items {
		if errors.As(err, &rejected) {
			return err
		}
		verdict = cmp.Or(verdict, err)
	}
	return verdict
}
