package filters

import (
	"bytes"
	"strconv"
	"unicode/utf8"

	"github.com/k8slog/k8slog/internal/jsontext"
)

// QuotedEnd returns where the string of Go, whose opening quote stands just
// before s, has its closing quote: -1 when it has none on this line
// (strconv.Quote; https://go.dev/ref/spec#String_literals).
func QuotedEnd(s []byte) int {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '"':
			return i
		case '\\':
			i++
		case '\n':
			return -1
		}
	}
	return -1
}

// appendUnquoted appends the text that the inside of a string of Go stands
// for. What is no escape there stays as it is written.
func appendUnquoted(dst, s []byte) []byte {
	var buf [utf8.UTFMax]byte
	for len(s) > 0 {
		var piece []byte
		piece, s = nextQuoted(s, &buf)
		dst = append(dst, piece...)
	}
	return dst
}

// appendQuotedJSON appends the same as the inside of a JSON string.
func appendQuotedJSON(dst, s []byte) []byte {
	var buf [utf8.UTFMax]byte
	for len(s) > 0 {
		var piece []byte
		piece, s = nextQuoted(s, &buf)
		dst = jsontext.AppendBody(dst, piece)
	}
	return dst
}

// nextQuoted returns what the beginning of s stands for: all up to the first
// escape, or one escape, which it writes to buf.
func nextQuoted(s []byte, buf *[utf8.UTFMax]byte) (piece, rest []byte) {
	const longest = len(`\U0010ffff`)
	i := bytes.IndexByte(s, '\\')
	if i < 0 {
		return s, nil
	}
	if i > 0 {
		return s[:i], s[i:]
	}
	head := s[:min(len(s), longest)]
	r, isRune, tail, err := strconv.UnquoteChar(string(head), '"')
	if err != nil {
		return s[:1], s[1:] // the backslash
	}
	rest = s[len(head)-len(tail):]
	if isRune || r < utf8.RuneSelf {
		return buf[:utf8.EncodeRune(buf[:], r)], rest
	}
	buf[0] = byte(r) // one byte of what was not UTF-8
	return buf[:1], rest
}
