package jsontext

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"
)

const hexDigits = "0123456789abcdef"

// replacement is U+FFFD in UTF-8. It replaces each byte that is not valid UTF-8.
const replacement = "\ufffd"

// AppendString appends s as a JSON string with its quotes.
func AppendString[T string | []byte](dst []byte, s T) []byte {
	dst = append(dst, '"')
	dst = AppendBody(dst, []byte(s))
	return append(dst, '"')
}

// AppendBody appends s as the inside of a JSON string, without the quotes.
// Each byte that is not valid UTF-8 becomes U+FFFD.
func AppendBody(dst, s []byte) []byte {
	start := 0
	for i := 0; ; {
		i = special(s, i)
		if i == len(s) {
			return append(dst, s[start:]...)
		}
		c := s[i]
		if c >= utf8.RuneSelf {
			var ok bool
			if i, ok = runes(s, i); !ok {
				dst = append(dst, s[start:i]...)
				dst = append(dst, replacement...)
				i++
				start = i
			}
			continue
		}
		dst = append(dst, s[start:i]...)
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&0xf])
		}
		i++
		start = i
	}
}

// AppendUnescaped appends the text that s, the inside of a JSON string, stands for. In
// a Malformed string, an unknown escape is appended unchanged, an unpaired surrogate
// becomes U+FFFD, and all other bytes are appended unchanged.
func AppendUnescaped(dst, s []byte) []byte {
	for {
		i := bytes.IndexByte(s, '\\')
		if i < 0 {
			return append(dst, s...)
		}
		dst = append(dst, s[:i]...)
		s = s[i:]
		switch n := escapeLen(s); {
		case n == 2:
			dst = append(dst, unescaped[s[1]])
			s = s[2:]
		case n == 6:
			dst = utf8.AppendRune(dst, hex4(s[2:]))
			s = s[6:]
		case n == 12:
			dst = utf8.AppendRune(dst, utf16.DecodeRune(hex4(s[2:]), hex4(s[8:])))
			s = s[12:]
		case len(s) >= 6 && s[1] == 'u' && hex4(s[2:]) >= 0:
			dst = append(dst, replacement...)
			s = s[6:]
		default:
			dst = append(dst, '\\')
			s = s[1:]
		}
	}
}

// AppendValidUTF8 appends s. Each byte that is not valid UTF-8 becomes U+FFFD.
func AppendValidUTF8(dst, s []byte) []byte {
	if utf8.Valid(s) {
		return append(dst, s...)
	}
	start := 0
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRune(s[i:])
		if r == utf8.RuneError && n == 1 {
			dst = append(dst, s[start:i]...)
			dst = append(dst, replacement...)
			start = i + 1
		}
		i += n
	}
	return append(dst, s[start:]...)
}
