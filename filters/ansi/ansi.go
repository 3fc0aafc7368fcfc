// Package ansi removes the escape sequences of terminals, such as colours, from texts
// (ECMA-48, https://ecma-international.org/publications-and-standards/standards/ecma-48/).
package ansi

import (
	"bytes"

	"github.com/k8slog/k8slog/filters"
)

const escape = 0x1b

// escapeInJSON is the begin of an escape character in a JSON string. A last digit, b or
// B, follows.
var escapeInJSON = []byte(`\u001`)

// Filter removes escape sequences from the text of a record. It removes only the escape
// character of a sequence that is incomplete or unknown, so that no escape is left.
type Filter struct{}

// Apply implements filters.Filter. It searches a text without escapes once.
func (Filter) Apply(r *filters.Record) bool {
	text, plain := r.Log.Plain()
	if plain {
		if bytes.IndexByte(text, escape) < 0 {
			return true
		}
	} else {
		if !bytes.Contains(r.Log.Encoded(), escapeInJSON) {
			return true
		}
		if text = r.Plain(); bytes.IndexByte(text, escape) < 0 {
			return true
		}
	}
	start := len(r.Scratch)
	r.Scratch = AppendStripped(r.Scratch, text)
	if stripped := r.Scratch[start:len(r.Scratch):len(r.Scratch)]; len(stripped) > 0 {
		r.Log = filters.PlainText(stripped)
	} else {
		r.Log = filters.PlainText(text[:0]) // an empty text, which is not the absent one
	}
	return true
}

// AppendStripped appends s, a text without an encoding, without its escape sequences.
// dst may be s[:0].
func AppendStripped(dst, s []byte) []byte {
	for {
		i := bytes.IndexByte(s, escape)
		if i < 0 {
			return append(dst, s...)
		}
		dst = append(dst, s[:i]...)
		s = s[i:]
		s = s[max(sequenceLen(s), 1):]
	}
}

// sequenceLen returns the length of the escape sequence at the start of s; 0 for an
// incomplete one. s begins with an escape character.
func sequenceLen(s []byte) int {
	if len(s) < 2 {
		return 0
	}
	switch s[1] {
	case '[': // control sequence: CSI
		i := skip(s, 2, 0x30, 0x3f)
		i = skip(s, i, 0x20, 0x2f)
		return endsAt(s, i, 0x40)
	case ']', 'P', 'X', '^', '_': // control string: OSC, DCS, SOS, PM, APC
		i := 2
		for i < len(s) && s[i] >= 0x20 {
			i++
		}
		switch {
		case i < len(s) && s[i] == '\a':
			return i + 1
		case i+1 < len(s) && s[i] == escape && s[i+1] == '\\':
			return i + 2
		}
		return 0
	}
	// An escape sequence: any intermediate bytes, and a final byte.
	return endsAt(s, skip(s, 1, 0x20, 0x2f), 0x30)
}

// skip returns the index of the first byte of s at or after i that is not in low..high.
func skip(s []byte, i int, low, high byte) int {
	for i < len(s) && s[i] >= low && s[i] <= high {
		i++
	}
	return i
}

// endsAt returns the length of a sequence with the final byte s[i]; 0 when that byte is
// not in from..0x7e.
func endsAt(s []byte, i int, from byte) int {
	if i < len(s) && s[i] >= from && s[i] <= 0x7e {
		return i + 1
	}
	return 0
}
