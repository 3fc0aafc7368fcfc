package logsdata

import "hash/maphash"

// keySet finds keys that a map has twice. The protocol allows a key once in each map, and
// does not define what a server does with a second one. Two keys with the same hash count
// as the same key. Maps nest: a map that begins last ends first. A keySet serves one
// goroutine, and needs a seed.
type keySet struct {
	seed   maphash.Seed
	hashes []uint64            // the first keys of the open maps, few of each
	many   map[uint64]struct{} // all other keys, salted with their map
	maps   uint64              // the number of maps since reset
}

// few is the number of keys of a map that are searched linearly.
const few = 32

// level is an open map.
type level struct {
	from, n int
	salt    uint64
}

// reset forgets all keys. Memory of a few thousand keys is kept.
func (s *keySet) reset() {
	if s.hashes = s.hashes[:0]; len(s.many) > 1<<12 {
		s.many = nil
	} else if len(s.many) > 0 {
		clear(s.many)
	}
	s.maps = 0
}

// begin opens a map inside of those that are open.
func (s *keySet) begin() level {
	s.maps++
	return level{from: len(s.hashes), salt: s.maps * 0x9e3779b97f4a7c15}
}

// add adds a key to the innermost map. It returns false when the map already has it.
func (s *keySet) add(l *level, key []byte) bool {
	h := maphash.Bytes(s.seed, key)
	for _, other := range s.hashes[l.from:] {
		if other == h {
			return false
		}
	}
	if l.n < few {
		l.n++
		s.hashes = append(s.hashes, h)
		return true
	}
	if _, ok := s.many[h^l.salt]; ok {
		return false
	}
	if s.many == nil {
		s.many = map[uint64]struct{}{}
	}
	s.many[h^l.salt] = struct{}{}
	return true
}

// end closes the innermost map.
func (s *keySet) end(l level) { s.hashes = s.hashes[:l.from] }
