// Package docker decodes the lines of docker's json-file log driver: one JSON
// object a line with the keys log, stream, attrs and time
// (https://github.com/moby/moby/blob/master/daemon/logger/jsonfilelog/jsonlog/jsonlog.go).
package docker

import (
	"bytes"
	"maps"
	"slices"

	jsoniter "github.com/json-iterator/go"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/internal/jsontext"
)

// Decode reads r's text as one of docker's lines. On success the text, stream,
// time and attributes are the line's own; a text without a final line feed is
// flagged as a piece. On failure r is unchanged.
//
// The usual shape, in docker's own order, is read in one pass, and its text is
// kept escaped as it stands. Everything else goes to json-iterator.
func Decode(r *filters.Record) bool {
	line, ok := r.Log.Plain()
	if !ok {
		return false
	}
	return decodeUsual(r, line) || decodeAny(r, line)
}

const (
	keyLog    = `{"log":"`
	keyStream = `,"stream":"`
	keyAttrs  = `,"attrs":`
	keyTime   = `,"time":"`
)

var keyAttrsName = []byte("attrs")

func decodeUsual(r *filters.Record, line []byte) bool {
	s, ok := bytes.CutPrefix(line, []byte(keyLog))
	if !ok {
		return false
	}
	end, form, newline := jsontext.Scan(s)
	if form == jsontext.Unterminated {
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
	ns, ok := filters.ParseTime(s[:end])
	if !ok {
		return false
	}

	switch form {
	case jsontext.Plain:
		r.Log = filters.PlainText(log)
	case jsontext.Escaped:
		if newline {
			log = log[:len(log)-2]
		}
		r.Log = filters.EscapedText(log)
	case jsontext.Broken:
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

// stringMapLen returns the length of the object of strings at the start of s,
// written without white space, and 0 when there is none that is valid.
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
		end, form, _ := jsontext.Scan(s[i:])
		i += end + 1
		return form == jsontext.Plain || form == jsontext.Escaped
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

// line is one of docker's lines written unusually: another order, white space.
// Pointers tell absent from empty.
type line struct {
	Log    *string           `json:"log"`
	Stream *string           `json:"stream"`
	Attrs  map[string]string `json:"attrs"`
	Time   *string           `json:"time"`
}

// strict refuses keys that docker does not write: an object that has them is
// an application's own.
var strict = jsoniter.Config{DisallowUnknownFields: true, CaseSensitive: true}.Froze()

func decodeAny(r *filters.Record, text []byte) bool {
	// To json-iterator a NUL is the end: what follows one would be lost.
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
	ns, ok := filters.ParseTime([]byte(*l.Time))
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
