package reassemble

import (
	"slices"
	"time"
)

// arrive returns what is carried over to where a segment begins. Until a time it
// waits for the chunk before, and once more as long while that chunk may be
// waiting itself. Without a slot, the segment passes.
func (ra *Reassembler) arrive(g *segment, until time.Time) (found []carried) {
	s, ok := &ra.slots, false
	take := func() bool {
		found, ok = s.of(g.file).take(g)
		return ok
	}
	takeOrPass := func() bool { return take() || !s.of(g.file).underWay(g) }
	if s.check(take) {
		return found
	}
	waits := time.Now().Before(until)
	if waits {
		w := ra.limiter.begin()
		defer ra.limiter.end(w)
		if s.cooling(g.file) || !s.wait(w.over, until, take) {
			s.wait(w.over, until.Add(ra.config.Wait), takeOrPass)
		}
	}
	s.check(func() bool {
		if g.passed = !ok && g.begin > 0; g.passed && waits {
			s.of(g.file).inVain()
		}
		return ok
	})
	return found
}

// take takes the slot where a segment begins, if it is known. At the beginning
// of a file that is the end of the file that had the name before, which may also
// go on. A chunk that is under way may have that end.
func (f *file) take(g *segment) (found []carried, ok bool) {
	if g.begin == 0 {
		if f.underWay(g) {
			return nil, false
		}
		return f.last(g), true
	}
	for i, there := range slices.Backward(f.segments) {
		if there.left && !there.taken && g.adjoins(there.end, g.begin) && there.read <= g.since {
			if there.taken, f.vain = true, 0; !there.passed {
				f.segments = slices.Delete(f.segments, i, i+1)
			}
			return there.carried, true
		}
	}
	return nil, false
}

// underWay says whether a chunk has lines from before a segment, and has not
// left yet.
func (f *file) underWay(g *segment) bool {
	return slices.ContainsFunc(f.segments, func(other *segment) bool {
		return !other.left && (g.begin == 0 && other.since < g.since || other.begin < g.begin)
	})
}

// last returns what is carried over where a segment ended that was read last
// before g.
func (f *file) last(g *segment) (all []carried) {
	var last *segment
	for _, there := range f.segments {
		if there.left && !there.taken && there.read <= g.since && (last == nil || there.read >= last.read) {
			last = there
		}
	}
	if last != nil && last.live {
		for _, c := range last.carried {
			all = append(all, carried{c.CarryOver, true})
		}
	}
	return all
}

// ends says whether a carry-over is still what a file ended with, and no chunk
// can be missing behind it.
func (f *file) ends(c *CarryOver, u *unread) bool {
	i := slices.IndexFunc(f.segments, func(there *segment) bool {
		return there.left && !there.taken && slices.Contains(there.carried, carried{CarryOver: c})
	})
	if i < 0 || u.since(f.segments[i].epoch) {
		return false
	}
	f.vain = 0
	return true
}
