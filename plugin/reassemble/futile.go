package reassemble

import "time"

// Fluent Bit passes chunks to its workers in rotation, whether they are free or not. So a
// chunk that waits holds up the chunk whose turn is next, with the lines of other files.
// When that turn comes, a chunk stops waiting for what probably does not come: tail has
// read other files of the tag meanwhile, and nothing more of this one.

// progressOf is how far the chunks of a tag have come.
type progressOf struct {
	begun int   // chunks whose records are being added, and that do not wait
	read  int64 // when the last line was read of all chunks that have ended
}

// maxTags is the number of tags that are remembered.
const maxTags = 1 << 12

// progressOf returns the progress of a tag. The caller holds the lock.
func (s *slots) progressOf(tag string) *progressOf {
	t := s.tags[tag]
	if t == nil {
		if len(s.tags) >= maxTags {
			clear(s.tags)
		}
		t = new(progressOf)
		s.tags[tag] = t
	}
	return t
}

// enter notes that a chunk of a tag begins.
func (s *slots) enter(tag string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.progressOf(tag).begun++
}

// exit notes that all records of a chunk have been added, the last of which was read at a
// time.
func (s *slots) exit(tag string, read int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.progressOf(tag)
	t.begun, t.read = max(t.begun-1, 0), max(t.read, read)
	s.change()
}

// suspend notes that a chunk begins (1) or ends (-1) to wait for the chunk before.
func (s *slots) suspend(tag string, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.missing += n
	t := s.progressOf(tag)
	t.begun = max(t.begun-n, 0)
	s.change()
}

// arriveNext counts a chunk that Fluent Bit has passed to a worker, and returns its number.
func (s *slots) arriveNext() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.arrived++
	s.change()
	return s.arrived
}

// futile reports whether the chunk should stop waiting for the rest of a message, because
// the chunks behind it show that the file has not gone on: for as long as a message may
// stand still, or, when the turn of the worker is next, for a while. That turn is next
// when the other workers that do not wait have got a chunk since this one came, or when a
// chunk is missing, which is behind a worker that waits. The rest of a line always comes.
// An ordinary line waits for the lines that were read with it: the next turn, or a shorter
// while, is enough.
// The caller holds the lock.
func (p *Plan) futile(c *CarryOver) bool {
	t := p.ra.slots.tags[p.tag]
	if c.Partial || t == nil || t.begun > 0 {
		return false
	}
	still, wait := time.Duration(t.read-c.read), p.ra.config.Wait
	if c.ordinary {
		return still >= wait/8 || p.ra.limiter.turnAfter(p.ra.slots.arrived-p.arrival)
	}
	return still > wait || still >= wait/8 && (p.ra.slots.missing > 0 || p.ra.limiter.turnAfter(p.ra.slots.arrived-p.arrival))
}

// turnAfter reports whether all workers that do not wait have got a chunk, when so many
// chunks have arrived.
func (l *limiter) turnAfter(arrived int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return !l.atLeast && arrived >= l.limit+1-len(l.waiting)
}
