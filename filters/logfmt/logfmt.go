// Package logfmt parses lines of key=value pairs, which dockerd, containerd and many Go
// programs write
// (https://github.com/sirupsen/logrus/blob/master/text_formatter.go):
//
//	time="2018-08-11T03:42:05Z" level=info msg="a text" module=libcontainerd
package logfmt

import (
	"bytes"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/internal/goquote"
	"github.com/k8slog/k8slog/internal/timestamp"
)

// Pair is a key and its value. Both are a part of the line.
type Pair struct {
	Key, Value []byte
	// Quoted is true when Value is the inside of a quoted Go string.
	Quoted bool
}

// Text returns the value.
func (p Pair) Text() filters.Text {
	if p.Quoted {
		return filters.QuotedText(p.Value)
	}
	return filters.PlainText(p.Value)
}

// Next parses the pair at the start of s, after white space, and returns the text after
// it. ok is false at the end of the line, and for a text that is not a pair.
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
	end := goquote.End(rest[1:])
	if end < 0 || end+2 < len(rest) && !isSpace(rest[end+2]) {
		return Pair{}, s, false
	}
	p.Value, p.Quoted = rest[1:1+end], true
	return p, rest[end+2:], true
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// Begins returns whether text begins with one of the keys that loggers put first, such as
// time or level. Only such texts are parsed as logfmt. Begins does not parse the text.
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

// Severity returns the severity of a line for which Begins is true; zero for a line
// without one, and for all other lines. A number or a letter can be a level of anything:
// it is a severity only in a line that has a message.
func Severity(text []byte) filters.Severity {
	if !Begins(text) {
		return 0
	}
	var weak filters.Severity
	message, subsystem := false, false
	for rest := text; ; {
		p, next, ok := Next(rest)
		if !ok {
			if message {
				return weak
			}
			return 0
		}
		s := filters.SeverityOfField(p.Key, p.Value)
		switch {
		case s != 0 && !filters.IsWeakLevel(p.Key, p.Value):
			return s
		case s != 0 && weak == 0:
			weak = s
		case subsystem && string(p.Key) == "prio": // PowerDNS, whose level is a number of its own
			if s = filters.ParseSeverity(p.Value); s != 0 && len(p.Value) > 1 {
				return s
			}
		}
		subsystem = subsystem || string(p.Key) == "subsystem"
		message = message || string(p.Key) == "msg" || string(p.Key) == "message"
		rest = next
	}
}

// Parse parses a line for which Begins is true and that has a severity or a time. Pairs that are not
// a part of the Header are appended to scratch as its Members. ok is false for all other
// lines.
func Parse(text []byte, scratch *[]byte) (h filters.Header, ok bool) {
	if !Begins(text) {
		return filters.Header{}, false
	}
	var o filters.ObjectWriter
	o.Begin(*scratch)
	for rest := text; ; {
		var p Pair
		if p, rest, ok = Next(rest); !ok {
			break
		}
		if !setHeader(&h, p) {
			o.Add(p.Key, p.Text())
		}
	}
	*scratch, h.Members = o.End()
	return h, h.Severity != 0 || h.HasTime
}

// setHeader sets the part of h that a pair states. It returns false for a pair that is not
// a part of a Header, or whose part is set already.
func setHeader(h *filters.Header, p Pair) bool {
	switch string(p.Key) {
	case "time", "ts", "t", "timestamp":
		if !h.HasTime {
			h.Time, h.HasTime = timestamp.Parse(p.Value)
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
			h.Severity = filters.SeverityOfField(p.Key, p.Value)
			return h.Severity != 0
		}
	}
	return false
}

// AppendMembers appends the pairs of a line for which Begins is true as a JSON object. It
// returns dst and the object. The object is nil for all other texts, and for a text whose
// first line does not consist of pairs.
func AppendMembers(dst, text []byte) (_, object []byte) {
	if !Begins(text) {
		return dst, nil
	}
	var o filters.ObjectWriter
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

// Time returns the time of a line for which Begins is true, in nanoseconds since 1970.
// keys are the keys that can hold a time; the first of them with a valid time counts. ok
// is false when there is none.
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
			if t, readable := timestamp.Parse(p.Value); readable {
				ns, ok, best = t, true, i
			}
			break
		}
		rest = next
	}
	return ns, ok
}
