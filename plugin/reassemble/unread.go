package reassemble

import "time"

// unread is what is known of chunks that were given back before anybody looked
// into them. Each may hold more of a file that has lost its name since, so what
// a known chunk ends with need not be the end of that file. While such chunks
// are outstanding, messages are not joined across a rotation.
type unread struct {
	epoch int // ends when another chunk is given back
	count int // outstanding chunks
	last  time.Time
}

// givenUp is when Fluent Bit has dropped what has not come again.
const givenUp = time.Hour

// countUnread notes how many unread chunks are outstanding.
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

// since says whether a chunk may be missing behind a slot of an epoch.
func (u *unread) since(epoch int) bool {
	return u.epoch != epoch || u.count > 0 && time.Since(u.last) < givenUp
}
