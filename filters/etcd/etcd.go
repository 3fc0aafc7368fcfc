// Package etcd parses the lines that etcd wrote before it logged JSON
// (https://github.com/coreos/pkg/blob/main/capnslog/formatters.go):
//
//	2018-08-11 03:42:05.658698 I | etcdserver: text
//	2018-08-11 03:42:05.658698 [pkg_logger.go:148] I | etcdserver: text
//	2016/02/04 06:52:38 text
//
// etcd writes the second form with --debug.
package etcd

import (
	"bytes"
	"time"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/internal/timestamp"
)

// Severity returns the severity of a line; zero for a line without one.
func Severity(text []byte) filters.Severity {
	if len(text) < 24 || text[4] != '-' && text[4] != '/' || text[7] != text[4] || text[10] != ' ' || text[13] != ':' || text[16] != ':' {
		return 0
	}
	rest := text[19:]
	if rest[0] == '.' {
		i := bytes.IndexByte(rest[:min(len(rest), len(".658698 "))], ' ')
		if i < 0 {
			return 0
		}
		rest = rest[i:]
	}
	if rest[0] != ' ' {
		return 0
	}
	_, severity, _ := level(rest[1:])
	if c := (timestamp.Columns{Text: text}); severity != 0 {
		if c.DateTime(text[4]); c.Invalid {
			return 0
		}
	}
	return severity
}

// level parses "I | " after the time, and the caller in brackets before it, if any. rest is
// the text after the level. Without a level, rest is s.
func level(s []byte) (caller []byte, severity filters.Severity, rest []byte) {
	rest = s
	if len(rest) > 0 && rest[0] == '[' {
		position, after, found := bytes.Cut(rest[1:], []byte("] "))
		if !found || bytes.IndexByte(position, ' ') >= 0 {
			return nil, 0, s
		}
		caller, rest = position, after
	}
	if len(rest) < len("I | ") || string(rest[1:4]) != " | " {
		return nil, 0, s
	}
	if severity = filters.ParseSeverity(rest[:1]); severity == 0 {
		return nil, 0, s
	}
	return caller, severity, rest[4:]
}

// Parse parses a line. zone is the time zone of the line. ok is false for other formats.
func Parse(text []byte, zone *time.Location) (h filters.Header, ok bool) {
	if len(text) < 20 {
		return filters.Header{}, false
	}
	c := timestamp.Columns{Text: text}
	separator := text[4]
	if separator != '-' && separator != '/' {
		return filters.Header{}, false
	}
	civil := c.DateTime(separator)
	end := 19
	if text[end] == '.' {
		civil.Nanosecond, end = c.Fraction(end + 1)
	}
	if c.Invalid || end >= len(text) || text[end] != ' ' {
		return filters.Header{}, false
	}
	if h.Time, h.HasTime = civil.Resolve(0, zone); !h.HasTime {
		return filters.Header{}, false
	}
	caller, severity, message := level(text[end+1:])
	h.Caller, h.Severity, h.Message = filters.PlainText(caller), severity, filters.PlainText(message)
	return h, true
}
