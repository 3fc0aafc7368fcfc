package reassemble

import "time"

// unread counts the chunks that were returned unread. Each of them may have more lines
// of a file that was rotated since, so the last line that was read need not be the end
// of that file. While such chunks are outstanding, messages are not joined across a
// rotation.
type unread struct {
	epoch int // incremented when another chunk is returned unread
	count int // of outstanding chunks
	last  time.Time
}

// givenUp is how long a chunk can be outstanding. Fluent Bit has dropped it by then.
const givenUp = time.Hour

// countUnread updates the number of outstanding unread chunks.
func (s *slots) countUnread(count func() int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := &s.unread
	n := count()
	if n >= u.count && n > 0 {
		u.epoch++
		u.last = time.Now()
	}
	u.count = n
}

// since reports whether a chunk may be missing behind a slot of an epoch.
func (u *unread) since(epoch int) bool {
	return u.epoch != epoch || u.count > 0 && time.Since(u.last) < givenUp
}
