// Package jsontext reads and writes JSON strings (RFC 8259). It reads in place, appends
// to buffers of the caller, and does not allocate. The output is valid JSON in valid
// UTF-8 for any input.
package jsontext

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// Masks for eight bytes that are tested at once: one bit of each byte.
const (
	lanes = 0x0101010101010101
	highs = 0x8080808080808080
)

// special returns the index of the first byte of s at or after i that is a quote, a
// backslash, a control character, or not ASCII. It returns len(s) when there is none.
// A JSON string can contain all bytes before that index unchanged.
func special(s []byte, i int) int {
	for ; i+8 <= len(s); i += 8 {
		w := binary.LittleEndian.Uint64(s[i:])
		// The high bit of a byte in hit is set when the byte is below 0x20, is a
		// quote or a backslash, or is not ASCII. The borrow of a subtraction can
		// set the high bit of bytes above a hit as well, but not of bytes below
		// it. So the lowest set bit is correct.
		hit := ((w - lanes*0x20) | ((w ^ lanes*'"') - lanes) | ((w ^ lanes*'\\') - lanes) | w) & highs
		if hit != 0 {
			return i + bits.TrailingZeros64(hit)>>3
		}
	}
	for ; i < len(s); i++ {
		if plain[s[i]] == 0 {
			return i
		}
	}
	return i
}

// runes returns the index of the first byte at or after i that is ASCII. With ok false
// it returns the index of the first byte that is not valid UTF-8.
func runes(s []byte, i int) (end int, ok bool) {
	for i < len(s) && s[i] >= utf8.RuneSelf {
		r, n := utf8.DecodeRune(s[i:])
		if r == utf8.RuneError && n == 1 {
			return i, false
		}
		i += n
	}
	return i, true
}

// plain is 1 for the bytes that a JSON string contains unchanged.
var plain = func() (t [256]uint8) {
	for c := 0x20; c < utf8.RuneSelf; c++ {
		t[c] = 1
	}
	t['"'], t['\\'] = 0, 0
	return t
}()

// Kind classifies a JSON string by its validity and its escapes.
type Kind uint8

const (
	// Unterminated: the closing quote is missing.
	Unterminated Kind = iota
	// Plain: valid, without escapes. The bytes are the text.
	Plain
	// Escaped: valid, with escapes.
	Escaped
	// Malformed: terminated, but with invalid UTF-8, a control character, an unknown
	// escape, or an unpaired surrogate. AppendUnescaped decodes what it can.
	Malformed
)

// Scan finds the end of a JSON string. s begins after the opening quote. end is the
// index of the closing quote, or len(s) or less for an Unterminated string. A Plain or
// Escaped string can be copied into JSON unchanged. newline is true when the string ends
// with the escape \n.
func Scan(s []byte) (end int, kind Kind, newline bool) {
	kind = Plain
	lastEscape := -3 // i-2 is never that
	for i := 0; ; {
		i = special(s, i)
		if i == len(s) {
			return i, Unterminated, false
		}
		switch c := s[i]; {
		case c == '"':
			newline = lastEscape == i-2 && s[i-1] == 'n'
			return i, kind, newline
		case c == '\\':
			if kind == Plain {
				kind = Escaped
			}
			if i+1 == len(s) {
				return i, Unterminated, false
			}
			lastEscape = i
			if n := escapeLen(s[i:]); n > 0 {
				i += n
			} else {
				kind = Malformed
				i += 2
			}
		case c < 0x20:
			kind = Malformed
			i++
		default:
			var ok bool
			if i, ok = runes(s, i); !ok {
				kind = Malformed
				i++
			}
		}
	}
}

// escapeLen returns the length of the escape at the start of s: 2, 6, or 12 for a
// surrogate pair. It returns 0 for an invalid escape and an unpaired surrogate.
func escapeLen(s []byte) int {
	if len(s) < 2 {
		return 0
	}
	if s[1] != 'u' {
		if unescaped[s[1]] == 0 {
			return 0
		}
		return 2
	}
	r := hex4(s[2:])
	switch {
	case r < 0, r >= 0xdc00 && r <= 0xdfff:
		return 0
	case r < 0xd800 || r > 0xdbff:
		return 6
	}
	if len(s) < 12 || s[6] != '\\' || s[7] != 'u' {
		return 0
	}
	if low := hex4(s[8:]); low < 0xdc00 || low > 0xdfff {
		return 0
	}
	return 12
}

// unescaped maps the second byte of an escape of two bytes to the byte that the escape
// stands for; 0 for an invalid escape.
var unescaped = [256]byte{
	'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t',
}

// hex4 returns the value of four hexadecimal digits at the start of s; -1 when s does
// not begin with four.
func hex4(s []byte) rune {
	if len(s) < 4 {
		return -1
	}
	var r rune
	for _, c := range s[:4] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return -1
		}
		r = r<<4 | rune(c)
	}
	return r
}
