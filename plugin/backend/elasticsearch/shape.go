package elasticsearch

import (
	"bytes"
	"slices"

	"github.com/cespare/xxhash/v2"

	"github.com/k8slog/k8slog/internal/jsontext"
)

const (
	// maxNested is how deep a value may nest. A flattened field takes 20.
	maxNested = 16
	// maxKeys is how many keys an object may have, so that each can be compared
	// with all others.
	maxKeys = 256
	// maxKey is how long a key may be: above 32766 bytes, with its value,
	// Lucene refuses the document.
	maxKey = 512
)

// shape finds out whether the server will take objects and arrays, whatever
// its mapping says: it refuses documents for keys that come twice, are blank,
// or hold a NUL, and for too many levels. The zero shape is ready; it serves
// one goroutine.
type shape struct {
	levels []int    // of what is open: where its keys begin; -1 for an array
	keys   []uint64 // hashes of the keys of all open objects
	text   []byte   // a key without escapes
}

// fits says whether the server will take value, which is valid JSON. Two keys
// with the same hash count as one: then a value is refused without need.
func (s *shape) fits(value []byte) bool {
	s.levels, s.keys = s.levels[:0], s.keys[:0]
	expectKey := false
	for i := 0; i < len(value); i++ {
		switch value[i] {
		case '{', '[':
			if len(s.levels) == maxNested {
				return false
			}
			from := -1
			if expectKey = value[i] == '{'; expectKey {
				from = len(s.keys)
			}
			s.levels = append(s.levels, from)
		case '}', ']':
			last := len(s.levels) - 1
			if s.levels[last] >= 0 {
				s.keys = s.keys[:s.levels[last]]
			}
			s.levels = s.levels[:last]
			expectKey = false
		case ',':
			expectKey = s.levels[len(s.levels)-1] >= 0
		case ':':
			expectKey = false
		case '"':
			end, form, _ := jsontext.Scan(value[i+1:])
			if expectKey && !s.key(value[i+1:i+1+end], form) {
				return false
			}
			i += 1 + end
		}
	}
	return true
}

// key takes in a key of the innermost object.
func (s *shape) key(key []byte, form jsontext.Kind) bool {
	if form != jsontext.Plain {
		s.text = jsontext.AppendUnescaped(s.text[:0], key)
		key = s.text
	}
	hash := xxhash.Sum64(key)
	others := s.keys[s.levels[len(s.levels)-1]:]
	if len(key) > maxKey || len(bytes.TrimSpace(key)) == 0 || bytes.IndexByte(key, 0) >= 0 ||
		len(others) == maxKeys || slices.Contains(others, hash) {
		return false
	}
	s.keys = append(s.keys, hash)
	return true
}
