// Package golog parses lines of Go's standard logger (https://pkg.go.dev/log) with a
// prefix before the time, which libraries in the node's components set:
//
//	WARNING: 2018/08/11 03:42:05 grpc: text
//	raft2020/04/07 06:52:38 INFO: text
//	[restful] 2026/11/22 14:55:44 log.go:33: text
//
// The first form is that of gRPC (grpclog), with INFO, WARNING, ERROR or FATAL.
package golog

import (
	"bytes"
	"time"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/internal/ascii"
	"github.com/k8slog/k8slog/internal/timestamp"
)

// Severity returns the severity of a line of gRPC or raft; zero for any other line.
func Severity(text []byte) filters.Severity {
	if rest, ok := bytes.CutPrefix(text, []byte(raft)); ok {
		const columns = "2020/04/07 06:52:38 "
		if c := (timestamp.Columns{Text: rest}); len(rest) < len(columns) {
			return 0
		} else if c.DateTime('/'); c.Invalid {
			return 0
		}
		before, _, _ := bytes.Cut(rest[len(columns):], []byte{':'})
		return parseLevel(before)
	}
	return grpcSeverity(text)
}

const raft = "raft"

// grpcSeverity returns the severity of a line of gRPC; zero for any other line.
func grpcSeverity(text []byte) filters.Severity {
	i := bytes.IndexByte(text[:min(len(text), len("WARNING:"))], ':')
	if i < 0 || !startsWithDate(text[i+1:]) {
		return 0
	}
	return parseLevel(text[:i])
}

// startsWithDate returns whether s begins with a space, a date and a time.
func startsWithDate(s []byte) bool {
	if len(s) <= len(" 2018/08/11 03:42:05") || s[0] != ' ' || s[5] != '/' {
		return false
	}
	c := timestamp.Columns{Text: s[1:]}
	c.DateTime('/')
	return !c.Invalid
}

// Parse parses a line. zone is the time zone of the line. ok is false for other formats.
func Parse(text []byte, zone *time.Location) (h filters.Header, ok bool) {
	rest := text
	switch {
	case bytes.HasPrefix(text, []byte(raft)):
		rest = text[len(raft):]
	case bytes.HasPrefix(text, []byte("[restful] ")):
		rest = text[len("[restful] "):]
	default:
		if h.Severity = grpcSeverity(text); h.Severity == 0 {
			return filters.Header{}, false
		}
		rest = text[bytes.IndexByte(text, ' ')+1:]
	}
	const columns = "2018/08/11 03:42:05"
	c := timestamp.Columns{Text: rest}
	civil := c.DateTime('/')
	c.Expect(len(columns), ' ')
	if c.Invalid {
		return filters.Header{}, false
	}
	if h.Time, h.HasTime = civil.Resolve(0, zone); !h.HasTime {
		return filters.Header{}, false
	}
	rest = rest[len(columns)+1:]
	if before, after, found := bytes.Cut(rest, []byte(": ")); found && bytes.IndexByte(before, ' ') < 0 {
		severity := parseLevel(before)
		switch {
		case h.Severity == 0 && severity != 0:
			h.Severity, rest = severity, after
		case isCaller(before):
			h.Caller, rest = filters.PlainText(before), after
		}
	}
	h.Message = filters.PlainText(rest)
	return h, true
}

// parseLevel returns the severity of one of the levels that these libraries write.
func parseLevel(s []byte) filters.Severity {
	switch string(s) {
	case "DEBUG", "INFO", "WARN", "WARNING", "ERROR", "FATAL":
		return filters.ParseSeverity(s)
	}
	return 0
}

// isCaller returns whether s has the form file.go:33.
func isCaller(s []byte) bool {
	_, line, found := bytes.Cut(s, []byte(".go:"))
	return found && ascii.Digits(line)
}
