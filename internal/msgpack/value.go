package msgpack

import (
	"encoding/binary"
	"math"
)

// Value is one whole MessagePack value, with its nested values. It refers to the
// chunk that it was read from, and is valid as long as that is. A Value must have
// passed ValueLen, as those of chunk.Reader have: the methods do not check lengths
// again. The zero Value has the type Invalid, and all of its methods return zero.
type Value []byte

// Type returns the type of the value.
func (v Value) Type() Type { return ReadHeader(v).Type }

// Text returns the bytes of a string or binary value, in place. They need not be valid
// UTF-8. ok is false for other types.
func (v Value) Text() (text []byte, ok bool) {
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

// Int returns the value of an integer. ok is false for other types, and for integers
// that an int64 cannot hold.
func (v Value) Int() (n int64, ok bool) {
	if len(v) == 5 && v[0] == FormatUint32 { // most offsets
		return int64(binary.BigEndian.Uint32(v[1:])), true
	}
	h := ReadHeader(v)
	switch {
	case h.Type == Int, h.Type == Uint && h.Num <= math.MaxInt64:
		return int64(h.Num), true
	}
	return 0, false
}

// Len returns the number of entries of a map or of elements of an array; 0 for other
// types.
func (v Value) Len() int {
	h := ReadHeader(v)
	if h.Type == Map {
		return h.Children / 2
	}
	return h.Children
}

// Fields iterates over the entries of a map, in their order. The zero Fields has no
// entries.
type Fields struct {
	rest []byte
	left int
}

// Fields returns an iterator over the entries of a map. It has no entries for other
// types.
func (v Value) Fields() Fields {
	if len(v) >= 5 && v[0] == FormatMap32 { // as Fluent Bit writes them
		return Fields{rest: v[5:], left: int(binary.BigEndian.Uint32(v[1:]))}
	}
	h := ReadHeader(v)
	if h.Type != Map {
		return Fields{}
	}
	return Fields{rest: v[h.Size:], left: h.Children / 2}
}

// Next returns the next entry, in place. ok is false after the last entry.
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
