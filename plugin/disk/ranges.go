package disk

import (
	"slices"
	"sort"
)

// span is a range of bytes of a file: from begin up to, and without, end.
type span struct{ begin, end int64 }

// ranges is a set of spans in ascending order that do not touch each other. The zero ranges
// is empty.
type ranges []span

// add adds a span. Spans that are at most gap bytes apart become one.
func (r *ranges) add(s span, gap int64) {
	if s.end <= s.begin {
		return
	}
	all := *r
	// Lines come in ascending order, so the last span is nearly always the one that grows.
	if n := len(all); n > 0 && s.begin >= all[n-1].begin {
		if last := &all[n-1]; s.begin <= last.end+gap {
			last.end = max(last.end, s.end)
			return
		}
		*r = append(all, s)
		return
	}
	first := sort.Search(len(all), func(i int) bool { return all[i].end+gap >= s.begin })
	last := first
	for last < len(all) && all[last].begin <= s.end+gap {
		s.begin, s.end = min(s.begin, all[last].begin), max(s.end, all[last].end)
		last++
	}
	*r = slices.Replace(all, first, last, s)
}

// remove removes a span.
func (r *ranges) remove(s span) {
	if s.end <= s.begin {
		return
	}
	var left ranges
	for _, have := range *r {
		if before := (span{have.begin, min(have.end, s.begin)}); before.begin < before.end {
			left = append(left, before)
		}
		if after := (span{max(have.begin, s.end), have.end}); after.begin < after.end {
			left = append(left, after)
		}
	}
	*r = left
}

// covers reports whether all bytes of a span are in r.
func (r ranges) covers(s span) bool {
	i := sort.Search(len(r), func(i int) bool { return r[i].end >= s.end })
	return i < len(r) && r[i].begin <= s.begin
}

// bytes returns the number of bytes in r.
func (r ranges) bytes() (n int64) {
	for _, s := range r {
		n += s.end - s.begin
	}
	return n
}

// gaps returns the spans between begin and end that are not in r and are longer than gap
// bytes.
func (r ranges) gaps(begin, end, gap int64) (missing ranges) {
	for _, s := range r {
		if s.begin-begin > gap && begin < end {
			missing = append(missing, span{begin, min(s.begin, end)})
		}
		begin = max(begin, s.end)
	}
	if end-begin > gap {
		missing = append(missing, span{begin, end})
	}
	return missing
}

// last returns the end of the last span; zero for none.
func (r ranges) last() int64 {
	if len(r) == 0 {
		return 0
	}
	return r[len(r)-1].end
}
