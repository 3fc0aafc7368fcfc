// Package syslog reads the lines that a syslog daemon writes to its files: in
// the traditional format, perhaps with a fraction of the second, and with RFC
// 3339 times (rsyslog's RSYSLOG_TraditionalFileFormat and RSYSLOG_FileFormat),
// both also behind the priority that they had on the wire, and in the format of
// RFC 5424:
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
)

const months = "JanFebMarAprMayJunJulAugSepOctNovDec"

// Parse reads a line. The traditional time names neither year nor zone: near
// is a time, in nanoseconds since 1970, that the line was written around, and
// zone that of the node.
func Parse(text []byte, near int64, zone *time.Location) (h filters.Header, ok bool) {
	if len(text) > 0 && text[0] == '<' {
		if h.Severity, text, ok = priority(text); !ok {
			return filters.Header{}, false
		}
		if rest, ok := bytes.CutPrefix(text, []byte("1 ")); ok {
			ok = protocol(&h, rest)
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

// priority reads <34>: eight times the facility, and the severity.
func priority(text []byte) (s filters.Severity, rest []byte, ok bool) {
	number, _, found := bytes.Cut(text[1:min(len(text), len("<191>"))], []byte{'>'})
	if !found || len(number) == 0 {
		return 0, nil, false
	}
	rest = text[len(number)+len("<>"):]
	n := 0
	for _, c := range number {
		if c-'0' > 9 {
			return 0, nil, false
		}
		n = n*10 + int(c-'0')
	}
	return filters.SyslogSeverity(n % 8), rest, n <= 191
}

// stamp reads the time at the beginning of a line, and returns what stands
// behind it.
func stamp(h *filters.Header, text []byte, near int64, zone *time.Location) (rest []byte, ok bool) {
	if len(text) > 0 && text[0]-'0' <= 9 {
		stamp, rest, found := bytes.Cut(text, []byte{' '})
		if found {
			h.Time, h.HasTime = filters.ParseTime(stamp)
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
	c := filters.Columns{Text: text}
	day := 4 // padded with a space
	if text[day] == ' ' {
		day++
	}
	civil := filters.Civil{Month: month/3 + 1, Day: c.Number(day, 6)}
	c.Clock(7, &civil)
	end := len(columns) - 1
	if text[end] == '.' {
		civil.Nanosecond, end = c.Fraction(end + 1)
	}
	for _, at := range [...]int{3, 6, end} {
		c.Expect(at, ' ')
	}
	if c.Bad {
		return nil, false
	}
	h.Time, h.HasTime = civil.Resolve(near, zone)
	return text[end+1:], h.HasTime
}

// tag reads program[pid]: and the text behind it; or only a text.
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
