// Package salt parses the log lines of a Salt minion
// (https://docs.saltproject.io/en/latest/ref/configuration/logging/):
//
//	2015-12-21 23:17:22,066 [salt.state       ][INFO    ] text
//	2015-12-21 23:17:22,066 [salt.state       :123 ][INFO    ][4711] text
//	[INFO    ] text
//
// The minion writes the last form to its standard output.
package salt

import (
	"bytes"
	"time"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/internal/timestamp"
)

// Parse parses a line of the log file. zone is the time zone of the line. A caller that
// has padding is appended to scratch without it. ok is false for other formats.
func Parse(text []byte, zone *time.Location, scratch *[]byte) (h filters.Header, ok bool) {
	c := timestamp.Columns{Text: text}
	civil := c.DateTime('-')
	civil.Nanosecond = c.Number(20, 23) * 1_000_000
	c.Expect(19, ',')
	c.Expect(23, ' ')
	if c.Invalid {
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

// Console parses a line of the standard output. The padding of the level distinguishes it
// from other formats that begin with a word in brackets, for which ok is false.
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

// severity returns the severity of a level: one of Python's logging or of Salt's own. It
// returns zero for levels without a name.
func severity(level []byte) filters.Severity {
	switch string(level) {
	case "PROFILE": // level 15, between DEBUG and INFO
		return filters.Debug
	case "GARBAGE": // level 1
		return filters.Trace
	}
	return filters.ParseSeverity(level)
}

// withoutPadding removes the spaces from "salt.state      :123". It appends the result to
// scratch, unless caller has no spaces there.
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

// bracket parses [text] at the start of s. text is without padding.
func bracket(s []byte) (text, rest []byte, ok bool) {
	if len(s) == 0 || s[0] != '[' {
		return nil, s, false
	}
	text, rest, ok = bytes.Cut(s[1:], []byte{']'})
	return bytes.TrimSpace(text), rest, ok
}
