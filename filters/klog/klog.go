// Package klog reads the lines of Kubernetes itself
// (https://github.com/kubernetes/klog/blob/main/klog.go, formatHeader):
//
//	Lmmdd hh:mm:ss.uuuuuu threadid file:line] msg
package klog

import (
	"bytes"
	"strconv"
	"time"

	"github.com/k8slog/k8slog/filters"
)

// Severity returns the severity of a line, zero for a text that has no such
// header. It looks at the header's fixed columns only: letter, four digits,
// time of day.
func Severity(text []byte) filters.Severity {
	const columns = "Lmmdd hh:mm:ss."
	if len(text) < len(columns) || text[5] != ' ' || text[8] != ':' || text[11] != ':' || text[14] != '.' {
		return 0
	}
	for _, i := range [...]int{1, 2, 3, 4, 6, 7, 9, 10, 12, 13} {
		if text[i]-'0' > 9 {
			return 0
		}
	}
	switch text[0] {
	case 'I':
		return filters.Info
	case 'W':
		return filters.Warn
	case 'E':
		return filters.Error
	case 'F':
		return filters.Fatal
	}
	return 0
}

// Parse reads a whole line. The header names neither year nor zone: near is a
// time, in nanoseconds since 1970, that the line was written around, and zone
// that of the node. The message of a structured line is its text without the
// quotes; its keys and values stand in the text that follows.
func Parse(text []byte, near int64, zone *time.Location) (h filters.Header, ok bool) {
	if h.Severity = Severity(text); h.Severity == 0 {
		return filters.Header{}, false
	}
	c := filters.Columns{Text: text}
	civil := filters.Civil{Month: c.Number(1, 3), Day: c.Number(3, 5)}
	c.Clock(6, &civil)
	var end int
	civil.Nanosecond, end = c.Fraction(15)
	if h.Time, h.HasTime = civil.Resolve(near, zone); !h.HasTime {
		return filters.Header{}, false
	}
	// The thread is padded with spaces, and file:line ends with a bracket.
	rest := bytes.TrimLeft(text[end:], " ")
	thread, rest, found := bytes.Cut(rest, []byte{' '})
	if !found || !allDigits(thread) {
		return filters.Header{}, false
	}
	caller, message, found := bytes.Cut(rest, []byte("]"))
	if !found || bytes.IndexByte(caller, ' ') >= 0 || bytes.LastIndexByte(caller, ':') <= 0 {
		return filters.Header{}, false
	}
	h.Thread, h.Caller = thread, caller
	h.Message = filters.PlainText(quoted(bytes.TrimPrefix(message, []byte{' '})))
	return h, true
}

// quoted returns the message of a structured line, which stands in quotes at
// its beginning, and any other text as it is.
func quoted(text []byte) []byte {
	if len(text) == 0 || text[0] != '"' {
		return text
	}
	prefix, err := strconv.QuotedPrefix(string(text))
	if err != nil {
		return text
	}
	if rest := text[len(prefix):]; len(rest) > 0 && rest[0] != ' ' && rest[0] != '\n' {
		return text
	}
	if message, err := strconv.Unquote(prefix); err == nil {
		return []byte(message)
	}
	return text
}

func allDigits(s []byte) bool {
	for _, c := range s {
		if c-'0' > 9 {
			return false
		}
	}
	return len(s) > 0
}
