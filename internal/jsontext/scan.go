// Package jsontext reads and writes JSON strings for the hot path: in place,
// append-style, without allocating. It writes nothing but valid UTF-8 and
// valid JSON (RFC 8259), whatever bytes come in.
package jsontext

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// Lanes of the eight bytes that are looked at together.
const (
	lanes = 0x0101010101010101
	highs = 0x8080808080808080
)

// special returns the index of the first byte of s at or after i that a JSON
// string cannot simply contain or that needs a look: a quote, a backslash, a
// control character, or the start of something that is not ASCII. It returns
// len(s) when there is none.
func special(s []byte, i int) int {
	for ; i+8 <= len(s); i += 8 {
		w := binary.LittleEndian.Uint64(s[i:])
		// A lane's high bit is set when the lane is below 0x20, is the quote,
		// is the backslash, or is not ASCII. Borrows can set it in a lane
		// above a hit as well, never below: the lowest one is right.
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

// runes returns the index of the first byte at or after i that is ASCII, or
// with false, that is not valid UTF-8.
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

// plain marks the bytes that a JSON string contains as they are.
var plain = func() (t [256]uint8) {
	for c := 0x20; c < utf8.RuneSelf; c++ {
		t[c] = 1
	}
	t['"'], t['\\'] = 0, 0
	return t
}()

// Form says how a JSON string is written.
type Form uint8

const (
	// Unterminated: the closing quote is missing.
	Unterminated Form = iota
	// Plain: no escapes; the bytes are the text.
	Plain
	// Escaped: escapes, all of them well-formed.
	Escaped
	// Broken: invalid UTF-8, a control character, an unknown escape or half a
	// surrogate pair. AppendUnescaped makes valid text of it.
	Broken
)

// Scan reads the JSON string whose opening quote stands just before s, and
// returns where its closing quote stands. A string that is Plain or Escaped
// may be copied into JSON as it is. newline tells whether the text that it
// stands for ends with a line feed, written `\n`.
func Scan(s []byte) (end int, form Form, newline bool) {
	form = Plain
	lastEscape := -3 // i-2 is never that
	for i := 0; ; {
		i = special(s, i)
		if i == len(s) {
			return i, Unterminated, false
		}
		switch c := s[i]; {
		case c == '"':
			newline = lastEscape == i-2 && s[i-1] == 'n'
			return i, form, newline
		case c == '\\':
			if form == Plain {
				form = Escaped
			}
			if i+1 == len(s) {
				return i, Unterminated, false
			}
			lastEscape = i
			if n := escapeLen(s[i:]); n > 0 {
				i += n
			} else {
				form = Broken
				i += 2
			}
		case c < 0x20:
			form = Broken
			i++
		default:
			var ok bool
			if i, ok = runes(s, i); !ok {
				form = Broken
				i++
			}
		}
	}
}

// escapeLen returns the length of the escape at the start of s: 2, 6, or 12
// for a surrogate pair; 0 for one that is malformed or half a pair.
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

// unescaped holds what an escape of two bytes stands for.
var unescaped = [256]byte{
	'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t',
}

// hex4 reads four hex digits; it returns -1 when they are not.
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
