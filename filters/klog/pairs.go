package klog

import (
	"bytes"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/internal/goquote"
)

// This file parses structured lines
// (https://github.com/kubernetes/klog/blob/main/internal/serialize/keyvalues.go). Pairs
// follow the message in quotes. A value is a quoted Go string, a bare value (JSON, or %+v
// in older versions), or a block of lines:
//
//	"message" pod="a/b" n=3 obj={"name":"x y"} err=<
//		first line
//		second line
//	 > more="x"

// structured splits a structured line into the inside of the quoted message and the
// pairs. ok is false for a text that only begins with a quotation: no pair and no end of
// line follows it.
func structured(text []byte) (message, pairs []byte, ok bool) {
	if len(text) == 0 || text[0] != '"' {
		return nil, nil, false
	}
	end := goquote.End(text[1:])
	if end < 0 || !separated(text[end+2:]) || !pairsFollow(text[end+2:]) {
		return nil, nil, false
	}
	return text[1 : 1+end], text[end+2:], true
}

// pairsFollow returns whether s is the end of its line or begins with a pair. Some
// programs quote keys.
func pairsFollow(s []byte) bool {
	s = bytes.TrimLeft(s, " ")
	if len(s) == 0 || s[0] == '\n' || s[0] == '\r' {
		return true
	}
	if s[0] == '"' {
		end := goquote.End(s[1:])
		return end >= 0 && len(s) > end+2 && s[end+2] == '='
	}
	return keyLen(s) > 0
}

// separated returns whether a value can end before s.
func separated(s []byte) bool { return len(s) == 0 || s[0] == ' ' || s[0] == '\n' || s[0] == '\r' }

// appendPairs appends the pairs at the start of s as a JSON object. It stops at the first
// text that is not a pair: the end of the line, or of a truncated line.
func appendPairs(dst, s []byte) (_, object []byte) {
	var o filters.ObjectWriter
	o.Begin(dst)
	unclosed := false
	for {
		s = bytes.TrimLeft(s, " ")
		i := keyLen(s)
		if i == 0 {
			return o.End()
		}
		key := s[:i]
		s = s[i+1:]
		switch {
		case len(s) > 0 && s[0] == '"':
			end := goquote.End(s[1:])
			if end < 0 || !separated(s[end+2:]) {
				return o.End()
			}
			o.Add(key, filters.QuotedText(s[1:1+end]))
			s = s[end+2:]
		case len(s) > 0 && s[0] == '<' && separated(s[1:]) && (len(s) == 1 || s[1] != ' '):
			s = addBlock(&o, key, bytes.TrimPrefix(s[1:], []byte{'\r'}))
		default:
			end := bareLen(s, &unclosed)
			o.Add(key, filters.PlainText(s[:end]))
			s = s[end:]
		}
	}
}

// keyLen returns the length of the key before the equals sign at the start of s; 0 when s
// does not begin with a key.
func keyLen(s []byte) int {
	for i, c := range s {
		switch {
		case c == '=':
			return i
		case c <= ' ' || c == '"':
			return 0
		}
	}
	return 0
}

// bareLen returns the length of the bare value at the start of s. The value ends before a
// space outside of all brackets, or with the line. Brackets inside of strings do not
// count. A quote without a closing quote sets unclosed. Once unclosed is set, quotes are
// ordinary bytes, so that no text is searched twice.
func bareLen(s []byte, unclosed *bool) int {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\n', '\r':
			return i
		case ' ':
			if depth == 0 {
				return i
			}
		case '{', '[':
			depth++
		case '}', ']':
			depth = max(depth-1, 0)
		case '"':
			if depth == 0 || *unclosed {
				continue
			}
			if end := goquote.End(s[i+1:]); end >= 0 {
				i += end + 1
			} else {
				*unclosed = true
			}
		}
	}
	return len(s)
}

// addBlock adds a value of several lines, each of which is indented by a tab. It returns
// the text after the end of the block, which is a line that begins with " >". The value of
// a truncated block consists of the lines that exist.
func addBlock(o *filters.ObjectWriter, key, s []byte) (rest []byte) {
	const end = "\n >"
	open, first := false, true
	for len(s) > 1 && s[0] == '\n' && s[1] == '\t' {
		line := s[2:]
		if i := bytes.IndexByte(line, '\n'); i >= 0 {
			line, s = line[:i], line[i:]
		} else {
			s = nil
		}
		if first {
			open, first = o.Open(key), false
		} else if open {
			o.Write(lineFeed)
		}
		if open {
			o.Write(filters.PlainText(line))
		}
	}
	if open {
		o.Close()
	}
	if rest, ok := bytes.CutPrefix(s, []byte(end)); ok && separated(rest) {
		return rest
	}
	return nil
}

var lineFeed = filters.PlainText([]byte{'\n'})
