// Package salt reads the lines of a Salt minion
// (https://docs.saltproject.io/en/latest/ref/configuration/logging/):
//
//	2015-12-21 23:17:22,066 [salt.state       ][INFO    ] text
//	2015-12-21 23:17:22,066 [salt.state       :123 ][INFO    ][4711] text
//	[INFO    ] text
//
// The last is what it writes to its standard output.
package salt

import (
	"bytes"
	"time"

	"github.com/k8slog/k8slog/filters"
)

// Parse reads a line, whose time is in zone. A caller that is written with
// padding is written without it to scratch.
func Parse(text []byte, zone *time.Location, scratch *[]byte) (h filters.Header, ok bool) {
	c := filters.Columns{Text: text}
	civil := c.DateTime('-')
	civil.Nanosecond = c.Number(20, 23) * 1_000_000
	c.Expect(19, ',')
	c.Expect(23, ' ')
	if c.Bad {
		return filters.Header{}, false
	}
	if h.Time, h.HasTime = civil.Resolve(0, zone); !h.HasTime {
		return filters.Header{}, false
	}
	caller, rest, ok := bracket(text[24:])
	if !ok {
		return filters.Header{}, false
	}
	level, rest, ok := bracket(rest)
	if !ok {
		return filters.Header{}, false
	}
	h.Severity = severity(level)
	h.Caller = filters.PlainText(withoutPadding(caller, scratch))
	if pid, after, ok := bracket(rest); ok {
		h.Thread, rest = pid, after
	}
	h.Message = filters.PlainText(bytes.TrimPrefix(rest, []byte{' '}))
	return h, true
}

// Console reads a line of the standard output. The level's padding tells it
// from others that begin with a word in brackets.
func Console(text []byte) (h filters.Header, ok bool) {
	const columns = "[INFO    ] "
	if len(text) < len(columns) || text[0] != '[' || text[9] != ']' || text[10] != ' ' {
		return filters.Header{}, false
	}
	if h.Severity = severity(bytes.TrimRight(text[1:9], " ")); h.Severity == 0 {
		return filters.Header{}, false
	}
	h.Message = filters.PlainText(text[len(columns):])
	return h, true
}

// severity reads a level. Salt has some of its own besides those of Python; a
// level without a name is none of the project's.
func severity(level []byte) filters.Severity {
	switch string(level) {
	case "PROFILE": // 15, between debug and info
		return filters.Debug
	case "GARBAGE": // 1
		return filters.Trace
	}
	return filters.ParseSeverity(level)
}

// withoutPadding joins the parts of "salt.state      :123".
func withoutPadding(caller []byte, scratch *[]byte) []byte {
	name, number, found := bytes.Cut(caller, []byte{':'})
	trimmed := bytes.TrimRight(name, " ")
	if !found || len(trimmed) == len(name) {
		return caller
	}
	start := len(*scratch)
	*scratch = append(append(append(*scratch, trimmed...), ':'), number...)
	return (*scratch)[start:]
}

// bracket takes [text] off the beginning of s, and the padding off the text.
func bracket(s []byte) (text, rest []byte, ok bool) {
	if len(s) == 0 || s[0] != '[' {
		return nil, s, false
	}
	text, rest, ok = bytes.Cut(s[1:], []byte{']'})
	return bytes.TrimSpace(text), rest, ok
}
