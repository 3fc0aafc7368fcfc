// Package logfmt reads lines of key=value pairs, as dockerd, containerd and
// many Go programs write them
// (https://github.com/sirupsen/logrus/blob/master/text_formatter.go):
//
//	time="2018-08-11T03:42:05Z" level=info msg="a text" module=libcontainerd
package logfmt

import (
	"bytes"

	"github.com/k8slog/k8slog/filters"
)

// Pair is one key and its value.
type Pair struct {
	Key, Value []byte
	// Quoted values stand here without their quotes, but with their escapes.
	Quoted bool
}

// Text is the value.
func (p Pair) Text() filters.Text {
	if p.Quoted {
		return filters.QuotedText(p.Value)
	}
	return filters.PlainText(p.Value)
}

// Next reads the pair at the beginning of s and returns what stands behind it.
// It returns false at the end of the line, and for what is no pair.
func Next(s []byte) (p Pair, rest []byte, ok bool) {
	for len(s) > 0 && (s[0] == ' ' || s[0] == '\t') {
		s = s[1:]
	}
	i := 0
	for i < len(s) && s[i] > ' ' && s[i] != '=' && s[i] != '"' {
		i++
	}
	if i == 0 || i == len(s) || s[i] != '=' {
		return Pair{}, s, false
	}
	p.Key, rest = s[:i], s[i+1:]
	if len(rest) == 0 || rest[0] != '"' {
		end := 0
		for end < len(rest) && !isSpace(rest[end]) {
			end++
		}
		p.Value = rest[:end]
		return p, rest[end:], true
	}
	end := filters.QuotedEnd(rest[1:])
	if end < 0 || end+2 < len(rest) && !isSpace(rest[end+2]) {
		return Pair{}, s, false
	}
	p.Value, p.Quoted = rest[1:1+end], true
	return p, rest[end+2:], true
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// Begins says whether text can be logfmt with a header: whether it begins with
// a key that headers have. It is cheap.
func Begins(text []byte) bool {
	const longest = len("timestamp=")
	i := bytes.IndexByte(text[:min(len(text), longest)], '=')
	if i < 0 {
		return false
	}
	switch string(text[:i]) {
	case "time", "ts", "t", "timestamp", "level", "lvl", "severity", "msg", "caller", "logger":
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
		if s := filters.KeyedSeverity(p.Key, p.Value); s != 0 {
			return s
		}
		rest = next
	}
}

// Parse reads a line that begins with one of the keys of a header and has a
// level among them. Its other pairs are written to scratch.
func Parse(text []byte, scratch *[]byte) (h filters.Header, ok bool) {
	if !Begins(text) {
		return filters.Header{}, false
	}
	var o filters.Object
	o.Begin(*scratch)
	for rest := text; ; {
		var p Pair
		if p, rest, ok = Next(rest); !ok {
			break
		}
		if !take(&h, p) {
			o.Add(p.Key, p.Text())
		}
	}
	*scratch, h.Members = o.End()
	return h, h.Severity != 0
}

// take enters a pair into a header that lacks it. It returns false for a pair
// that no header has.
func take(h *filters.Header, p Pair) bool {
	switch string(p.Key) {
	case "time", "ts", "t", "timestamp":
		if !h.HasTime {
			h.Time, h.HasTime = filters.ParseInstant(p.Value)
			return h.HasTime
		}
	case "msg", "message":
		if !h.Message.Exists() {
			h.Message = p.Text()
			return true
		}
	case "caller", "source":
		if !h.Caller.Exists() {
			h.Caller = p.Text()
			return true
		}
	default:
		if h.Severity == 0 {
			h.Severity = filters.KeyedSeverity(p.Key, p.Value)
			return h.Severity != 0
		}
	}
	return false
}

// AppendMembers appends the pairs of a line that begins with one of the keys
// of a header as a JSON object, which is nil for any other text: one that is
// not pairs up to its end, or up to the end of its first line.
func AppendMembers(dst, text []byte) (_, object []byte) {
	if !Begins(text) {
		return dst, nil
	}
	var o filters.Object
	o.Begin(dst)
	for rest := text; ; {
		p, next, ok := Next(rest)
		if !ok {
			if next = bytes.TrimLeft(next, "\r"); len(next) > 0 && next[0] != '\n' {
				return dst, nil
			}
			return o.End()
		}
		o.Add(p.Key, p.Text())
		rest = next
	}
}

// Time returns the time of a line: that of the first of the keys that is there
// and can be read.
func Time(text []byte, keys []string) (ns int64, ok bool) {
	if !Begins(text) {
		return 0, false
	}
	best := len(keys)
	for rest := text; best > 0; {
		p, next, found := Next(rest)
		if !found {
			break
		}
		for i, key := range keys[:best] {
			if string(p.Key) != key {
				continue
			}
			if t, readable := filters.ParseInstant(p.Value); readable {
				ns, ok, best = t, true, i
			}
			break
		}
		rest = next
	}
	return ns, ok
}
