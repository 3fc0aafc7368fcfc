// Package logfmt reads lines of key=value pairs, as dockerd, containerd and
// many Go programs write them
// (https://github.com/sirupsen/logrus/blob/master/text_formatter.go):
//
//	time="2018-08-11T03:42:05Z" level=info msg="a text" module=libcontainerd
package logfmt

import (
	"bytes"
	"strconv"

	"github.com/k8slog/k8slog/filters"
)

// Pair is one key and its value.
type Pair struct {
	Key, Value []byte
	// Quoted values stand here without their quotes, but with their escapes.
	Quoted bool
}

// Next reads the pair at the beginning of s and returns what stands behind it.
// It returns false at the end, and for what is no pair.
func Next(s []byte) (p Pair, rest []byte, ok bool) {
	s = bytes.TrimLeft(s, " \t")
	i := bytes.IndexByte(s, '=')
	if i <= 0 || bytes.ContainsAny(s[:i], " \t\"") {
		return Pair{}, s, false
	}
	p.Key, s = s[:i], s[i+1:]
	if len(s) == 0 || s[0] != '"' {
		end := bytes.IndexAny(s, " \t")
		if end < 0 {
			end = len(s)
		}
		p.Value = s[:end]
		return p, s[end:], true
	}
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			p.Value, p.Quoted = s[1:i], true
			return p, s[i+1:], true
		}
	}
	return Pair{}, s, false
}

// Begins says whether text can be logfmt with a header: whether it begins with
// a key that headers have. It is cheap.
func Begins(text []byte) bool {
	i := bytes.IndexByte(text[:min(len(text), 9)], '=')
	if i < 0 {
		return false
	}
	switch string(text[:i]) {
	case "time", "ts", "t", "level", "lvl", "msg", "caller", "logger":
		return true
	}
	return false
}

// Severity reads the level of a line that begins with one of the keys of a
// header; zero when it has none.
func Severity(text []byte) filters.Severity {
	if !Begins(text) {
		return 0
	}
	for rest := text; ; {
		p, next, ok := Next(rest)
		if !ok {
			return 0
		}
		switch string(p.Key) {
		case "level", "lvl", "severity":
			return filters.ParseSeverity(p.Value)
		}
		rest = next
	}
}

// Parse reads a line that begins with one of the keys of a header and has a
// level among them.
func Parse(text []byte) (h filters.Header, ok bool) {
	if !Begins(text) {
		return filters.Header{}, false
	}
	for rest := text; ; {
		var p Pair
		if p, rest, ok = Next(rest); !ok {
			return h, h.Severity != 0
		}
		switch string(p.Key) {
		case "time", "ts", "t":
			if ns, ok := filters.ParseTime(p.Value); ok && !h.HasTime {
				h.Time, h.HasTime = ns, true
			}
		case "level", "lvl", "severity":
			if h.Severity == 0 {
				h.Severity = filters.ParseSeverity(p.Value)
			}
		case "msg", "message":
			if !h.Message.Exists() {
				h.Message = filters.PlainText(p.text())
			}
		case "caller", "source":
			if h.Caller == nil {
				h.Caller = p.text()
			}
		}
	}
}

// text is the value without escapes.
func (p Pair) text() []byte {
	if !p.Quoted || bytes.IndexByte(p.Value, '\\') < 0 {
		return p.Value
	}
	text, err := strconv.Unquote(`"` + string(p.Value) + `"`)
	if err != nil {
		return p.Value
	}
	return []byte(text)
}
