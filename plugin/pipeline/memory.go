package pipeline

import (
	"fmt"
	"sync/atomic"
)

// memory bounds what chunks take while they are worked on.
type memory struct {
	limit int64
	used  atomic.Int64
}

// memoryFactor is about how many bytes a byte of a chunk takes: as a frame,
// reassembled, and compressed.
const memoryFactor = 4

// take reserves what a chunk of that size needs, or says why not. A chunk that is
// alone always gets it, because it would never come through otherwise.
func (m *memory) take(size int) (taken int64, err error) {
	taken = int64(size) * memoryFactor
	if used := m.used.Add(taken); used > m.limit && used > taken {
		m.used.Add(-taken)
		return 0, fmt.Errorf("chunks take %d bytes of memory already (memory_limit)", used-taken)
	}
	return taken, nil
}

func (m *memory) give(taken int64) { m.used.Add(-taken) }
