// Package jsonlog reads what a line of JSON says of itself: the keys that
// zap, logrus, log/slog, klog, hclog, bunyan, pino, Serilog, log4j, Monolog,
// loguru, ECS, GELF, MongoDB, OpenTelemetry and Google's agents use.
// It works in place and reads the object's own level only.
package jsonlog

import (
	"bytes"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/internal/jsontext"
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
		if severity := level(key, value); severity != 0 {
			return severity
		}
		c.note(key, value)
		if ok = len(s) > 0 && s[0] == ','; ok {
			s = trim(s[1:])
		}
	}
	return c.severity(len(s) == 1 && s[0] == '}')
}

// level returns the severity that a member holds. ECS may write log.level as
// an object of its own, and loguru has its record in one.
func level(key, value []byte) filters.Severity {
	if severity := filters.KeyedSeverity(key, number(bare(value))); severity != 0 || value[0] != '{' {
		return severity
	}
	switch string(key) {
	case "log":
		return filters.ParseSeverity(bare(within(value, "level")))
	case "record":
		return filters.ParseSeverity(bare(within(within(value, "level"), "name")))
	}
	return 0
}

// number is a number without a fraction that is none.
func number(value []byte) []byte {
	if n := len(value) - len(".0"); n > 0 && value[n] == '.' && value[n+1] == '0' {
		return value[:n]
	}
	return value
}

// within returns the value of an object's own member; nil when it has none of
// that name.
func within(object []byte, name string) []byte {
	for s, ok := open(object); ok; {
		var key, value []byte
		if key, value, s, ok = member(s, true); !ok {
			break
		}
		if string(key) == name {
			return value
		}
		if ok = len(s) > 0 && s[0] == ','; ok {
			s = trim(s[1:])
		}
	}
	return nil
}

// Parse reads an object. It returns false for what is not one whole object of
// valid JSON, and for one that says nothing of itself. Its other members are
// written to scratch.
func Parse(text []byte, scratch *[]byte) (h filters.Header, ok bool) {
	dst := *scratch
	var c clues
	m := membersOf(text)
	for m.next() {
		c.note(m.key, m.value)
		if take(&h, m.key, m.value) {
			continue
		}
		dst = append(dst, ',')
		dst = append(dst, m.whole...)
	}
	if h.Severity == 0 {
		h.Severity = c.severity(true)
	}
	if h.Severity == 0 || !m.ended() {
		return filters.Header{}, false
	}
	if start := len(*scratch); len(dst) > start {
		dst[start] = '{'
		dst = append(dst, '}')
		h.Members = dst[start:len(dst):len(dst)]
		onOneLine(h.Members)
		*scratch = dst
	}
	return h, true
}

// take enters a member into a header that lacks it. It returns false for one
// that no header has.
func take(h *filters.Header, key, value []byte) bool {
	if h.Severity == 0 {
		if h.Severity = level(key, value); h.Severity != 0 {
			return value[0] != '{'
		}
	}
	switch string(key) {
	case "ts", "time", "timestamp", "@timestamp", "@t":
		if !h.HasTime {
			h.Time, h.HasTime = filters.ParseInstant(bare(value))
			return h.HasTime
		}
	case "msg", "message", "@m":
		if !h.Message.Exists() && value[0] == '"' {
			h.Message = filters.EscapedText(value[1 : len(value)-1])
			return true
		}
	case "caller":
		if !h.Caller.Exists() && value[0] == '"' {
			h.Caller = filters.EscapedText(value[1 : len(value)-1])
			return true
		}
	}
	return false
}

// Time returns the time of an object that Object has found: that of the first
// of the keys that is there and can be read.
func Time(object []byte, keys []string) (ns int64, ok bool) {
	best := len(keys)
	m := membersOf(object)
	for best > 0 && m.next() {
		for i, key := range keys[:best] {
			if string(m.key) != key {
				continue
			}
			if t, readable := filters.ParseInstant(bare(m.value)); readable {
				ns, ok, best = t, true, i
			}
			break
		}
	}
	return ns, ok
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

// space is the white space of JSON.
const space = " \t\r\n"

// trim takes the white space off the beginning; open has taken it off the end.
func trim(s []byte) []byte {
	for len(s) > 0 && (s[0] == ' ' || s[0] == '\t' || s[0] == '\r' || s[0] == '\n') {
		s = s[1:]
	}
	return s
}
