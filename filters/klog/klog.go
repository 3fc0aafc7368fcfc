// Package klog reads the lines of Kubernetes itself
// (https://github.com/kubernetes/klog/blob/main/klog.go, formatHeader):
//
//	Lmmdd hh:mm:ss.uuuuuu threadid file:line] msg
//	Lmmdd hh:mm:ss.uuuuuu threadid file:line] "msg" key="value" n=3
//
// glog, which it comes from, complains before such a line when the program has
// not read its flags yet.
package klog

import (
	"bytes"
	"time"

	"github.com/k8slog/k8slog/filters"
)

// Severity returns the severity of a line, zero for a text that has no such
// header. It looks at the header's fixed columns only: letter, four digits,
// time of day.
func Severity(text []byte) filters.Severity {
	const columns = "Lmmdd hh:mm:ss."
	if len(text) > 1 && text[1] == complaint[1] {
		text = withoutComplaint(text)
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

// complaint is what glog prints before the header.
const complaint = "ERROR: logging before flag.Parse: "

func withoutComplaint(text []byte) []byte { return bytes.TrimPrefix(text, []byte(complaint)) }

// Parse reads a whole line. The header names neither year nor zone: near is a
// time, in nanoseconds since 1970, that the line was written around, and zone
// that of the node. The members of a structured line are written to scratch.
func Parse(text []byte, near int64, zone *time.Location, scratch *[]byte) (h filters.Header, ok bool) {
	severity := Severity(text)
	if severity == 0 {
		return filters.Header{}, false
	}
	text = withoutComplaint(text)
	c := filters.Columns{Text: text}
	civil := filters.Civil{Month: c.Number(1, 3), Day: c.Number(3, 5)}
	c.Clock(6, &civil)
	civil.Nanosecond, _ = c.Fraction(fraction)
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

// AppendMembers appends the keys and values of a structured line as a JSON
// object, which is nil for any other text.
func AppendMembers(dst, text []byte) (_, object []byte) {
	if Severity(text) == 0 {
		return dst, nil
	}
	if _, _, message, ok := split(withoutComplaint(text)); ok {
		if _, pairs, ok := structured(message); ok {
			return appendPairs(dst, pairs)
		}
	}
	return dst, nil
}

// fraction is where the fraction of the second begins.
const fraction = len("Lmmdd hh:mm:ss.")

// split takes a line apart behind its time. The thread is padded with spaces,
// and file:line ends with a bracket.
func split(text []byte) (thread, caller, message []byte, ok bool) {
	c := filters.Columns{Text: text}
	_, end := c.Fraction(fraction)
	thread, rest, found := bytes.Cut(bytes.TrimLeft(text[end:], " "), []byte{' '})
	if !found || !allDigits(thread) {
		return nil, nil, nil, false
	}
	caller, message, found = bytes.Cut(rest, []byte{']'})
	if !found || bytes.IndexByte(caller, ' ') >= 0 || bytes.LastIndexByte(caller, ':') <= 0 {
		return nil, nil, nil, false
	}
	return thread, caller, bytes.TrimPrefix(message, []byte{' '}), true
}

func allDigits(s []byte) bool {
	for _, c := range s {
		if c-'0' > 9 {
			return false
		}
	}
	return len(s) > 0
}
