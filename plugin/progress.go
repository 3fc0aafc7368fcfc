package plugin

import (
	"hash/maphash"
	"slices"
	"sync"
)

// maxRemembered bounds the chunks whose progress is remembered. A chunk takes
// up to 2 MB on disk and some 100 bytes here, or a bit a record when part of
// it is settled.
const maxRemembered = 1 << 16

// progress remembers what became of the records of chunks that were given back
// to Fluent Bit, until they are presented again. Chunks are recognised by tag
// and content. The memory ends with the process, which is why backends that
// can are given repeats that they recognise.
type progress struct {
	seed maphash.Seed

	mu     sync.Mutex
	chunks map[chunkKey]chunkState
	serial int
	order  []keeping // as they came; those that were taken since do not count
	unread int       // chunks of which no record was looked at
}

// keeping is one call of keep. It counts as long as the chunk that it kept has
// the same serial.
type keeping struct {
	key    chunkKey
	serial int
}

type chunkKey struct {
	hash uint64
	size int
}

// chunkState is what is known of a chunk.
type chunkState struct {
	counted int    // records that are in the books
	pending int    // of these, not settled
	settled bitset // records that are delivered, dead-lettered or dropped
	read    bool   // the records were looked at, not only counted
	serial  int    // of the call that kept it
}

func newProgress() *progress {
	return &progress{seed: maphash.MakeSeed(), chunks: map[chunkKey]chunkState{}}
}

// take returns what is known of a chunk, and forgets it: of two equal chunks
// only one is taken for the one that was given back.
func (p *progress) take(tag string, data []byte) chunkState {
	p.mu.Lock()
	empty := len(p.chunks) == 0
	p.mu.Unlock()
	if empty {
		return chunkState{} // the usual case, which need not read the chunk
	}
	key := p.key(tag, data)
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.remove(key)
}

// remove forgets a chunk, and returns what was known of it.
func (p *progress) remove(key chunkKey) chunkState {
	state, there := p.chunks[key]
	if there && !state.read {
		p.unread--
	}
	delete(p.chunks, key)
	return state
}

// countUnread counts the chunks that were given back unread, and have not come
// again.
func (p *progress) countUnread() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.unread
}

// keep remembers a chunk. It returns how many pending records of another one
// had to be forgotten for it.
func (p *progress) keep(tag string, data []byte, state chunkState) (forgotten int) {
	key := p.key(tag, data)
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, twice := p.chunks[key]; twice {
		forgotten = p.remove(key).pending
	} else if len(p.chunks) >= maxRemembered {
		forgotten = p.forgetOldest()
	}
	if !state.read {
		p.unread++
	}
	p.serial++
	state.serial = p.serial
	p.chunks[key] = state
	p.order = append(p.order, keeping{key, p.serial})
	if len(p.order) > 2*len(p.chunks)+1000 {
		p.order = slices.DeleteFunc(p.order, func(k keeping) bool { return !p.counts(k) })
	}
	return forgotten
}

// forgetOldest forgets the chunk that has been away longest. Fluent Bit may
// have dropped it: it does not say.
func (p *progress) forgetOldest() (forgotten int) {
	for len(p.order) > 0 {
		oldest := p.order[0]
		p.order = p.order[1:]
		if p.counts(oldest) {
			return p.remove(oldest.key).pending
		}
	}
	return 0
}

func (p *progress) counts(k keeping) bool {
	state, there := p.chunks[k.key]
	return there && state.serial == k.serial
}

func (p *progress) key(tag string, data []byte) chunkKey {
	var h maphash.Hash
	h.SetSeed(p.seed)
	_, _ = h.WriteString(tag)
	_ = h.WriteByte(0)
	_, _ = h.Write(data)
	return chunkKey{hash: h.Sum64(), size: len(data)}
}

// bitset is a set of record numbers. The zero bitset is empty.
type bitset []uint64

func (b bitset) has(i int) bool {
	return i>>6 < len(b) && b[i>>6]&(1<<(i&63)) != 0
}

func (b *bitset) add(i int) {
	for i>>6 >= len(*b) {
		*b = append(*b, 0)
	}
	(*b)[i>>6] |= 1 << (i & 63)
}
