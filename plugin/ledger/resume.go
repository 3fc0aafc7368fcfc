package ledger

import (
	"hash/maphash"
	"slices"
	"sync"
	"time"
)

// maxRemembered is the number of chunks whose state is remembered. A chunk takes
// up to 2 MB on the disk. Its state takes about 100 bytes, and a bit for each
// record when a part of the chunk is settled.
const maxRemembered = 1 << 16

// Resume remembers the state of the chunks that were returned to Fluent Bit, until
// Fluent Bit presents them again. A chunk is recognised by its tag and content.
// The memory ends with the process; the ids of records let a backend recognise
// what it gets twice after that. It is created by NewResume, and is safe for
// concurrent use.
type Resume struct {
	seed maphash.Seed

	mu     sync.Mutex
	chunks map[chunkKey]ChunkState
	serial int
	order  []saved // the calls of Save, the oldest first; see current
	unread int     // chunks that were returned unread
	outage int     // chunks with Outage
}

// saved is a call of Save. It is current as long as the state of the chunk has the
// serial of the call.
type saved struct {
	key    chunkKey
	serial int
}

type chunkKey struct {
	hash uint64
	size int
}

// ChunkState is the progress of a chunk. The zero ChunkState is that of a new
// chunk.
type ChunkState struct {
	Counted int    // records that are in the ledger
	Pending int    // records that are in the ledger and not settled
	Settled Bitset // the settled records
	// Copies is the progress of the records that several destinations must have, by their
	// indexes; shorter where there is none.
	Copies []Copies
	Read   bool  // the records were read, and not only counted
	First  int64 // the time of the first record, in nanoseconds; 0 where the order of age does not matter
	Outage bool  // newer chunks give way: the backend was down, there was no memory, or older chunks go first
	// AsideSince is when a record of the chunk was first set aside; zero for never.
	AsideSince time.Time
	// Failed is the records on which the server has failed.
	Failed Bitset
	// Reading is the lines of the chunk in the ledger of the disk; nil for none.
	Reading Reading
	// UnderWay is the records whose requests go on; nil for none.
	UnderWay *UnderWay
	// Abandoned is true when the chunk has not come again for so long that its pending
	// records count as abandoned.
	Abandoned bool
	serial    int       // of the call of Save
	saved     time.Time // the time of the call
}

// Reading is told when a chunk is forgotten, or abandoned.
type Reading interface{ Forget() }

func (s ChunkState) forgetReading() {
	if s.Reading != nil {
		s.Reading.Forget()
	}
}

// NewResume creates an empty Resume.
func NewResume() *Resume {
	return &Resume{seed: maphash.MakeSeed(), chunks: map[chunkKey]ChunkState{}}
}

// Take returns the state of a chunk, and forgets it: of two equal chunks, only one
// is the chunk that was returned.
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

// remove forgets a chunk, and returns its state.
func (r *Resume) remove(key chunkKey) ChunkState {
	state, there := r.chunks[key]
	if there && !state.Read && !state.Abandoned {
		r.unread--
	}
	if there && state.Outage {
		r.outage--
	}
	delete(r.chunks, key)
	return state
}

// forget forgets a chunk, and returns the number of its pending records.
func (r *Resume) forget(key chunkKey) int {
	state := r.remove(key)
	if state.Abandoned {
		return 0 // they are pending no more
	}
	return state.Pending
}

// Abandon marks the chunks that were returned before a time and have not come again.
// settle is called with the state of each, and enters what is known of its records since
// then. Abandon returns the number of the chunks, and of their pending records. The
// chunks are still remembered: one of them may come after all.
func (r *Resume) Abandon(before time.Time, settle func(*ChunkState)) (chunks, pending int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, k := range r.order {
		if !r.current(k) {
			continue
		}
		state := r.chunks[k.key]
		if !state.saved.Before(before) {
			break // as all behind it
		}
		if state.Abandoned {
			continue
		}
		settle(&state)
		if !state.Read {
			r.unread--
		}
		// What is still in a file is read again. Should the chunk come after all, its lines
		// are entered anew, and those that have an outcome by then are not sent again.
		state.forgetReading()
		state.Reading, state.Abandoned = nil, true
		r.chunks[k.key] = state
		chunks++
		pending += state.Pending
	}
	return chunks, pending
}

// Unread returns the number of chunks that were returned unread, and were not
// presented again.
func (r *Resume) Unread() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.unread
}

// Outstanding returns the number of chunks that were returned and not presented again, and
// of those that were returned unread: of all that were returned since a time.
func (r *Resume) Outstanding(since time.Time) (returned, unread int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, k := range slices.Backward(r.order) {
		if !r.current(k) {
			continue
		}
		state := r.chunks[k.key]
		if state.saved.Before(since) {
			break // as all before it
		}
		if state.Abandoned {
			continue
		}
		returned++
		if !state.Read {
			unread++
		}
	}
	return returned, unread
}

// HasOlder reports whether a chunk that was returned in an outage since a time has a first
// record before another time, in nanoseconds.
func (r *Resume) HasOlder(first int64, since time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.outage == 0 {
		return false
	}
	for _, state := range r.chunks {
		if state.Outage && state.First < first && state.saved.After(since) {
			return true
		}
	}
	return false
}

// Save remembers the state of a chunk. It returns the number of pending records
// of another chunk, which it forgot for this one.
func (r *Resume) Save(tag string, data []byte, state ChunkState) (forgotten int) {
	key := r.key(tag, data)
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, twice := r.chunks[key]; twice {
		forgotten = r.forget(key)
	} else if len(r.chunks) >= maxRemembered {
		forgotten = r.forgetOldest()
	}
	if !state.Read {
		r.unread++
	}
	if state.Outage {
		r.outage++
	}
	r.serial++
	state.serial, state.saved = r.serial, time.Now()
	r.chunks[key] = state
	r.order = append(r.order, saved{key, r.serial})
	if len(r.order) > 2*len(r.chunks)+1000 {
		r.order = slices.DeleteFunc(r.order, func(k saved) bool { return !r.current(k) })
	}
	return forgotten
}

// forgetOldest forgets the chunk that was returned first. Fluent Bit may have
// dropped the chunk, which it does not report.
func (r *Resume) forgetOldest() (forgotten int) {
	for len(r.order) > 0 {
		oldest := r.order[0]
		r.order = r.order[1:]
		if r.current(oldest) {
			r.chunks[oldest.key].forgetReading()
			return r.forget(oldest.key)
		}
	}
	return 0
}

func (r *Resume) current(k saved) bool {
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
