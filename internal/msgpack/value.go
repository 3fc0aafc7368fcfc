package msgpack

import "math"

// Value is one MessagePack value in place: a part of the chunk, valid as long
// as the chunk is. Values come from a Reader, which has checked that they are
// whole, so no method fails; of the zero Value, every one returns nothing.
type Value []byte

// Type says what the value is.
func (v Value) Type() Type { return ReadHead(v).Type }

// Text returns the bytes of a string or a binary value, in place, and false
// for every other type. They need not be valid UTF-8.
func (v Value) Text() ([]byte, bool) {
	if len(v) == 0 {
		return nil, false
	}
	switch c := v[0]; {
	case c&0xe0 == 0xa0:
		return v[1:], true
	case c == FormatStr8, c == FormatBin8:
		return v[2:], true
	case c == FormatStr16, c == FormatBin16:
		return v[3:], true
	case c == FormatStr32, c == FormatBin32:
		return v[5:], true
	}
	return nil, false
}

// Int returns an integer that fits into an int64, and false for every other value.
func (v Value) Int() (int64, bool) {
	h := ReadHead(v)
	switch {
	case h.Type == Int, h.Type == Uint && h.Num <= math.MaxInt64:
		return int64(h.Num), true
	}
	return 0, false
}

// Len returns the number of entries of a map or an array, and 0 for other types.
func (v Value) Len() int {
	h := ReadHead(v)
	if h.Type == Map {
		return h.Kids / 2
	}
	return h.Kids
}

// Fields walks the entries of a map in the order in which they are written.
// The zero Fields is at its end.
type Fields struct {
	rest []byte
	left int
}

// Fields starts a walk. A value that is not a map has no fields.
func (v Value) Fields() Fields {
	h := ReadHead(v)
	if h.Type != Map {
		return Fields{}
	}
	return Fields{rest: v[h.Size:], left: h.Kids / 2}
}

// Next returns the next key and its value, and false after the last.
// Both lie in the chunk.
func (f *Fields) Next() (key, value Value, ok bool) {
	if f.left == 0 {
		return nil, nil, false
	}
	f.left--
	n := ValueLen(f.rest)
	key, f.rest = f.rest[:n], f.rest[n:]
	n = ValueLen(f.rest)
	value, f.rest = f.rest[:n], f.rest[n:]
	return key, value, true
}
