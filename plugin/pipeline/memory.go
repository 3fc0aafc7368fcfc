package pipeline

import (
	"fmt"
	"sync/atomic"
)

// memory limits the memory of the chunks in work.
type memory struct {
	limit int64
	used  atomic.Int64
}

// memoryFactor is about the number of bytes that a byte of a chunk takes: in a frame,
// reassembled, and compressed.
const memoryFactor = 4

// take reserves the memory for a chunk of that size, or returns why not. A chunk that
// is alone always gets its memory; otherwise it would never be delivered.
func (m *memory) take(size int) (taken int64, err error) {
	taken = int64(size) * memoryFactor
	if used := m.used.Add(taken); used > m.limit && used > taken {
		m.used.Add(-taken)
		return 0, fmt.Errorf("chunks take %d bytes of memory already (memory_limit)", used-taken)
	}
	return taken, nil
}

func (m *memory) give(taken int64) { m.used.Add(-taken) }

// holdMemory counts memory that requests still read, until they have ended or the
// pipeline is closed.
func (p *Pipeline) holdMemory(ended <-chan struct{}, bytes int64) {
	p.memory.used.Add(bytes)
	select {
	case <-ended:
	case <-p.closed:
	}
	p.memory.give(bytes)
}
