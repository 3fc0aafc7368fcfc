// Package docker decodes the lines of Docker's json-file log driver. Each line is a JSON
// object with the keys log, stream, attrs and time
// (https://github.com/moby/moby/blob/master/daemon/logger/jsonfilelog/jsonlog/jsonlog.go).
package docker

import (
	"bytes"
	"maps"
	"slices"

	jsoniter "github.com/json-iterator/go"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/internal/jsontext"
	"github.com/k8slog/k8slog/internal/timestamp"
)

// Decode decodes r.Log as a line of json-file. It sets Log, Stream and Time, and the flag
// Decoded. It adds the field attrs when the line has it, and sets the flag Partial for a text
// without a final line feed. When the line has another format, Decode returns false and leaves
// r unchanged.
//
// Lines with the keys in Docker's order and without white space are decoded in one
// pass, and Log refers to the escaped text in the line. All other lines are decoded by
// json-iterator.
func Decode(r *filters.Record) bool {
	line, ok := r.Log.Plain()
	if !ok {
		return false
	}
	return decodeUsual(r, line) || decodeAny(r, line)
}

// The keys of a line in Docker's order.
const (
	keyLog    = `{"log":"`
	keyStream = `,"stream":"`
	keyAttrs  = `,"attrs":`
	keyTime   = `,"time":"`
)

var keyAttrsName = []byte("attrs")

// decodeUsual decodes a line with the keys in Docker's order and without white space.
func decodeUsual(r *filters.Record, line []byte) bool {
	s, ok := bytes.CutPrefix(line, []byte(keyLog))
	if !ok {
		return false
	}
	end, kind, newline := jsontext.Scan(s)
	if kind == jsontext.Unterminated {
		return false
	}
	log := s[:end]
	s, ok = bytes.CutPrefix(s[end+1:], []byte(keyStream))
	if !ok || len(s) < 8 || s[6] != '"' {
		return false
	}
	stream, ok := filters.ParseStream(s[:6])
	if !ok {
		return false
	}
	s = s[7:]
	var attrs []byte
	if rest, ok := bytes.CutPrefix(s, []byte(keyAttrs)); ok {
		n := stringMapLen(rest)
		if n == 0 {
			return false
		}
		attrs, s = rest[:n], rest[n:]
	}
	s, ok = bytes.CutPrefix(s, []byte(keyTime))
	if !ok {
		return false
	}
	end = bytes.IndexByte(s, '"')
	if end < 0 || end+2 != len(s) || s[end+1] != '}' {
		return false
	}
	ns, ok := timestamp.ParseRFC3339(s[:end])
	if !ok {
		return false
	}

	switch kind {
	case jsontext.Plain:
		r.Log = filters.PlainText(log)
	case jsontext.Escaped:
		if newline {
			log = log[:len(log)-2]
		}
		r.Log = filters.EscapedText(log)
	case jsontext.Malformed:
		start := len(r.Scratch)
		r.Scratch = jsontext.AppendUnescaped(r.Scratch, log)
		r.Log = filters.PlainText(filters.TrimNewline(r.Scratch[start:]))
	}
	r.Stream, r.Time = stream, ns
	r.Flags |= filters.Decoded
	if !newline {
		r.Flags |= filters.Partial
	}
	if attrs != nil {
		r.Fields = append(r.Fields, filters.Field{Key: keyAttrsName, JSON: attrs})
	}
	return true
}

// stringMapLen returns the length of the JSON object at the start of s when all of its
// values are strings and it has no white space. Otherwise it returns 0.
func stringMapLen(s []byte) int {
	i := 0
	expect := func(c byte) bool {
		if i < len(s) && s[i] == c {
			i++
			return true
		}
		return false
	}
	str := func() bool {
		if !expect('"') {
			return false
		}
		end, kind, _ := jsontext.Scan(s[i:])
		i += end + 1
		return kind == jsontext.Plain || kind == jsontext.Escaped
	}
	if !expect('{') {
		return 0
	}
	if expect('}') {
		return i
	}
	for str() && expect(':') && str() {
		if expect('}') {
			return i
		}
		if !expect(',') {
			return 0
		}
	}
	return 0
}

// line is a line of json-file. The pointers are nil for absent keys.
type line struct {
	Log    *string           `json:"log"`
	Stream *string           `json:"stream"`
	Attrs  map[string]string `json:"attrs"`
	Time   *string           `json:"time"`
}

// strict refuses keys that Docker does not write: an object with such keys is the text
// of an application.
var strict = jsoniter.Config{DisallowUnknownFields: true, CaseSensitive: true}.Froze()

// decodeAny decodes a line with the keys in any order, and with white space.
func decodeAny(r *filters.Record, text []byte) bool {
	// json-iterator stops at a NUL: it would ignore all that follows.
	if len(text) == 0 || text[0] != '{' || bytes.IndexByte(text, 0) >= 0 {
		return false
	}
	var l line
	if strict.Unmarshal(text, &l) != nil || l.Log == nil || l.Stream == nil || l.Time == nil {
		return false
	}
	stream, ok := filters.ParseStream([]byte(*l.Stream))
	if !ok {
		return false
	}
	ns, ok := timestamp.ParseRFC3339([]byte(*l.Time))
	if !ok {
		return false
	}
	log := []byte(*l.Log)
	whole := filters.TrimNewline(log)
	r.Stream, r.Time, r.Log = stream, ns, filters.PlainText(whole)
	r.Flags |= filters.Decoded
	if len(whole) == len(log) {
		r.Flags |= filters.Partial
	}
	if l.Attrs != nil {
		r.Fields = append(r.Fields, filters.Field{Key: keyAttrsName, JSON: appendMap(nil, l.Attrs)})
	}
	return true
}

// appendMap appends m as a JSON object with sorted keys.
func appendMap(dst []byte, m map[string]string) []byte {
	dst = append(dst, '{')
	for i, key := range slices.Sorted(maps.Keys(m)) {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = jsontext.AppendString(dst, key)
		dst = append(dst, ':')
		dst = jsontext.AppendString(dst, m[key])
	}
	return append(dst, '}')
}
