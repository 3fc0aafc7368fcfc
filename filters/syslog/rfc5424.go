package syslog

import (
	"bytes"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/internal/timestamp"
)

// rfc5424 parses a line of RFC 5424 after its version: time, host, program, process and
// message ID, each of which can be "-" for none, then structured data, and the message.
// Structured data is skipped.
func rfc5424(h *filters.Header, s []byte) bool {
	var parts [5][]byte
	for i := range parts {
		var found bool
		if parts[i], s, found = bytes.Cut(s, []byte{' '}); !found || len(parts[i]) == 0 {
			return false
		}
	}
	if !isNil(parts[0]) {
		if h.Time, h.HasTime = timestamp.ParseRFC3339(parts[0]); !h.HasTime {
			return false
		}
	}
	if !isNil(parts[2]) {
		h.Program = parts[2]
	}
	if !isNil(parts[3]) {
		h.Thread = parts[3]
	}
	s, ok := skipData(s)
	h.Message = filters.PlainText(bytes.TrimPrefix(s, []byte("\ufeff")))
	return ok
}

func isNil(part []byte) bool { return len(part) == 1 && part[0] == '-' }

// skipData returns the message after structured data. Structured data is "-", or elements
// such as [id name="value"]. A backslash escapes ", \ and ] in values.
func skipData(s []byte) (rest []byte, ok bool) {
	if len(s) > 0 && s[0] == '-' {
		return message(s[1:])
	}
	inside, quoted := false, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case !inside:
			if c != '[' {
				return message(s[i:])
			}
			inside = true
		case c == '"':
			quoted = !quoted
		case c == '\\' && quoted:
			i++
		case c == ']' && !quoted:
			if inside = false; i+1 == len(s) {
				return s[i+1:], true
			}
		}
	}
	return nil, false
}

// message returns the text after the space that ends structured data.
func message(s []byte) (rest []byte, ok bool) {
	if len(s) == 0 {
		return s, true
	}
	return s[1:], s[0] == ' '
}
