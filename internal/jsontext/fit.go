package jsontext

import "unicode/utf8"

// FitBody returns how many bytes at the start of s AppendBody makes at most
// room bytes of, without cutting a character in two: len(s) when all of it fits.
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

// FitValidUTF8 returns how many bytes at the start of s AppendValidUTF8 makes
// at most room bytes of, without cutting a character in two.
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

// runeSize returns how many bytes the first character of s has, and how many
// are written for it.
func runeSize(s []byte) (size, width int) {
	r, n := utf8.DecodeRune(s)
	if r == utf8.RuneError && n == 1 {
		return 1, len(replacement)
	}
	return n, n
}
