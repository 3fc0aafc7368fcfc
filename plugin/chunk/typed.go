package chunk

import "math"

// Bool returns a boolean, and false for ok with every other value.
func (v Value) Bool() (b, ok bool) {
	h := readHead(v)
	return h.num == 1, h.typ == Bool
}

// Float returns a number that is written with a point, and false for every
// other value.
func (v Value) Float() (float64, bool) {
	h := readHead(v)
	if h.typ != Float {
		return 0, false
	}
	return math.Float64frombits(h.num), true
}

// Uint returns an integer that is not negative, and false for every other value.
func (v Value) Uint() (uint64, bool) {
	h := readHead(v)
	if h.typ == Uint || h.typ == Int && int64(h.num) >= 0 {
		return h.num, true
	}
	return 0, false
}

// Bytes returns the bytes of a string, a binary value or an extension, in
// place, and false for every other value.
func (v Value) Bytes() ([]byte, bool) {
	h := readHead(v)
	switch h.typ {
	case Str, Bin, Ext:
		return v[h.size:], true
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
	h := readHead(v)
	if h.typ != Array {
		return Elements{}
	}
	return Elements{rest: v[h.size:], left: h.kids}
}

// Next returns the next element, and false after the last. It lies in the chunk.
func (e *Elements) Next() (v Value, ok bool) {
	if e.left == 0 {
		return nil, false
	}
	e.left--
	n := valueLen(e.rest)
	v, e.rest = e.rest[:n], e.rest[n:]
	return v, true
}
