// Package goquote reads the inside of quoted Go strings, as strconv.Quote writes
// them (https://go.dev/ref/spec#String_literals). Nothing here allocates.
package goquote

import (
	"bytes"
	"strconv"
	"unicode/utf8"

	"github.com/k8slog/k8slog/internal/jsontext"
)

// End returns the index of the closing quote of a quoted Go string. s begins after
// the opening quote. End returns -1 when the line ends before a closing quote.
func End(s []byte) int {
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

// AppendUnquoted appends the text that s, the inside of a quoted Go string,
// stands for. Invalid escapes are appended unchanged. The text need not be valid
// UTF-8.
func AppendUnquoted(dst, s []byte) []byte {
	var buf [utf8.UTFMax]byte
	for len(s) > 0 {
		var piece []byte
		piece, s = next(s, &buf)
		dst = append(dst, piece...)
	}
	return dst
}

// AppendJSON appends the text that s, the inside of a quoted Go string, stands for
// as the inside of a JSON string. Each byte that is not valid UTF-8 becomes U+FFFD.
func AppendJSON(dst, s []byte) []byte {
	var buf [utf8.UTFMax]byte
	for len(s) > 0 {
		var piece []byte
		piece, s = next(s, &buf)
		dst = jsontext.AppendBody(dst, piece)
	}
	return dst
}

// next returns the text that the beginning of s stands for, and the rest of s. The
// text is either a part of s that ends at the first escape, or one decoded escape in
// buf.
func next(s []byte, buf *[utf8.UTFMax]byte) (piece, rest []byte) {
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
		return s[:1], s[1:] // an invalid escape: its backslash is text
	}
	rest = s[len(head)-len(tail):]
	if isRune || r < utf8.RuneSelf {
		return buf[:utf8.EncodeRune(buf[:], r)], rest
	}
	buf[0] = byte(r) // \xff: one byte, not a code point
	return buf[:1], rest
}
