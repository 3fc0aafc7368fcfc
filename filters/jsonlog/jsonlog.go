// Package jsonlog reads what a line of JSON says of itself: the keys that
// zap, logrus, klog, bunyan, pino, Serilog, log4j and Google's agents use. It
// works in place and reads the object's own level only.
package jsonlog

import (
	"bytes"
	"strconv"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/jsontext"
)

// Severity reads the level of an object, and no further than that: the object
// may be a piece that the container runtime cut. Zero means that it has none.
func Severity(text []byte) filters.Severity {
	s, ok := open(text)
	var c clues
	for ok {
		var key, value []byte
		if key, value, s, ok = member(s, true); !ok {
			break
		}
		if isLevel(key) {
			if severity := filters.ParseSeverity(bare(value)); severity != 0 {
				return severity
			}
		}
		c.note(key)
		if ok = len(s) > 0 && s[0] == ','; ok {
			s = trim(s[1:])
		}
	}
	return c.severity()
}

// clues tell the severity of klog's JSON, which has no level: information has
// a verbosity, and errors do not
// (https://kubernetes.io/docs/concepts/cluster-administration/system-logs/#json-log-format).
type clues struct{ ts, msg, v, err bool }

func (c *clues) note(key []byte) {
	switch string(key) {
	case "ts":
		c.ts = true
	case "msg":
		c.msg = true
	case "v":
		c.v = true
	case "err":
		c.err = true
	}
}

func (c *clues) severity() filters.Severity {
	switch {
	case !c.ts || !c.msg:
		return 0
	case c.v:
		return filters.Info
	case c.err:
		return filters.Error
	}
	return 0
}

// Parse reads an object. It returns false for what is not one whole object of
// valid JSON strings, and for one that says nothing of itself.
func Parse(text []byte) (h filters.Header, ok bool) {
	s, ok := open(text)
	if !ok {
		return filters.Header{}, false
	}
	var c clues
	for len(s) > 0 && s[0] == '"' {
		var key, value []byte
		if key, value, s, ok = member(s, false); !ok {
			return filters.Header{}, false
		}
		if h.Severity == 0 && isLevel(key) {
			h.Severity = filters.ParseSeverity(bare(value))
		}
		c.note(key)
		switch string(key) {
		case "ts", "time", "timestamp", "@timestamp", "@t":
			if !h.HasTime {
				h.Time, h.HasTime = instant(value)
			}
		case "msg", "message", "@m":
			if !h.Message.Exists() && value[0] == '"' {
				h.Message = filters.EscapedText(value[1 : len(value)-1])
			}
		case "caller":
			if h.Caller == nil && value[0] == '"' {
				h.Caller = plain(value)
			}
		}
		if len(s) == 0 || s[0] != ',' {
			break
		}
		s = trim(s[1:])
	}
	if len(s) != 1 || s[0] != '}' {
		return filters.Header{}, false
	}
	if h.Severity == 0 {
		h.Severity = c.severity()
	}
	return h, h.Severity != 0
}

func isLevel(key []byte) bool {
	switch string(key) {
	case "level", "severity", "lvl", "log.level", "@l", "levelname", "loglevel":
		return true
	}
	return false
}

// open returns what stands behind the opening brace.
func open(text []byte) (rest []byte, ok bool) {
	s := trim(bytes.TrimRight(text, space))
	if len(s) < 2 || s[0] != '{' {
		return nil, false
	}
	return trim(s[1:]), true
}

// member reads "key": value, and returns what stands behind it. A lenient one
// takes strings that are no valid UTF-8, which must not be passed on.
func member(s []byte, lenient bool) (key, value, rest []byte, ok bool) {
	if len(s) == 0 || s[0] != '"' {
		return nil, nil, nil, false
	}
	key, s, ok = str(s)
	if s = trim(s); !ok || len(s) == 0 || s[0] != ':' {
		return nil, nil, nil, false
	}
	value, s, ok = skip(trim(s[1:]), lenient)
	return key, value, trim(s), ok
}

// skip returns the value at the beginning of s. Brackets are matched without
// recursion; what stands between them is not checked further.
func skip(s []byte, lenient bool) (value, rest []byte, ok bool) {
	depth := 0
	for i := 0; i < len(s); {
		switch s[i] {
		case '"':
			end, form, _ := jsontext.Scan(s[i+1:])
			if form == jsontext.Unterminated || form == jsontext.Broken && !lenient {
				return nil, nil, false
			}
			i += end + 2
			if depth == 0 {
				return s[:i], s[i:], true
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth < 0 {
				return s[:i], s[i:], i > 0
			}
			if depth == 0 {
				return s[:i+1], s[i+1:], true
			}
		case ',':
			if depth == 0 {
				return s[:i], s[i:], i > 0
			}
		}
		i++
	}
	return nil, nil, false
}

// str returns the inside of the string at the beginning of s.
func str(s []byte) (inside, rest []byte, ok bool) {
	end, form, _ := jsontext.Scan(s[1:])
	if form != jsontext.Plain && form != jsontext.Escaped {
		return nil, nil, false
	}
	return s[1 : 1+end], s[end+2:], true
}

// bare is a value without quotes and white space.
func bare(value []byte) []byte { return bytes.Trim(value, `"`+space) }

// plain is the text of a string.
func plain(value []byte) []byte {
	inside := value[1 : len(value)-1]
	if bytes.IndexByte(inside, '\\') < 0 {
		return inside
	}
	return jsontext.AppendUnescaped(nil, inside)
}

// instant reads a time: RFC 3339, or a number of seconds, milliseconds,
// microseconds or nanoseconds since 1970, told apart by their size.
func instant(value []byte) (ns int64, ok bool) {
	value = bare(value)
	if ns, ok = filters.ParseTime(value); ok {
		return ns, true
	}
	if n := len(value); n > 5 && (value[n-5] == '+' || value[n-5] == '-') {
		// zap writes its zone without a colon.
		var colon [40]byte
		if n < len(colon) {
			if ns, ok = filters.ParseTime(append(append(append(colon[:0], value[:n-2]...), ':'), value[n-2:]...)); ok {
				return ns, true
			}
		}
	}
	f, err := strconv.ParseFloat(string(value), 64)
	if err != nil || !(f > 1e8 && f < 9e18) { // seconds of 1973 at least
		return 0, false
	}
	switch {
	case f < 1e11:
		return int64(f * 1e9), true
	case f < 1e14:
		return int64(f * 1e6), true
	case f < 1e17:
		return int64(f * 1e3), true
	}
	return int64(f), true
}

// space is the white space of JSON.
const space = " \t\r\n"

// trim takes the white space off the beginning; open has taken it off the end.
func trim(s []byte) []byte {
	for len(s) > 0 && (s[0] == ' ' || s[0] == '\t' || s[0] == '\r' || s[0] == '\n') {
		s = s[1:]
	}
	return s
}
