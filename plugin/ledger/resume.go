package ledger

import (
	"hash/maphash"
	"slices"
	"sync"
	"time"
)

// maxRemembered bounds the chunks whose progress is remembered. A chunk takes
// up to 2 MB on disk and some 100 bytes here, or a bit a record when part of
// it is settled.
const maxRemembered = 1 << 16

// Resume remembers which records of a chunk are settled, from the time that the
// chunk is returned to Fluent Bit until it is presented again. Chunks are
// recognised by tag and content. The memory ends with the process, which is why
// backends that can are given ids by which they recognise repeats. It is made by
// NewResume.
type Resume struct {
	seed maphash.Seed

	mu     sync.Mutex
	chunks map[chunkKey]ChunkState
	serial int
	order  []saved // as they came; those that were taken since do not count
	unread int     // chunks that were returned before anybody read them
}

// saved is one call of Save. It counts as long as the chunk has the serial that
// the call gave it.
type saved struct {
	key    chunkKey
	serial int
}

type chunkKey struct {
	hash uint64
	size int
}

// ChunkState is how far a chunk has come. The zero ChunkState is that of a chunk
// that nobody has seen before.
type ChunkState struct {
	Counted int    // records that are in the ledger
	Pending int    // of these, not settled
	Settled Bitset // records that have an outcome
	Read    bool   // the records were read, and not only counted
	// AsideSince is when records of the chunk first had to wait alone; zero for
	// never.
	AsideSince time.Time
	// UnderWay is the records whose requests go on; nil for none.
	UnderWay *UnderWay
	serial   int // of the call that saved it
}

// NewResume returns a Resume that knows no chunk.
func NewResume() *Resume {
	return &Resume{seed: maphash.MakeSeed(), chunks: map[chunkKey]ChunkState{}}
}

// Take returns what is known of a chunk, and forgets it: of two equal chunks
// only one is taken for the one that was given back.
func (r *Resume) Take(tag string, data []byte) ChunkState {
	r.mu.Lock()
	empty := len(r.chunks) == 0
	r.mu.Unlock()
	if empty {
		return ChunkState{} // the usual case, which need not read the chunk
	}
	key := r.key(tag, data)
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.remove(key)
}

// remove forgets a chunk, and returns what was known of it.
func (r *Resume) remove(key chunkKey) ChunkState {
	state, there := r.chunks[key]
	if there && !state.Read {
		r.unread--
	}
	delete(r.chunks, key)
	return state
}

// Unread counts the chunks that were given back unread, and have not come
// again.
func (r *Resume) Unread() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.unread
}

// Save remembers how far a chunk has come. It returns how many pending records of
// another chunk had to be forgotten for it.
func (r *Resume) Save(tag string, data []byte, state ChunkState) (forgotten int) {
	key := r.key(tag, data)
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, twice := r.chunks[key]; twice {
		forgotten = r.remove(key).Pending
	} else if len(r.chunks) >= maxRemembered {
		forgotten = r.forgetOldest()
	}
	if !state.Read {
		r.unread++
	}
	r.serial++
	state.serial = r.serial
	r.chunks[key] = state
	r.order = append(r.order, saved{key, r.serial})
	if len(r.order) > 2*len(r.chunks)+1000 {
		r.order = slices.DeleteFunc(r.order, func(k saved) bool { return !r.counts(k) })
	}
	return forgotten
}

// forgetOldest forgets the chunk that has been away longest. Fluent Bit may have
// dropped it, which it does not say.
func (r *Resume) forgetOldest() (forgotten int) {
	for len(r.order) > 0 {
		oldest := r.order[0]
		r.order = r.order[1:]
		if r.counts(oldest) {
			return r.remove(oldest.key).Pending
		}
	}
	return 0
}

func (r *Resume) counts(k saved) bool {
	state, there := r.chunks[k.key]
	return there && state.serial == k.serial
}

func (r *Resume) key(tag string, data []byte) chunkKey {
	var h maphash.Hash
	h.SetSeed(r.seed)
	_, _ = h.WriteString(tag)
	_ = h.WriteByte(0)
	_, _ = h.Write(data)
	return chunkKey{hash: h.Sum64(), size: len(data)}
}

// Bitset is a set of record numbers. The zero Bitset is empty.
type Bitset []uint64

// Has says whether i is in the set.
func (b Bitset) Has(i int) bool {
	return i>>6 < len(b) && b[i>>6]&(1<<(i&63)) != 0
}

// Add puts i into the set.
func (b *Bitset) Add(i int) {
	for i>>6 >= len(*b) {
		*b = append(*b, 0)
	}
	(*b)[i>>6] |= 1 << (i & 63)
}
