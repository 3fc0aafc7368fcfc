// Package etcd reads the lines of etcd before it logged JSON
// (https://github.com/coreos/pkg/blob/main/capnslog/formatters.go):
//
//	2018-08-11 03:42:05.658698 I | etcdserver: text
//	2016/02/04 06:52:38 text
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
	i := bytes.Index(text[19:min(len(text), 34)], []byte(" | "))
	if i < 2 || text[19+i-2] != ' ' {
		return 0
	}
	return filters.ParseSeverity(text[19+i-1 : 19+i])
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
	message := text[end+1:]
	if level, rest, found := bytes.Cut(message, []byte(" | ")); found && len(level) == 1 {
		if h.Severity = filters.ParseSeverity(level); h.Severity != 0 {
			message = rest
		}
	}
	h.Message = filters.PlainText(message)
	return h, true
}
