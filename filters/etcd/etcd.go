// Package etcd reads the lines of etcd before it logged JSON
// (https://github.com/coreos/pkg/blob/main/capnslog/formatters.go):
//
//	2018-08-11 03:42:05.658698 I | etcdserver: text
//	2018-08-11 03:42:05.658698 [pkg_logger.go:148] I | etcdserver: text
//	2016/02/04 06:52:38 text
//
// The second is what etcd writes with --debug.
package etcd

import (
	"bytes"
	"time"

	"github.com/k8slog/k8slog/filters"
)

// Severity returns the severity of a line; zero for one that has none.
func Severity(text []byte) filters.Severity {
	if len(text) < 24 || text[10] != ' ' || text[13] != ':' || text[16] != ':' {
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
	return severity
}

// level reads "I | " behind the time, and the source line before it, if it is
// there. rest is what stands behind; all, where there is no level.
func level(s []byte) (caller []byte, severity filters.Severity, rest []byte) {
	rest = s
	if len(rest) > 0 && rest[0] == '[' {
		place, behind, found := bytes.Cut(rest[1:], []byte("] "))
		if !found || bytes.IndexByte(place, ' ') >= 0 {
			return nil, 0, s
		}
		caller, rest = place, behind
	}
	if len(rest) < len("I | ") || string(rest[1:4]) != " | " {
		return nil, 0, s
	}
	if severity = filters.ParseSeverity(rest[:1]); severity == 0 {
		return nil, 0, s
	}
	return caller, severity, rest[4:]
}

// Parse reads a line, whose time is in zone.
func Parse(text []byte, zone *time.Location) (h filters.Header, ok bool) {
	if len(text) < 20 {
		return filters.Header{}, false
	}
	c := filters.Columns{Text: text}
	separator := text[4]
	if separator != '-' && separator != '/' {
		return filters.Header{}, false
	}
	civil := c.DateTime(separator)
	end := 19
	if text[end] == '.' {
		civil.Nanosecond, end = c.Fraction(end + 1)
	}
	if c.Bad || end >= len(text) || text[end] != ' ' {
		return filters.Header{}, false
	}
	if h.Time, h.HasTime = civil.Resolve(0, zone); !h.HasTime {
		return filters.Header{}, false
	}
	caller, severity, message := level(text[end+1:])
	h.Caller, h.Severity, h.Message = filters.PlainText(caller), severity, filters.PlainText(message)
	return h, true
}
