package logsdata

import (
	"strconv"
	"unsafe"

	"github.com/k8slog/k8slog/internal/jsontext"
	"github.com/k8slog/k8slog/internal/protowire"
)

// appendJSON appends a value that is JSON as an AnyValue. A text that is not valid
// JSON becomes a string; filters pass on valid JSON only.
func (w *values) appendJSON(dst, text []byte) []byte {
	out, rest, ok := w.json(dst, text, 0)
	if !ok || len(skipSpace(rest)) > 0 {
		return protowire.AppendText(out[:len(dst)], valueString, text)
	}
	return out
}

// json appends the value at the beginning of s, and returns the rest of s. depth is
// the number of objects and arrays that the value is in. ok is false when s does not
// begin with a valid value; out is then of no use.
func (w *values) json(dst, s []byte, depth int) (out, rest []byte, ok bool) {
	s = skipSpace(s)
	if len(s) == 0 {
		return dst, s, false
	}
	switch s[0] {
	case '"':
		dst = append(dst, valueString)
		return jsonString(dst, s)
	case '{', '[':
		if depth >= maxDepth {
			n := nestedLen(s)
			return protowire.AppendText(dst, valueString, s[:n]), s[n:], n > 0
		}
		if s[0] == '{' {
			return w.jsonObject(dst, s[1:], depth)
		}
		return w.jsonArray(dst, s[1:], depth)
	}
	n := 0
	for n < len(s) && s[n] > ' ' && s[n] != ',' && s[n] != '}' && s[n] != ']' {
		n++
	}
	switch word := s[:n]; string(word) {
	case "null":
		return dst, s[n:], true
	case "true", "false":
		return appendBool(dst, word[0] == 't'), s[n:], true
	case "":
		return dst, s, false
	default:
		dst, ok = jsonNumber(dst, word)
		return dst, s[n:], ok
	}
}

// jsonObject appends an object. s begins behind its opening brace. Of members with
// the same key, the first one counts. The results are those of json.
func (w *values) jsonObject(dst, s []byte, depth int) (out, rest []byte, ok bool) {
	dst, list := protowire.Open(dst, valueMap)
	l := w.keys.begin()
	defer func() { w.keys.end(l) }()
	for first := true; ; first = false {
		s = skipSpace(s)
		if len(s) > 0 && s[0] == '}' {
			return protowire.Seal(dst, list), s[1:], true
		}
		if !first {
			if len(s) == 0 || s[0] != ',' {
				return dst, s, false
			}
			s = skipSpace(s[1:])
		}
		before := len(dst)
		var pair, start int
		dst, pair = protowire.Open(dst, listValues)
		keyAt := len(dst)
		if len(s) == 0 || s[0] != '"' {
			return dst, s, false
		}
		if dst, s, ok = jsonString(append(dst, pairKey), s); !ok {
			return dst, s, false
		}
		if dst[keyAt+1] == 0 { // protobuf omits an empty string
			dst = dst[:keyAt]
		}
		known := !w.keys.add(&l, dst[keyAt:])
		if s = skipSpace(s); len(s) == 0 || s[0] != ':' {
			return dst, s, false
		}
		dst, start = protowire.Open(dst, pairValue)
		if dst, s, ok = w.json(dst, s[1:], depth+1); !ok {
			return dst, s, false
		}
		if dst = protowire.Seal(protowire.Seal(dst, start), pair); known {
			dst = dst[:before]
		}
	}
}

// jsonArray appends an array. s begins behind its opening bracket. The results are
// those of json.
func (w *values) jsonArray(dst, s []byte, depth int) (out, rest []byte, ok bool) {
	dst, list := protowire.Open(dst, valueArray)
	for first := true; ; first = false {
		s = skipSpace(s)
		if len(s) > 0 && s[0] == ']' {
			return protowire.Seal(dst, list), s[1:], true
		}
		if !first {
			if len(s) == 0 || s[0] != ',' {
				return dst, s, false
			}
			s = s[1:]
		}
		var start int
		dst, start = protowire.Open(dst, listValues)
		if dst, s, ok = w.json(dst, s, depth+1); !ok {
			return dst, s, false
		}
		dst = protowire.Seal(dst, start)
	}
}

// jsonString appends the length and the text of the JSON string at the beginning of
// s, and returns the rest of s. The caller has appended the tag of the field.
func jsonString(dst, s []byte) (out, rest []byte, ok bool) {
	end, form, _ := jsontext.Scan(s[1:])
	if form != jsontext.Plain && form != jsontext.Escaped {
		return dst, s, false
	}
	dst = append(dst, 0)
	start := len(dst)
	dst = jsontext.AppendUnescaped(dst, s[1:1+end])
	return protowire.Seal(dst, start), s[end+2:], true
}

// jsonNumber appends a number. A number without a point and an exponent becomes an
// integer, any other a double, and one that its type cannot hold a string. It returns
// false when word is not made of the characters of a number.
func jsonNumber(dst, word []byte) ([]byte, bool) {
	whole := true
	for i, c := range word {
		switch {
		case c-'0' <= 9, c == '-' && i == 0:
		case c == '.', c == 'e', c == 'E', c == '+', c == '-':
			whole = false
		default:
			return dst, false
		}
	}
	// The functions below do not retain text, so it may share the memory of word.
	text := unsafe.String(unsafe.SliceData(word), len(word))
	if whole {
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return protowire.AppendVarint(dst, valueInt, uint64(n)), true
		}
	} else if f, err := strconv.ParseFloat(text, 64); err == nil {
		return appendDouble(dst, f), true
	}
	return protowire.AppendBytes(dst, valueString, word), true
}

// nestedLen returns the length of the object or array at the beginning of s; 0 when it
// has no end. It does not recurse, because the text may nest to any depth.
func nestedLen(s []byte) int {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '"':
			end, form, _ := jsontext.Scan(s[i+1:])
			if form == jsontext.Unterminated {
				return 0
			}
			i += end + 1
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return 0
}

// skipSpace returns s without leading white space.
func skipSpace(s []byte) []byte {
	for len(s) > 0 && (s[0] == ' ' || s[0] == '\t' || s[0] == '\r' || s[0] == '\n') {
		s = s[1:]
	}
	return s
}
