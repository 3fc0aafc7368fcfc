package otlp

import "hash/maphash"

// keySet tells which keys a map has already: the protocol allows each once, in
// a map of any depth, and what a server does with a second one is its own
// choice. Keys are known by their hashes. Maps are begun and ended like brackets.
type keySet struct {
	seed   maphash.Seed
	hashes []uint64 // of the maps that are open
	many   map[uint64]struct{}
	maps   uint64
}

// few is how many keys of a map are looked through one by one.
const few = 32

// level is a map that is open.
type level struct {
	from, n int
	salt    uint64
}

func (s *keySet) reset() {
	if s.hashes = s.hashes[:0]; len(s.many) > 1<<12 {
		s.many = nil
	} else if len(s.many) > 0 {
		clear(s.many)
	}
	s.maps = 0
}

func (s *keySet) begin() level {
	s.maps++
	return level{from: len(s.hashes), salt: s.maps * 0x9e3779b97f4a7c15}
}

// add returns false for a key that the map has already.
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

func (s *keySet) end(l level) { s.hashes = s.hashes[:l.from] }
