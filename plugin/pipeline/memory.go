package pipeline

import (
	"fmt"
	"math"
	"slices"
	"sync"
	"time"
)

// memory limits the memory of the chunks in work. It must not be copied.
type memory struct {
	limit int64

	mu      sync.Mutex
	used    int64
	large   int64     // of used, that of large chunks
	inWork  []int64   // the times of the chunks that have memory
	waiting []*waiter // the oldest first
}

// waiter is a chunk that waits for its memory.
type waiter struct {
	share
	granted chan struct{} // closed when it has its memory
}

// memoryFactor is about the number of bytes that a byte of a chunk takes: in a frame,
// reassembled, and compressed.
const memoryFactor = 4

// share is the memory of a chunk. time is that of its first record, by which chunks have
// their order.
type share struct {
	bytes int64
	large bool
	time  int64
}

// newest is the time of what has no place in the order: records that were parked, and lines
// that are read from rotated files.
const newest = math.MaxInt64

// notInWork is the time of memory that no chunk in work has.
const notInWork = math.MinInt64

// shareOf returns the memory of a chunk of that size. A large chunk has a line of many
// megabytes. Large chunks leave a quarter of the memory to the others, so that such a line
// does not hold up all lines of the node. One that is larger than that counts as less than
// it is: it must be delivered too.
func (m *memory) shareOf(size int) share {
	s := share{bytes: int64(size) * memoryFactor}
	s.large = s.bytes > m.limit/8
	s.bytes = min(s.bytes, m.forLarge())
	return s
}

func (m *memory) forLarge() int64 { return m.limit / 4 * 3 }

// take reserves the memory for a chunk of that size and time. It waits until there is enough, or for
// half of the time until the deadline, and then returns why not: Fluent Bit presents a chunk
// that is returned only seconds later, and memory is free again sooner.
func (m *memory) take(size int, first int64, deadline time.Time) (share, error) {
	w := &waiter{share: m.shareOf(size), granted: make(chan struct{})}
	w.time = first
	m.mu.Lock()
	i := slices.IndexFunc(m.waiting, func(other *waiter) bool { return other.time > first })
	if i < 0 {
		i = len(m.waiting)
	}
	m.waiting = slices.Insert(m.waiting, i, w)
	m.grant()
	m.mu.Unlock()
	select {
	case <-w.granted:
		return w.share, nil
	default:
	}
	timer := time.NewTimer(time.Until(deadline) / 2)
	defer timer.Stop()
	select {
	case <-w.granted:
	case <-timer.C:
		if used, left := m.leave(w); left {
			return share{time: notInWork}, fmt.Errorf("chunks take %d bytes of memory already (memory_limit)", used)
		}
	}
	return w.share, nil
}

// grant gives memory to those who wait, in their order. Only a large chunk lets others pass.
// The caller holds the lock.
func (m *memory) grant() {
	kept := m.waiting[:0]
	full := false
	for _, w := range m.waiting {
		if !full && m.fits(w.share) || m.holdsUp(w.share) {
			m.add(w.share)
			m.inWork = append(m.inWork, w.time)
			close(w.granted)
			continue
		}
		full = full || !w.large
		kept = append(kept, w)
	}
	clear(m.waiting[len(kept):])
	m.waiting = kept
}

// fits reports whether there is memory for a chunk. A chunk that is alone always gets its
// memory; otherwise it would never be delivered. A quarter is left to the oldest chunk.
func (m *memory) fits(s share) bool {
	alike := m.used - m.large
	if s.large {
		alike = m.large
	}
	return m.used == 0 || m.used+s.bytes <= m.limit && alike+s.bytes <= m.limit/4*3
}

// holdsUp reports whether all chunks in work may be waiting for one. They wait for the chunk
// before theirs, which may have the rest of a message (see reassemble). Fluent Bit passes many
// chunks to its workers at once, and they begin in any order. So the oldest chunk gets its memory
// up to the limit.
func (m *memory) holdsUp(s share) bool {
	return !s.large && len(m.inWork) > 0 && s.time < slices.Min(m.inWork) && m.used+s.bytes <= m.limit
}

// leave ends the wait of a chunk, and returns the memory in use. It returns false when the
// chunk has got its memory meanwhile.
func (m *memory) leave(w *waiter) (used int64, left bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	i := slices.Index(m.waiting, w)
	if i < 0 {
		return m.used, false
	}
	m.waiting = slices.Delete(m.waiting, i, i+1)
	m.grant()
	return m.used, true
}

// add reserves memory without a limit. The caller holds the lock.
func (m *memory) add(s share) {
	m.used += s.bytes
	if s.large {
		m.large += s.bytes
	}
}

func (m *memory) give(s share) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.add(share{bytes: -s.bytes, large: s.large})
	if i := slices.Index(m.inWork, s.time); i >= 0 {
		m.inWork = slices.Delete(m.inWork, i, i+1)
	}
	m.grant()
}

// inUse returns the bytes that are reserved.
func (m *memory) inUse() int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.used
}

// holdMemory counts memory that requests still read, until they have ended or the
// pipeline is closed.
func (p *Pipeline) holdMemory(ended <-chan struct{}, bytes int64) {
	s := share{bytes: bytes, time: notInWork}
	p.memory.mu.Lock()
	p.memory.add(s)
	p.memory.mu.Unlock()
	select {
	case <-ended:
	case <-p.closed:
	}
	p.memory.give(s)
}
