package msgpack

import "math"

// Bool returns a boolean, and false for ok with every other value.
func (v Value) Bool() (b, ok bool) {
	h := ReadHead(v)
	return h.Num == 1, h.Type == Bool
}

// Float returns a number that is written with a point, and false for every
// other value.
func (v Value) Float() (float64, bool) {
	h := ReadHead(v)
	if h.Type != Float {
		return 0, false
	}
	return math.Float64frombits(h.Num), true
}

// Uint returns an integer that is not negative, and false for every other value.
func (v Value) Uint() (uint64, bool) {
	h := ReadHead(v)
	if h.Type == Uint || h.Type == Int && int64(h.Num) >= 0 {
		return h.Num, true
	}
	return 0, false
}

// Bytes returns the bytes of a string, a binary value or an extension, in
// place, and false for every other value.
func (v Value) Bytes() ([]byte, bool) {
	h := ReadHead(v)
	switch h.Type {
	case Str, Bin, Ext:
		return v[h.Size:], true
	}
	return nil, false
}

// Elements walks the elements of an array in their order. The zero Elements is
// at its end.
type Elements struct {
	rest []byte
	left int
}

// Elements starts a walk. A value that is not an array has no elements.
func (v Value) Elements() Elements {
	h := ReadHead(v)
	if h.Type != Array {
		return Elements{}
	}
	return Elements{rest: v[h.Size:], left: h.Kids}
}

// Next returns the next element, and false after the last. It lies in the chunk.
func (e *Elements) Next() (v Value, ok bool) {
	if e.left == 0 {
		return nil, false
	}
	e.left--
	n := ValueLen(e.rest)
	v, e.rest = e.rest[:n], e.rest[n:]
	return v, true
}
