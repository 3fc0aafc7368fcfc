package reassemble

import "time"

// missing is what is known of chunks that were given back before anybody looked
// into them. Any of them may have more of a file that has lost its name since:
// what a chunk of before, or one that comes meanwhile, ends with need not be the
// end of that file. The zero missing misses none.
type missing struct {
	era   int // is over when another one is given back
	count int // those that have not come again
	last  time.Time
}

// givenUp is after how long Fluent Bit has dropped what has not come again.
const givenUp = time.Hour

// miss takes note of how many chunks are away.
func (s *seams) miss(count func() int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := &s.missing
	n := count()
	if n >= m.count && n > 0 {
		m.era++
		m.last = time.Now()
	}
	m.count = n
}

// since says whether a chunk may have been missed behind one that was left in
// an era.
func (m *missing) since(era int) bool {
	return m.era != era || m.count > 0 && time.Since(m.last) < givenUp
}
