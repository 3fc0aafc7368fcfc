package reassemble

import (
	"slices"
	"time"
)

// arrive takes the slot where a segment begins, and returns the carry-overs there. It
// waits until a time for the chunk before, and as long again while that chunk may be
// waiting itself. A segment without a slot passes.
func (ra *Reassembler) arrive(tag string, g *segment, until time.Time) (found []carried) {
	s, ok := &ra.slots, false
	take := func() bool {
		f := s.of(g.file)
		before := len(f.segments)
		found, ok = f.take(g)
		s.count -= before - len(f.segments)
		return ok
	}
	takeOrPass := func() bool { return take() || !s.of(g.file).underWay(g) }
	if s.check(take) {
		return found
	}
	waits := time.Now().Before(until)
	if waits {
		w := ra.limiter.begin(restOfLine)
		defer ra.limiter.end(w)
		s.suspend(tag, 1)
		defer s.suspend(tag, -1)
		if s.cooling(g.file) || !s.wait(w.over, until, take) {
			s.wait(w.over, until.Add(ra.config.Wait), takeOrPass)
		}
	}
	s.check(func() bool {
		if g.passed = !ok && g.begin > 0; g.passed && waits {
			s.of(g.file).timedOut()
		}
		return ok
	})
	return found
}

// take takes the slot where a segment begins, if there is one. The slot of the
// beginning of a file is the end of the file that had the name before. That file may
// still go on, and a chunk that is in work may have its end.
func (f *file) take(g *segment) (found []carried, ok bool) {
	if g.begin == 0 {
		if f.underWay(g) {
			return nil, false
		}
		return f.last(g), true
	}
	for i, there := range slices.Backward(f.segments) {
		if there.left && !there.taken && g.adjoins(there.end, g.begin) && there.read <= g.since {
			if there.taken, f.timeouts = true, 0; !there.passed {
				f.segments = slices.Delete(f.segments, i, i+1)
			}
			return there.carried, true
		}
	}
	return nil, false
}

// underWay reports whether a chunk that has not left yet has lines from before a
// segment.
func (f *file) underWay(g *segment) bool {
	return slices.ContainsFunc(f.segments, func(other *segment) bool {
		return !other.left && (g.begin == 0 && other.since < g.since || other.begin < g.begin)
	})
}

// last returns the carry-overs of the slot that was read last before g.
func (f *file) last(g *segment) (all []carried) {
	var last *segment
	for _, there := range f.segments {
		if there.left && !there.taken && there.read <= g.since && (last == nil || there.read >= last.read) {
			last = there
		}
	}
	if last != nil && last.live {
		for _, c := range last.carried {
			all = append(all, carried{CarryOver: c.CarryOver, rotated: true, end: last.end})
		}
	}
	return all
}

// ends reports whether a carry-over is still the end of its file, and no chunk behind
// it can be missing.
func (f *file) ends(c *CarryOver, u *unread) bool {
	i := slices.IndexFunc(f.segments, func(there *segment) bool {
		return there.left && !there.taken && slices.Contains(there.carried, carried{CarryOver: c})
	})
	if i < 0 || u.since(f.segments[i].epoch) {
		return false
	}
	f.timeouts = 0
	return true
}
