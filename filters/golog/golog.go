// Package golog reads lines of Go's standard logger (https://pkg.go.dev/log)
// that have a prefix before their time, as libraries in the node's components
// give it to their own:
//
//	WARNING: 2018/08/11 03:42:05 grpc: text
//	raft2020/04/07 06:52:38 INFO: text
//	[restful] 2026/11/22 14:55:44 log.go:33: text
//
// The first is grpc's (grpclog), which also writes INFO, ERROR and FATAL.
package golog

import (
	"bytes"
	"time"

	"github.com/k8slog/k8slog/filters"
)

// Severity returns the severity of a line of grpc's or raft's; zero for any
// other.
func Severity(text []byte) filters.Severity {
	if rest, ok := bytes.CutPrefix(text, []byte(raft)); ok {
		const columns = "2020/04/07 06:52:38 "
		if len(rest) < len(columns) || rest[4] != '/' || rest[7] != '/' || rest[10] != ' ' {
			return 0
		}
		before, _, _ := bytes.Cut(rest[len(columns):], []byte{':'})
		return word(before)
	}
	return prefix(text)
}

const raft = "raft"

// prefix reads the severity of a line of grpc's.
func prefix(text []byte) filters.Severity {
	i := bytes.IndexByte(text[:min(len(text), len("WARNING:"))], ':')
	if i < 0 || !dated(text[i+1:]) {
		return 0
	}
	return word(text[:i])
}

// dated says whether s begins with a space and a date.
func dated(s []byte) bool {
	return len(s) > len(" 2018/08/11 03:42:05") && s[0] == ' ' && s[5] == '/' && s[8] == '/' && s[11] == ' '
}

// Parse reads a line, whose time is in zone.
func Parse(text []byte, zone *time.Location) (h filters.Header, ok bool) {
	rest := text
	switch {
	case bytes.HasPrefix(text, []byte(raft)):
		rest = text[len(raft):]
	case bytes.HasPrefix(text, []byte("[restful] ")):
		rest = text[len("[restful] "):]
	default:
		if h.Severity = prefix(text); h.Severity == 0 {
			return filters.Header{}, false
		}
		rest = text[bytes.IndexByte(text, ' ')+1:]
	}
	const columns = "2018/08/11 03:42:05"
	c := filters.Columns{Text: rest}
	civil := c.DateTime('/')
	c.Expect(len(columns), ' ')
	if c.Bad {
		return filters.Header{}, false
	}
	if h.Time, h.HasTime = civil.Resolve(0, zone); !h.HasTime {
		return filters.Header{}, false
	}
	rest = rest[len(columns)+1:]
	if before, after, found := bytes.Cut(rest, []byte(": ")); found && bytes.IndexByte(before, ' ') < 0 {
		severity := word(before)
		switch {
		case h.Severity == 0 && severity != 0:
			h.Severity, rest = severity, after
		case isPlace(before):
			h.Caller, rest = filters.PlainText(before), after
		}
	}
	h.Message = filters.PlainText(rest)
	return h, true
}

// word returns the severity of one of the words that these loggers write.
func word(s []byte) filters.Severity {
	switch string(s) {
	case "DEBUG", "INFO", "WARN", "WARNING", "ERROR", "FATAL":
		return filters.ParseSeverity(s)
	}
	return 0
}

// isPlace says whether s is file.go:33.
func isPlace(s []byte) bool {
	_, line, found := bytes.Cut(s, []byte(".go:"))
	for _, c := range line {
		if c-'0' > 9 {
			return false
		}
	}
	return found && len(line) > 0
}
