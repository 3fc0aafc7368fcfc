// Package logrus reads the lines that logrus writes for a terminal
// (https://github.com/sirupsen/logrus/blob/master/text_formatter.go), as older
// docker daemons and containerd do even where there is none. In brackets stand
// the seconds since the start, or the time:
//
//	ERRO[0012] Handler for GET /v1.18/containers/x/json returned error
//	INFO[2024-08-11T03:42:05.658698744Z] starting containerd   revision=abc
//
// Its other format is logfmt.
package logrus

import (
	"bytes"

	"github.com/k8slog/k8slog/filters"
)

// Severity returns the severity of a line, zero for a text that has no such
// header.
func Severity(text []byte) filters.Severity {
	severity, _, _ := header(text)
	return severity
}

// Parse reads a whole line. The message is all that stands behind the header,
// with its pairs, which nothing sets apart from a text.
func Parse(text []byte) (h filters.Header, ok bool) {
	severity, inside, rest := header(text)
	if severity == 0 {
		return filters.Header{}, false
	}
	h.Severity = severity
	h.Time, h.HasTime = filters.ParseTime(inside)
	h.Message = filters.PlainText(bytes.TrimRight(bytes.TrimPrefix(rest, []byte{' '}), " "))
	return h, true
}

// header takes a line apart: the level, whole or its first four letters, what
// stands in brackets, and what behind them.
func header(text []byte) (severity filters.Severity, inside, rest []byte) {
	const longest = len("WARNING[")
	i := bytes.IndexByte(text[:min(len(text), longest)], '[')
	if i < 0 {
		return 0, nil, nil
	}
	inside, rest, found := bytes.Cut(text[i+1:], []byte{']'})
	if !found || !isStamp(inside) {
		return 0, nil, nil
	}
	switch string(text[:i]) {
	case "TRAC", "TRACE":
		return filters.Trace, inside, rest
	case "DEBU", "DEBUG":
		return filters.Debug, inside, rest
	case "INFO":
		return filters.Info, inside, rest
	case "WARN", "WARNING":
		return filters.Warn, inside, rest
	case "ERRO", "ERROR":
		return filters.Error, inside, rest
	case "FATA", "FATAL", "PANI", "PANIC":
		return filters.Fatal, inside, rest
	}
	return 0, nil, nil
}

// isStamp says whether s is a number of four digits at least, or can be a time.
func isStamp(s []byte) bool {
	if len(s) > 10 {
		return s[4] == '-' && s[10] == 'T'
	}
	for _, c := range s {
		if c-'0' > 9 {
			return false
		}
	}
	return len(s) >= 4
}
