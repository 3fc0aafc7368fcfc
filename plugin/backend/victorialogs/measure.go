package victorialogs

// measure returns how many fields VictoriaLogs makes of members of an object,
// of which only the inside is given, as JSON: a field of every value that is no
// object, named by all the keys above it. It returns false for what it does not
// take: a name that is too long, or too many levels.
func measure(members []byte) (fields int, ok bool) {
	var above [maxDepth]int // the length of the keys above, with their dots
	depth := 0
	for i := 0; i < len(members); {
		switch members[i] {
		case '"': // a key: strings that are values are passed below
			end := stringEnd(members, i)
			name := above[depth] + end - i - 2 // with escapes, longer than it is
			if name > maxName {
				return fields, false
			}
			i = pastColon(members, end)
			if i < len(members) && members[i] == '{' {
				if depth++; depth == maxDepth {
					return fields, false
				}
				above[depth] = name + 1
				i++
				continue
			}
			fields++
			if i, ok = valueEnd(members, i); !ok {
				return fields, false
			}
		case '}':
			depth = max(depth-1, 0)
			i++
		default: // a comma, or white space
			i++
		}
	}
	return fields, true
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
