// Package logrus parses the lines that logrus writes to a terminal
// (https://github.com/sirupsen/logrus/blob/master/text_formatter.go). Older Docker
// daemons and containerd also write them to files. The brackets contain the seconds
// since the start of the program, or the time:
//
//	ERRO[0012] Handler for GET /v1.18/containers/x/json returned error
//	INFO[2024-08-11T03:42:05.658698744Z] starting containerd   revision=abc
//
// Without a terminal, logrus writes logfmt.
package logrus

import (
	"bytes"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/internal/ascii"
	"github.com/k8slog/k8slog/internal/timestamp"
)

// Severity returns the severity of a line; zero for other formats.
func Severity(text []byte) filters.Severity {
	severity, _, _ := header(text)
	return severity
}

// Parse parses a line. The message includes the key-value pairs at its end, because the
// format does not separate the two. ok is false for other formats.
func Parse(text []byte) (h filters.Header, ok bool) {
	severity, inside, rest := header(text)
	if severity == 0 {
		return filters.Header{}, false
	}
	h.Severity = severity
	h.Time, h.HasTime = timestamp.ParseRFC3339(inside)
	h.Message = filters.PlainText(bytes.TrimRight(bytes.TrimPrefix(rest, []byte{' '}), " "))
	return h, true
}

// header splits a line into the level, the text in brackets, and the rest. The level is
// written in full or as its first four letters. severity is zero for other formats.
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

// isStamp returns whether s is a number of at least four digits, or can be a time.
func isStamp(s []byte) bool {
	if len(s) > 10 {
		return s[4] == '-' && s[10] == 'T'
	}
	return len(s) >= 4 && ascii.Digits(s)
}
