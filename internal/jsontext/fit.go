package jsontext

import "unicode/utf8"

// FitBody returns the length of the longest prefix of s for which AppendBody appends
// at most room bytes. The prefix does not end inside a UTF-8 sequence.
func FitBody(s []byte, room int) int {
	for i := 0; ; {
		next := special(s, i)
		if room -= next - i; room < 0 {
			return next + room
		}
		if next == len(s) {
			return next
		}
		i = next
		size, width := 1, 1
		switch c := s[i]; {
		case c >= utf8.RuneSelf:
			size, width = runeSize(s[i:])
		case c == '"', c == '\\', c == '\n', c == '\r', c == '\t':
			width = 2
		default:
			width = 6
		}
		if room -= width; room < 0 {
			return i
		}
		i += size
	}
}

// FitValidUTF8 returns the length of the longest prefix of s for which AppendValidUTF8
// appends at most room bytes. The prefix does not end inside a UTF-8 sequence.
func FitValidUTF8(s []byte, room int) int {
	for i := 0; i < len(s); {
		size, width := runeSize(s[i:])
		if room -= width; room < 0 {
			return i
		}
		i += size
	}
	return len(s)
}

// runeSize returns the number of bytes of the first character of s, and the number of
// bytes that are appended for it.
func runeSize(s []byte) (size, width int) {
	r, n := utf8.DecodeRune(s)
	if r == utf8.RuneError && n == 1 {
		return 1, len(replacement)
	}
	return n, n
}
