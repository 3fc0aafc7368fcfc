package rules

import (
	"slices"
	"unicode/utf16"
	"unicode/utf8"
	"unsafe"
)

// appendUnescaped appends a text without the escapes that JSON, Go and Java write for
// printable characters: \u0034, \U00000034, \x34, \064 and \/, behind any number of
// backslashes, escaped ones as well (\u005cu0034), because JSON in JSON doubles them. What reads such a text later sees the
// character, so a pattern must see it as well. Quotes and backslashes stay escaped: JSON
// stays JSON. escaped is false when there was no such escape.
func appendUnescaped(dst, text []byte) (_ []byte, escaped bool) {
	return unescape(dst, text, nil)
}

// viewPlaces returns a function that says where a place in the text without escapes is in
// the text itself.
func viewPlaces(text []byte) func(int) int {
	type step struct{ view, text int }
	steps := []step{{}}
	unescape(nil, text, func(view, _, behind int) { steps = append(steps, step{view, behind}) })
	return func(at int) int {
		i, _ := slices.BinarySearchFunc(steps, at+1, func(s step, at int) int { return s.view - at })
		s := steps[i-1]
		return s.text + at - s.view
	}
}

// unescape is appendUnescaped, and calls each, if there is one, for each escape: with the
// place behind it in dst, where it begins in the text, and the place behind it there.
func unescape(dst, text []byte, each func(view, from, behind int)) (_ []byte, escaped bool) {
	for i := 0; i < len(text); {
		if text[i] != '\\' {
			dst = append(dst, text[i])
			i++
			continue
		}
		start := i
		for i < len(text) && text[i] == '\\' {
			i++
		}
		end := i // behind all backslashes, however they are written
		c, n := escapeAt(text[end:])
		for n > 0 && c == '\\' {
			for end += n; end < len(text) && text[end] == '\\'; {
				end++
			}
			c, n = escapeAt(text[end:])
		}
		if n == 0 || c < ' ' || c == '"' || c == 0x7f {
			dst = append(dst, text[start:i]...)
			continue
		}
		dst = utf8.AppendRune(dst, c)
		i = end + n
		escaped = true
		if each != nil {
			each(len(dst), start, i)
		}
	}
	return dst, escaped
}

// escapeAt returns the character of the escape at the start of s, which is without its
// backslash, and its length; 0 for none.
func escapeAt(s []byte) (c rune, n int) {
	if len(s) == 0 {
		return 0, 0
	}
	switch {
	case s[0] == '/':
		return '/', 1
	case s[0] == 'u':
		if c, n = number(s, 1, 4, 16); n == 0 {
			return 0, 0
		}
		if utf16.IsSurrogate(c) {
			rest := s[n:]
			for len(rest) > 0 && rest[0] == '\\' {
				rest = rest[1:]
			}
			if len(rest) == 0 || rest[0] != 'u' || len(rest) == len(s[n:]) {
				return 0, 0
			}
			low, m := number(rest, 1, 4, 16)
			if c = utf16.DecodeRune(c, low); m == 0 || c == utf8.RuneError {
				return 0, 0
			}
			n += len(s[n:]) - len(rest) + m
		}
	case s[0] == 'U':
		c, n = number(s, 1, 8, 16)
	case s[0] == 'x':
		c, n = number(s, 1, 2, 16)
	case s[0] <= '7' && s[0] >= '0':
		c, n = number(s, 0, 3, 8)
	}
	if n == 0 || !utf8.ValidRune(c) {
		return 0, 0
	}
	return c, n
}

// number returns the number of so many digits at an index, and the index behind them; 0
// for none.
func number(s []byte, from, digits int, base rune) (value rune, end int) {
	if len(s) < from+digits {
		return 0, 0
	}
	for _, b := range s[from : from+digits] {
		d := rune(99)
		switch {
		case b >= '0' && b <= '9':
			d = rune(b - '0')
		case b|0x20 >= 'a' && b|0x20 <= 'f':
			d = rune(b|0x20-'a') + 10
		}
		if d >= base {
			return 0, 0
		}
		value = value*base + d
	}
	return value, from + digits
}

// unsafeString returns a text as a string, which must not outlive the text.
func unsafeString(text []byte) string {
	if len(text) == 0 {
		return ""
	}
	return unsafe.String(&text[0], len(text))
}
