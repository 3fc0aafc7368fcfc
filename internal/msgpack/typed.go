package msgpack

import "math"

// Bool returns a boolean. ok is false for other types.
func (v Value) Bool() (b, ok bool) {
	h := ReadHeader(v)
	return h.Num == 1, h.Type == Bool
}

// Float returns the value of a float. ok is false for other types, also for integers.
func (v Value) Float() (f float64, ok bool) {
	h := ReadHeader(v)
	if h.Type != Float {
		return 0, false
	}
	return math.Float64frombits(h.Num), true
}

// Uint returns the value of an integer that is not negative. ok is false for all other
// values.
func (v Value) Uint() (n uint64, ok bool) {
	h := ReadHeader(v)
	if h.Type == Uint || h.Type == Int && int64(h.Num) >= 0 {
		return h.Num, true
	}
	return 0, false
}

// Bytes returns the bytes of a string, a binary value or an extension, in place. ok is
// false for other types.
func (v Value) Bytes() (b []byte, ok bool) {
	h := ReadHeader(v)
	switch h.Type {
	case Str, Bin, Ext:
		return v[h.Size:], true
	}
	return nil, false
}

// Elements iterates over the elements of an array, in their order. The zero Elements
// has no elements.
type Elements struct {
	rest []byte
	left int
}

// Elements returns an iterator over the elements of an array. It has no elements for
// other types.
func (v Value) Elements() Elements {
	h := ReadHeader(v)
	if h.Type != Array {
		return Elements{}
	}
	return Elements{rest: v[h.Size:], left: h.Children}
}

// Next returns the next element, in place. ok is false after the last element.
func (e *Elements) Next() (v Value, ok bool) {
	if e.left == 0 {
		return nil, false
	}
	e.left--
	n := ValueLen(e.rest)
	v, e.rest = e.rest[:n], e.rest[n:]
	return v, true
}
