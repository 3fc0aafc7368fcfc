package jsonlog

import (
	"bytes"

	"github.com/k8slog/k8slog/internal/jsontext"
)

// lenientMembers iterates over the members of an object that can be truncated. It does
// not check that nested values are valid JSON, so no part of the object may be copied into
// JSON. See memberList for the strict counterpart.
type lenientMembers struct {
	rest       []byte
	more       bool
	key, value []byte // of the current member; the key is without quotes
}

// lenientMembersOf starts an iteration. A text that is not an object has no members.
func lenientMembersOf(text []byte) lenientMembers {
	s := trim(bytes.TrimRight(text, space))
	if len(s) < 2 || s[0] != '{' {
		return lenientMembers{}
	}
	return lenientMembers{rest: trim(s[1:]), more: true}
}

// next reads the next member. It returns false at the end, and at the first text that is
// not a member.
func (m *lenientMembers) next() bool {
	if !m.more {
		return false
	}
	m.more = false
	s := m.rest
	m.rest = nil
	if len(s) == 0 || s[0] != '"' {
		return false
	}
	end, kind, _ := jsontext.Scan(s[1:])
	if kind != jsontext.Plain && kind != jsontext.Escaped {
		return false
	}
	m.key = s[1 : 1+end]
	if s = trim(s[end+2:]); len(s) == 0 || s[0] != ':' {
		return false
	}
	s = trim(s[1:])
	n := lenientValueLen(s)
	if n == 0 {
		return false
	}
	m.value, m.rest = s[:n], trim(s[n:])
	if m.more = len(m.rest) > 0 && m.rest[0] == ','; m.more {
		m.rest = trim(m.rest[1:])
	}
	return true
}

// complete returns whether the iteration reached the end of the object.
func (m *lenientMembers) complete() bool { return len(m.rest) == 1 && m.rest[0] == '}' }

// lenientValueLen returns the length of the value at the start of s; 0 for none and for a
// truncated one. It matches brackets without recursion. It does not check what is between
// them.
func lenientValueLen(s []byte) int {
	depth := 0
	for i := 0; i < len(s); {
		switch s[i] {
		case '"':
			end, kind, _ := jsontext.Scan(s[i+1:])
			if kind == jsontext.Unterminated {
				return 0
			}
			i += end + 2
			if depth == 0 {
				return i
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth < 0 {
				return i
			}
			if depth == 0 {
				return i + 1
			}
		case ',':
			if depth == 0 {
				return i
			}
		}
		i++
	}
	return 0
}

// space is the white space of JSON.
const space = " \t\r\n"

// trim removes white space from the start of s. lenientMembersOf removes it from the end.
func trim(s []byte) []byte {
	for len(s) > 0 && (s[0] == ' ' || s[0] == '\t' || s[0] == '\r' || s[0] == '\n') {
		s = s[1:]
	}
	return s
}
