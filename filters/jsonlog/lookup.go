package jsonlog

import "github.com/k8slog/k8slog/internal/jsontext"

// Lookup returns the value of a member of an object, as it is in the text. path is the key,
// or the keys of nested objects. A key that has dots itself is found by its parts, too. ok is
// false for a text that is no object, and for one without that member. Like Severity, Lookup
// does not check the whole text.
func Lookup(text []byte, path []string) (value []byte, ok bool) {
	m := lenientMembersOf(text)
	for m.next() {
		n := KeyLen(m.key, path)
		switch {
		case n == 0:
		case n == len(path):
			return m.value, true
		default:
			if value, ok = Lookup(m.value, path[n:]); ok {
				return value, true
			}
		}
	}
	return nil, false
}

// KeyLen returns how many parts of a path a key is, joined by dots; 0 for none.
func KeyLen(key []byte, path []string) int {
	for n, part := range path {
		if len(key) < len(part) || string(key[:len(part)]) != part {
			return 0
		}
		if key = key[len(part):]; len(key) == 0 {
			return n + 1
		}
		if key[0] != '.' {
			return 0
		}
		key = key[1:]
	}
	return 0
}

// String returns the inside of a JSON string. ok is false for any other value.
func String(value []byte) (inside []byte, ok bool) {
	if len(value) < 2 || value[0] != '"' {
		return nil, false
	}
	end, kind, _ := jsontext.Scan(value[1:])
	return value[1 : 1+end], kind == jsontext.Plain || kind == jsontext.Escaped
}

// Each calls do for each member of an object that Object has checked. key is without
// quotes, and both are parts of the object.
func Each(object []byte, do func(key, value []byte)) {
	m := membersOf(object)
	for m.next() {
		do(m.key, m.value)
	}
}

// AppendWithout appends an object that Object has checked, without the member at a path.
// It returns false, and appends nothing, when the object has no such member.
func AppendWithout(dst, object []byte, path []string) ([]byte, bool) {
	start, removed := len(dst), false
	dst = append(dst, '{')
	m := membersOf(object)
	for m.next() {
		n := KeyLen(m.key, path)
		if n == len(path) && n > 0 {
			removed = true
			continue
		}
		if len(dst) > start+1 {
			dst = append(dst, ',')
		}
		if n > 0 && m.value[0] == '{' {
			dst = append(append(append(dst, '"'), m.key...), '"', ':')
			var ok bool
			if dst, ok = AppendWithout(dst, m.value, path[n:]); ok {
				removed = true
			} else {
				dst = append(dst, m.value...)
			}
			continue
		}
		dst = append(dst, m.whole...)
	}
	if !removed {
		return dst[:start], false
	}
	return append(dst, '}'), true
}

// IsNumber returns whether a text is a JSON number.
func IsNumber(text []byte) bool {
	c := checker{s: text}
	return len(text) > 0 && c.number() && c.i == len(text)
}
