// Package syslog parses the lines that a syslog daemon writes to its files. They have the
// traditional format, with an optional fraction of the second, or the same format with
// RFC 3339 times (rsyslog's RSYSLOG_TraditionalFileFormat and RSYSLOG_FileFormat). Both
// can follow a priority, as in messages over a network. The third format is that of RFC
// 5424:
//
//	Dec 21 23:17:22 host program[pid]: text
//	2026-11-22T10:00:00.123456+00:00 host program[pid]: text
//	<34>Dec 21 23:17:22 host program[pid]: text
//	<34>1 2026-11-22T10:00:00.123456Z host program pid id [data] text
package syslog

import (
	"bytes"
	"time"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/internal/ascii"
	"github.com/k8slog/k8slog/internal/timestamp"
)

const months = "JanFebMarAprMayJunJulAugSepOctNovDec"

// Parse parses a line. The traditional time has neither a year nor a time zone: near is
// the time at which the line was read, in nanoseconds since 1970, and zone is the time
// zone of the node. ok is false for other formats.
func Parse(text []byte, near int64, zone *time.Location) (h filters.Header, ok bool) {
	if len(text) > 0 && text[0] == '<' {
		if h.Severity, text, ok = priority(text); !ok {
			return filters.Header{}, false
		}
		if rest, ok := bytes.CutPrefix(text, []byte("1 ")); ok {
			ok = rfc5424(&h, rest)
			return h, ok
		}
	}
	rest, ok := stamp(&h, text, near, zone)
	if !ok {
		return filters.Header{}, false
	}
	host, rest, found := bytes.Cut(rest, []byte{' '})
	if !found || len(host) == 0 {
		return filters.Header{}, false
	}
	tag(&h, rest)
	return h, true
}

// priority parses <34>, which is eight times the facility plus the severity.
func priority(text []byte) (s filters.Severity, rest []byte, ok bool) {
	number, _, found := bytes.Cut(text[1:min(len(text), len("<191>"))], []byte{'>'})
	n := ascii.Number(number)
	if !found || len(number) == 0 || n < 0 {
		return 0, nil, false
	}
	return filters.SyslogSeverity(n % 8), text[len(number)+len("<>"):], n <= 191
}

// stamp parses the time at the start of a line, and returns the text after it.
func stamp(h *filters.Header, text []byte, near int64, zone *time.Location) (rest []byte, ok bool) {
	if len(text) > 0 && text[0]-'0' <= 9 {
		stamp, rest, found := bytes.Cut(text, []byte{' '})
		if found {
			h.Time, h.HasTime = timestamp.ParseRFC3339(stamp)
		}
		return rest, h.HasTime
	}
	const columns = "Dec 21 23:17:22 "
	if len(text) < len(columns) {
		return nil, false
	}
	month := bytes.Index([]byte(months), text[:3])
	if month < 0 || month%3 != 0 {
		return nil, false
	}
	c := timestamp.Columns{Text: text}
	day := 4 // a day below 10 is padded with a space
	if text[day] == ' ' {
		day++
	}
	civil := timestamp.Civil{Month: month/3 + 1, Day: c.Number(day, 6)}
	c.Clock(7, &civil)
	end := len(columns) - 1
	if text[end] == '.' {
		civil.Nanosecond, end = c.Fraction(end + 1)
	}
	for _, at := range [...]int{3, 6, end} {
		c.Expect(at, ' ')
	}
	if c.Invalid {
		return nil, false
	}
	h.Time, h.HasTime = civil.Resolve(near, zone)
	return text[end+1:], h.HasTime
}

// tag parses program[pid]: and the message after it. Without a tag, all of rest is the
// message.
func tag(h *filters.Header, rest []byte) {
	h.Message = filters.PlainText(rest)
	program, message, found := bytes.Cut(rest, []byte{':'})
	if !found || len(program) == 0 || bytes.IndexByte(program, ' ') >= 0 || len(message) > 0 && message[0] != ' ' {
		return
	}
	h.Message = filters.PlainText(bytes.TrimPrefix(message, []byte{' '}))
	h.Program = program
	if name, pid, found := bytes.Cut(program, []byte{'['}); found {
		if pid, found := bytes.CutSuffix(pid, []byte{']'}); found {
			h.Program, h.Thread = name, pid
		}
	}
}
