// Package syslog reads the lines that a syslog daemon writes to its files, in
// the traditional format and with RFC 3339 times (rsyslog's
// RSYSLOG_TraditionalFileFormat and RSYSLOG_FileFormat):
//
//	Dec 21 23:17:22 host program[pid]: text
//	2026-11-22T10:00:00.123456+00:00 host program[pid]: text
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
	var rest []byte
	if len(text) > 0 && text[0]-'0' <= 9 {
		stamp, after, found := bytes.Cut(text, []byte{' '})
		if !found {
			return filters.Header{}, false
		}
		if h.Time, h.HasTime = filters.ParseTime(stamp); !h.HasTime {
			return filters.Header{}, false
		}
		rest = after
	} else {
		const columns = "Dec 21 23:17:22 "
		if len(text) < len(columns) {
			return filters.Header{}, false
		}
		month := bytes.Index([]byte(months), text[:3])
		if month < 0 || month%3 != 0 {
			return filters.Header{}, false
		}
		c := filters.Columns{Text: text}
		day := 4 // padded with a space
		if text[day] == ' ' {
			day++
		}
		civil := filters.Civil{Month: month/3 + 1, Day: c.Number(day, 6)}
		c.Clock(7, &civil)
		for _, at := range [...]int{3, 6, 15} {
			c.Expect(at, ' ')
		}
		if c.Bad {
			return filters.Header{}, false
		}
		if h.Time, h.HasTime = civil.Resolve(near, zone); !h.HasTime {
			return filters.Header{}, false
		}
		rest = text[len(columns):]
	}
	host, rest, found := bytes.Cut(rest, []byte{' '})
	if !found || len(host) == 0 {
		return filters.Header{}, false
	}
	h.Message = filters.PlainText(rest)
	if program, message, found := bytes.Cut(rest, []byte{':'}); found && len(program) > 0 && bytes.IndexByte(program, ' ') < 0 &&
		(len(message) == 0 || message[0] == ' ') {
		h.Message = filters.PlainText(bytes.TrimPrefix(message, []byte{' '}))
		h.Program = program
		if name, pid, found := bytes.Cut(program, []byte{'['}); found {
			if pid, found := bytes.CutSuffix(pid, []byte{']'}); found {
				h.Program, h.Thread = name, pid
			}
		}
	}
	return h, true
}
