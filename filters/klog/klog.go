// Package klog parses the lines of klog, the logger of Kubernetes components
// (https://github.com/kubernetes/klog/blob/main/klog.go, formatHeader):
//
//	Lmmdd hh:mm:ss.uuuuuu threadid file:line] msg
//	Lmmdd hh:mm:ss.uuuuuu threadid file:line] "msg" key="value" n=3
//
// glog, the predecessor of klog, puts a warning before the header while the program
// has not parsed its flags.
package klog

import (
	"bytes"
	"time"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/internal/ascii"
	"github.com/k8slog/k8slog/internal/timestamp"
)

// Severity returns the severity of a line; zero for other formats. It checks only the
// fixed columns of the header: the letter, the date and the time of day.
func Severity(text []byte) filters.Severity {
	const columns = "Lmmdd hh:mm:ss."
	if len(text) > 1 && text[1] == flagWarning[1] {
		text = trimFlagWarning(text)
	}
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

// flagWarning is the warning that glog puts before the header.
const flagWarning = "ERROR: logging before flag.Parse: "

func trimFlagWarning(text []byte) []byte { return bytes.TrimPrefix(text, []byte(flagWarning)) }

// Parse parses a line. The header has neither a year nor a time zone: near is the time at
// which the line was read, in nanoseconds since 1970, and zone is the time zone of the
// node. The members of a structured line are appended to scratch. ok is false for other
// formats.
func Parse(text []byte, near int64, zone *time.Location, scratch *[]byte) (h filters.Header, ok bool) {
	severity := Severity(text)
	if severity == 0 {
		return filters.Header{}, false
	}
	text = trimFlagWarning(text)
	c := timestamp.Columns{Text: text}
	civil := timestamp.Civil{Month: c.Number(1, 3), Day: c.Number(3, 5)}
	c.Clock(6, &civil)
	civil.Nanosecond, _ = c.Fraction(fractionColumn)
	if h.Time, h.HasTime = civil.Resolve(near, zone); !h.HasTime {
		return filters.Header{}, false
	}
	thread, caller, message, ok := split(text)
	if !ok {
		return filters.Header{}, false
	}
	h.Severity, h.Thread, h.Caller = severity, thread, filters.PlainText(caller)
	h.Message = filters.PlainText(message)
	if quoted, pairs, ok := structured(message); ok {
		h.Message = filters.QuotedText(quoted)
		*scratch, h.Members = appendPairs(*scratch, pairs)
	}
	return h, true
}

// AppendMembers appends the keys and values of a structured line as a JSON object. It
// returns dst and the object; nil for any other line.
func AppendMembers(dst, text []byte) (_, object []byte) {
	if Severity(text) == 0 {
		return dst, nil
	}
	if _, _, message, ok := split(trimFlagWarning(text)); ok {
		if _, pairs, ok := structured(message); ok {
			return appendPairs(dst, pairs)
		}
	}
	return dst, nil
}

// fractionColumn is the column in which the fraction of the second begins.
const fractionColumn = len("Lmmdd hh:mm:ss.")

// split splits the text after the time: the thread, which is padded with spaces, the
// caller, which ends with a bracket, and the message.
func split(text []byte) (thread, caller, message []byte, ok bool) {
	c := timestamp.Columns{Text: text}
	_, end := c.Fraction(fractionColumn)
	thread, rest, found := bytes.Cut(bytes.TrimLeft(text[end:], " "), []byte{' '})
	if !found || !ascii.Digits(thread) {
		return nil, nil, nil, false
	}
	caller, message, found = bytes.Cut(rest, []byte{']'})
	if !found || bytes.IndexByte(caller, ' ') >= 0 || bytes.LastIndexByte(caller, ':') <= 0 {
		return nil, nil, nil, false
	}
	return thread, caller, bytes.TrimPrefix(message, []byte{' '}), true
}
