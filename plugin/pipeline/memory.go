package pipeline

import (
	"fmt"
	"sync"
	"time"
)

// memory limits the memory of the chunks in work. It must not be copied.
type memory struct {
	limit int64

	mu    sync.Mutex
	used  int64
	large int64         // of used, that of large chunks
	freed chan struct{} // is closed when memory is given back; nil while nobody waits
}

// memoryFactor is about the number of bytes that a byte of a chunk takes: in a frame,
// reassembled, and compressed.
const memoryFactor = 4

// share is the memory of a chunk.
type share struct {
	bytes int64
	large bool
}

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

// take reserves the memory for a chunk of that size. It waits until there is enough, or for
// half of the time until the deadline, and then returns why not: Fluent Bit presents a chunk
// that is returned only seconds later, and memory is free again sooner.
func (m *memory) take(size int, deadline time.Time) (share, error) {
	s := m.shareOf(size)
	var timeout <-chan time.Time
	for {
		freed, used := m.tryTake(s)
		if freed == nil {
			return s, nil
		}
		if timeout == nil {
			timer := time.NewTimer(time.Until(deadline) / 2)
			defer timer.Stop()
			timeout = timer.C
		}
		select {
		case <-freed:
		case <-timeout:
			return share{}, fmt.Errorf("chunks take %d bytes of memory already (memory_limit)", used)
		}
	}
}

// tryTake reserves memory. When there is not enough, it returns what is in use, and a
// channel that is closed when memory is given back. A chunk that is alone always gets its
// memory; otherwise it would never be delivered.
func (m *memory) tryTake(s share) (freed <-chan struct{}, used int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.used > 0 && (m.used+s.bytes > m.limit || s.large && m.large+s.bytes > m.forLarge()) {
		if m.freed == nil {
			m.freed = make(chan struct{})
		}
		return m.freed, m.used
	}
	m.add(s)
	return nil, 0
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
	m.add(share{-s.bytes, s.large})
	if m.freed != nil {
		close(m.freed)
		m.freed = nil
	}
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
	s := share{bytes: bytes}
	p.memory.mu.Lock()
	p.memory.add(s)
	p.memory.mu.Unlock()
	select {
	case <-ended:
	case <-p.closed:
	}
	p.memory.give(s)
}
