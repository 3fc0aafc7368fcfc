package otlp

import (
	"strconv"
	"unsafe"

	"github.com/k8slog/k8slog/internal/jsontext"
	"github.com/k8slog/k8slog/internal/protowire"
)

// appendJSON appends a value that is JSON. What is none, which no filter
// passes on, becomes a string.
func (w *values) appendJSON(dst, text []byte) []byte {
	out, rest, ok := w.json(dst, text, 0)
	if !ok || len(space(rest)) > 0 {
		return protowire.AppendText(out[:len(dst)], valueString, text)
	}
	return out
}

// json appends the value at the beginning of s, which stands so deep inside of
// others, and returns what is behind it.
func (w *values) json(dst, s []byte, depth int) (out, rest []byte, ok bool) {
	s = space(s)
	if len(s) == 0 {
		return dst, s, false
	}
	switch s[0] {
	case '"':
		dst = append(dst, valueString)
		return jsonString(dst, s)
	case '{', '[':
		if depth >= maxDepth {
			n := bracketed(s)
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

func (w *values) jsonObject(dst, s []byte, depth int) (out, rest []byte, ok bool) {
	dst, list := protowire.Open(dst, valueMap)
	l := w.keys.begin()
	defer func() { w.keys.end(l) }()
	for first := true; ; first = false {
		s = space(s)
		if len(s) > 0 && s[0] == '}' {
			return protowire.Seal(dst, list), s[1:], true
		}
		if !first {
			if len(s) == 0 || s[0] != ',' {
				return dst, s, false
			}
			s = space(s[1:])
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
		if dst[keyAt+1] == 0 { // an empty one is absent
			dst = dst[:keyAt]
		}
		known := !w.keys.add(&l, dst[keyAt:])
		if s = space(s); len(s) == 0 || s[0] != ':' {
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

func (w *values) jsonArray(dst, s []byte, depth int) (out, rest []byte, ok bool) {
	dst, list := protowire.Open(dst, valueArray)
	for first := true; ; first = false {
		s = space(s)
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

// jsonString appends the length and the text of the string at the beginning of
// s. The tag stands there already.
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

// jsonNumber appends a number: one without a point as an integer, and one that
// its type cannot hold as a string.
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
	// Nothing keeps the string, which lives as long as word.
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

// bracketed returns the length of the object or array at the beginning of s,
// whose brackets are matched without recursion; 0 when it does not end.
func bracketed(s []byte) int {
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

// space skips white space.
func space(s []byte) []byte {
	for len(s) > 0 && (s[0] == ' ' || s[0] == '\t' || s[0] == '\r' || s[0] == '\n') {
		s = s[1:]
	}
	return s
}
