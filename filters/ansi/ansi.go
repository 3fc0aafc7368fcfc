// Package ansi takes the escape sequences of terminals out of texts: colours
// above all (ECMA-48, https://ecma-international.org/publications-and-standards/standards/ecma-48/).
package ansi

import (
	"bytes"

	"github.com/k8slog/k8slog/filters"
)

const escape = 0x1b

// inJSON is how an escape begins in a JSON string; its last digit is b or B.
var inJSON = []byte(`\u001`)

// Filter leaves nothing that begins with an escape: of a sequence that is not
// whole, it takes the escape alone.
type Filter struct{}

// Apply implements filters.Filter. A text without escapes costs one search.
func (Filter) Apply(r *filters.Record) bool {
	text, plain := r.Log.Plain()
	if plain {
		if bytes.IndexByte(text, escape) < 0 {
			return true
		}
	} else {
		if !bytes.Contains(r.Log.Kept(), inJSON) {
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
		r.Log = filters.PlainText(text[:0]) // there is a text, and it is empty
	}
	return true
}

// AppendStripped appends a plain text without its sequences to dst, which may
// be the beginning of s.
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

// sequenceLen returns the length of the sequence at the beginning of s, which
// begins with an escape; 0 when it is not whole.
func sequenceLen(s []byte) int {
	if len(s) < 2 {
		return 0
	}
	switch s[1] {
	case '[': // a control sequence: CSI
		i := skip(s, 2, 0x30, 0x3f)
		i = skip(s, i, 0x20, 0x2f)
		return endsAt(s, i, 0x40)
	case ']', 'P', 'X', '^', '_': // a control string: OSC, DCS, SOS, PM, APC
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
	// One or more bytes that announce, and a last one; or the last one only.
	return endsAt(s, skip(s, 1, 0x20, 0x2f), 0x30)
}

// skip returns the index of the first byte at or after i that is outside of a
// range.
func skip(s []byte, i int, low, high byte) int {
	for i < len(s) && s[i] >= low && s[i] <= high {
		i++
	}
	return i
}

// endsAt returns the length of a sequence whose last byte is s[i], 0 when that
// byte is none of from..0x7e.
func endsAt(s []byte, i int, from byte) int {
	if i < len(s) && s[i] >= from && s[i] <= 0x7e {
		return i + 1
	}
	return 0
}
