// Package jsonshape finds out whether a server takes an object or an array of JSON, whatever
// is in it: most refuse a document or a whole request for keys that come twice, are blank,
// or hold a NUL, and for too many levels.
package jsonshape

import (
	"bytes"
	"slices"

	"github.com/cespare/xxhash/v2"

	"github.com/k8slog/k8slog/internal/jsontext"
)

// Shape is what a server takes. It serves one goroutine, because it keeps its memory.
type Shape struct {
	// Nested is how deep a value may nest.
	Nested int
	// Keys is how many keys an object may have, so that each can be compared with all
	// others, and Key is how long one may be, in bytes.
	Keys, Key int
	// Doubles: a number must be within the range of a double.
	Doubles bool
	// Values is the number of values that the last call of Fits has counted.
	Values int

	levels []int    // of what is open: where its keys begin; -1 for an array
	keys   []uint64 // hashes of the keys of all open objects
	text   []byte   // a key without escapes
}

// Fits reports whether the server will take value, which is valid JSON. Two keys
// with the same hash count as one: then a value is refused without need.
func (s *Shape) Fits(value []byte) bool {
	s.levels, s.keys, s.Values = s.levels[:0], s.keys[:0], 1
	expectKey := false
	for i := 0; i < len(value); i++ {
		switch value[i] {
		case '{', '[':
			if len(s.levels) == s.Nested {
				return false
			}
			from := -1
			if expectKey = value[i] == '{'; expectKey {
				from = len(s.keys)
			}
			s.levels = append(s.levels, from)
			s.Values++
		case '}', ']':
			last := len(s.levels) - 1
			if s.levels[last] >= 0 {
				s.keys = s.keys[:s.levels[last]]
			}
			s.levels = s.levels[:last]
			expectKey = false
		case ',':
			expectKey = s.levels[len(s.levels)-1] >= 0
			s.Values++
		case ':':
			expectKey = false
		case '"':
			end, form, _ := jsontext.Scan(value[i+1:])
			if expectKey && !s.key(value[i+1:i+1+end], form) {
				return false
			}
			i += 1 + end
		case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
			end := i + numberLen(value[i:])
			if s.Doubles && !fitsDouble(value[i:end]) {
				return false
			}
			i = end - 1
		}
	}
	return true
}

// numberLen returns the length of the number at the start of s.
func numberLen(s []byte) int {
	for i, c := range s {
		if c-'0' > 9 && c != '-' && c != '+' && c != '.' && c|0x20 != 'e' {
			return i
		}
	}
	return len(s)
}

// fitsDouble reports whether a number is surely within the range of a double: it has few
// digits, and an exponent of at most two.
func fitsDouble(number []byte) bool {
	const digits = 200
	mantissa, exponent := number, []byte(nil)
	if e := bytes.IndexAny(number, "eE"); e >= 0 {
		mantissa, exponent = number[:e], bytes.TrimLeft(number[e+1:], "+-0")
	}
	return len(mantissa) <= digits && len(exponent) <= 2
}

// key takes in a key of the innermost object.
func (s *Shape) key(key []byte, form jsontext.Kind) bool {
	if form != jsontext.Plain {
		s.text = jsontext.AppendUnescaped(s.text[:0], key)
		key = s.text
	}
	hash := xxhash.Sum64(key)
	others := s.keys[s.levels[len(s.levels)-1]:]
	if len(key) > s.Key || len(bytes.TrimSpace(key)) == 0 || bytes.IndexByte(key, 0) >= 0 ||
		len(others) == s.Keys || slices.Contains(others, hash) {
		return false
	}
	s.keys = append(s.keys, hash)
	return true
}
