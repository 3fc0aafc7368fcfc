package klog

import (
	"bytes"

	"github.com/k8slog/k8slog/filters"
)

// This file is the grammar of structured lines
// (https://github.com/kubernetes/klog/blob/main/internal/serialize/keyvalues.go):
// behind the message in quotes stand pairs, whose values are strings of Go;
// bare, which is JSON or, of older versions, %+v; or blocks of lines:
//
//	"message" pod="a/b" n=3 obj={"name":"x y"} err=<
//		first line
//		second line
//	 > more="x"

// structured returns the inside of the quoted message at the beginning of a
// text, and the pairs behind it. A text may begin with a quotation as well:
// what follows tells.
func structured(text []byte) (message, pairs []byte, ok bool) {
	if len(text) == 0 || text[0] != '"' {
		return nil, nil, false
	}
	end := filters.QuotedEnd(text[1:])
	if end < 0 || !separated(text[end+2:]) || !pairsFollow(text[end+2:]) {
		return nil, nil, false
	}
	return text[1 : 1+end], text[end+2:], true
}

// pairsFollow says whether s is the end of its line, or begins with a pair,
// whose key some write in quotes.
func pairsFollow(s []byte) bool {
	s = bytes.TrimLeft(s, " ")
	if len(s) == 0 || s[0] == '\n' || s[0] == '\r' {
		return true
	}
	if s[0] == '"' {
		end := filters.QuotedEnd(s[1:])
		return end >= 0 && len(s) > end+2 && s[end+2] == '='
	}
	return keyLen(s) > 0
}

// separated says whether a value may end before s.
func separated(s []byte) bool { return len(s) == 0 || s[0] == ' ' || s[0] == '\n' || s[0] == '\r' }

// appendPairs appends pairs as an object, up to what is none: the end of the
// line, or of what is left of one that was cut.
func appendPairs(dst, s []byte) (_, object []byte) {
	var o filters.Object
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
			end := filters.QuotedEnd(s[1:])
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

// keyLen returns the length of the key that s begins with; 0 when it begins
// with none.
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

// bareLen returns the length of the value without quotes at the beginning of
// s. It ends with a space outside of all brackets, or with the line; brackets
// inside of strings do not count. unclosed turns true at a string that has no
// end: from there on quotes are bytes like others, and none is looked for again.
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
			if end := filters.QuotedEnd(s[i+1:]); end >= 0 {
				i += end + 1
			} else {
				*unclosed = true
			}
		}
	}
	return len(s)
}

// addBlock adds a value of several lines, each indented by a tab, and returns
// what stands behind its end, a line that begins with " >". A block that was
// cut, or whose lines did not come with it, has the lines that are there.
func addBlock(o *filters.Object, key, s []byte) (rest []byte) {
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
