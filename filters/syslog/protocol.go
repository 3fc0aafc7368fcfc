package syslog

import (
	"bytes"

	"github.com/k8slog/k8slog/filters"
)

// protocol reads a line of RFC 5424 behind its version: time, host, program,
// process and message id, of which each may be "-" for none; structured data,
// which stays in the text only; and the message.
func protocol(h *filters.Header, s []byte) bool {
	var parts [5][]byte
	for i := range parts {
		var found bool
		if parts[i], s, found = bytes.Cut(s, []byte{' '}); !found || len(parts[i]) == 0 {
			return false
		}
	}
	if !isNil(parts[0]) {
		if h.Time, h.HasTime = filters.ParseTime(parts[0]); !h.HasTime {
			return false
		}
	}
	if !isNil(parts[2]) {
		h.Program = parts[2]
	}
	if !isNil(parts[3]) {
		h.Thread = parts[3]
	}
	s, ok := behindData(s)
	h.Message = filters.PlainText(bytes.TrimPrefix(s, []byte("\ufeff")))
	return ok
}

func isNil(part []byte) bool { return len(part) == 1 && part[0] == '-' }

// behindData returns what stands behind structured data: "-", or elements
// such as [id name="value"], in whose values ", \ and ] are escaped.
func behindData(s []byte) (rest []byte, ok bool) {
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

// message is what stands behind the space after structured data.
func message(s []byte) (rest []byte, ok bool) {
	if len(s) == 0 {
		return s, true
	}
	return s[1:], s[0] == ' '
}
