package victorialogs

import "github.com/cespare/xxhash/v2"

// measure appends to names the fields that VictoriaLogs makes of members of an
// object, of which only the inside is given, as JSON: a field of every value
// that is no object, named by all the keys above it. A name is its hash. It
// returns false for what VictoriaLogs does not take: a name that is too long,
// or too many levels.
func measure(names []uint64, members []byte) (fields []uint64, ok bool) {
	var above [maxDepth]struct {
		size int // the length of the keys above, with their dots
		hash uint64
	}
	depth := 0
	for i := 0; i < len(members); {
		switch members[i] {
		case '"': // a key: strings that are values are passed below
			end := stringEnd(members, i)
			key := members[i+1 : max(end-1, i+1)]
			name := above[depth].size + len(key) // with escapes, longer than it is
			if name > maxName {
				return names, false
			}
			const prime = 0x9e3779b97f4a7c15 // the same keys in another order are others
			hash := above[depth].hash*prime + xxhash.Sum64(key)
			i = pastColon(members, end)
			if i < len(members) && members[i] == '{' {
				if depth++; depth == maxDepth {
					return names, false
				}
				above[depth].size, above[depth].hash = name+1, hash
				i++
				continue
			}
			names = append(names, hash)
			if i, ok = valueEnd(members, i); !ok {
				return names, false
			}
		case '}':
			depth = max(depth-1, 0)
			i++
		default: // a comma, or white space
			i++
		}
	}
	return names, true
}

// pastColon returns where the value of a key begins that ends at i.
func pastColon(json []byte, i int) int {
	for i < len(json) && (json[i] == ':' || json[i] <= ' ') {
		i++
	}
	return i
}

// valueEnd returns where a value ends that is no object; false for an array of
// too many levels.
func valueEnd(json []byte, i int) (end int, ok bool) {
	for open := 0; i < len(json); {
		switch json[i] {
		case '"':
			i = stringEnd(json, i)
		case '[', '{':
			if open++; open == maxDepth {
				return i, false
			}
			i++
		case ']', '}':
			if open == 0 {
				return i, true // of the object around it
			}
			open--
			i++
		case ',':
			if open == 0 {
				return i, true
			}
			i++
		default:
			i++
			continue
		}
		if open == 0 {
			return i, true
		}
	}
	return i, true
}

// stringEnd returns the index behind a string that begins at i.
func stringEnd(json []byte, i int) int {
	for i++; i < len(json); i++ {
		switch json[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(json)
}
