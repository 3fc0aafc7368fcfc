// Package msgpack reads MessagePack in place and writes it as JSON
// (https://github.com/msgpack/msgpack/blob/master/spec.md).
package msgpack

import (
	"encoding/binary"
	"math"
)

// The first bytes of values, named as in the specification.
const (
	FormatNil      = 0xc0
	FormatNever    = 0xc1
	FormatFalse    = 0xc2
	FormatTrue     = 0xc3
	FormatBin8     = 0xc4
	FormatBin16    = 0xc5
	FormatBin32    = 0xc6
	FormatExt8     = 0xc7
	FormatExt16    = 0xc8
	FormatExt32    = 0xc9
	FormatFloat32  = 0xca
	FormatFloat64  = 0xcb
	FormatUint8    = 0xcc
	FormatUint16   = 0xcd
	FormatUint32   = 0xce
	FormatUint64   = 0xcf
	FormatInt8     = 0xd0
	FormatInt16    = 0xd1
	FormatInt32    = 0xd2
	FormatInt64    = 0xd3
	FormatFixext1  = 0xd4
	FormatFixext2  = 0xd5
	FormatFixext4  = 0xd6
	FormatFixext8  = 0xd7
	FormatFixext16 = 0xd8
	FormatStr8     = 0xd9
	FormatStr16    = 0xda
	FormatStr32    = 0xdb
	FormatArray16  = 0xdc
	FormatArray32  = 0xdd
	FormatMap16    = 0xde
	FormatMap32    = 0xdf
)

// Type is the type of a value, independent of the width of its format.
type Type uint8

// The types. Invalid, the zero Type, stands for the byte that the specification never
// uses, and for a truncated value.
const (
	Invalid Type = iota
	Nil
	Bool
	Int
	Uint
	Float
	Str
	Bin
	Array
	Map
	Ext
)

// Header is the part of a value before its bytes or its nested values.
type Header struct {
	Type Type
	// Size is the length of the header in bytes. It includes the bytes of a number.
	Size int
	// Body is the number of bytes that follow the header, for Str, Bin and Ext.
	Body int
	// Children is the number of values that follow the header: the elements of an
	// Array, and twice the entries of a Map.
	Children int
	// Num is an Int in two's complement, a Uint, a Float in IEEE 754 with 64 bits, a
	// Bool as 0 or 1, or the type of an Ext.
	Num uint64
}

// ReadHeader reads the header of the value at the start of b. The Type is Invalid when
// b ends inside the header. ReadHeader does not check that the body and the children
// fit in b; ValueLen does.
func ReadHeader(b []byte) Header {
	if len(b) == 0 {
		return Header{}
	}
	c := b[0]
	switch {
	case c <= 0x7f:
		return Header{Type: Uint, Size: 1, Num: uint64(c)}
	case c <= 0x8f:
		return Header{Type: Map, Size: 1, Children: 2 * int(c&0x0f)}
	case c <= 0x9f:
		return Header{Type: Array, Size: 1, Children: int(c & 0x0f)}
	case c <= 0xbf:
		return Header{Type: Str, Size: 1, Body: int(c & 0x1f)}
	case c >= 0xe0:
		return Header{Type: Int, Size: 1, Num: uint64(int64(int8(c)))}
	}
	size := headerSizes[c-0xc0]
	if size == 0 || len(b) < size {
		return Header{}
	}
	h := Header{Size: size}
	switch c {
	case FormatNil:
		h.Type = Nil
	case FormatFalse:
		h.Type = Bool
	case FormatTrue:
		h.Type, h.Num = Bool, 1
	case FormatBin8, FormatStr8:
		h.Type, h.Body = strOrBin(c), int(b[1])
	case FormatBin16, FormatStr16:
		h.Type, h.Body = strOrBin(c), int(binary.BigEndian.Uint16(b[1:]))
	case FormatBin32, FormatStr32:
		h.Type, h.Body = strOrBin(c), int(binary.BigEndian.Uint32(b[1:]))
	case FormatExt8:
		h.Type, h.Body, h.Num = Ext, int(b[1]), uint64(b[2])
	case FormatExt16:
		h.Type, h.Body, h.Num = Ext, int(binary.BigEndian.Uint16(b[1:])), uint64(b[3])
	case FormatExt32:
		h.Type, h.Body, h.Num = Ext, int(binary.BigEndian.Uint32(b[1:])), uint64(b[5])
	case FormatFixext1, FormatFixext2, FormatFixext4, FormatFixext8, FormatFixext16:
		h.Type, h.Body, h.Num = Ext, 1<<(c-FormatFixext1), uint64(b[1])
	case FormatFloat32:
		h.Type = Float
		h.Num = math.Float64bits(float64(math.Float32frombits(binary.BigEndian.Uint32(b[1:]))))
	case FormatFloat64:
		h.Type, h.Num = Float, binary.BigEndian.Uint64(b[1:])
	case FormatUint8:
		h.Type, h.Num = Uint, uint64(b[1])
	case FormatUint16:
		h.Type, h.Num = Uint, uint64(binary.BigEndian.Uint16(b[1:]))
	case FormatUint32:
		h.Type, h.Num = Uint, uint64(binary.BigEndian.Uint32(b[1:]))
	case FormatUint64:
		h.Type, h.Num = Uint, binary.BigEndian.Uint64(b[1:])
	case FormatInt8:
		h.Type, h.Num = Int, uint64(int64(int8(b[1])))
	case FormatInt16:
		h.Type, h.Num = Int, uint64(int64(int16(binary.BigEndian.Uint16(b[1:]))))
	case FormatInt32:
		h.Type, h.Num = Int, uint64(int64(int32(binary.BigEndian.Uint32(b[1:]))))
	case FormatInt64:
		h.Type, h.Num = Int, binary.BigEndian.Uint64(b[1:])
	case FormatArray16:
		h.Type, h.Children = Array, int(binary.BigEndian.Uint16(b[1:]))
	case FormatArray32:
		h.Type, h.Children = Array, int(binary.BigEndian.Uint32(b[1:]))
	case FormatMap16:
		h.Type, h.Children = Map, 2*int(binary.BigEndian.Uint16(b[1:]))
	case FormatMap32:
		h.Type, h.Children = Map, 2*int(binary.BigEndian.Uint32(b[1:]))
	}
	return h
}

// strOrBin returns the type of a string or binary format byte.
func strOrBin(c byte) Type {
	if c <= FormatBin32 {
		return Bin
	}
	return Str
}

// headerSizes is the size of a header by its first byte, from 0xc0 to 0xdf.
var headerSizes = [32]int{
	FormatNil - 0xc0: 1, FormatNever - 0xc0: 0, FormatFalse - 0xc0: 1, FormatTrue - 0xc0: 1,
	FormatBin8 - 0xc0: 2, FormatBin16 - 0xc0: 3, FormatBin32 - 0xc0: 5,
	FormatExt8 - 0xc0: 3, FormatExt16 - 0xc0: 4, FormatExt32 - 0xc0: 6,
	FormatFloat32 - 0xc0: 5, FormatFloat64 - 0xc0: 9,
	FormatUint8 - 0xc0: 2, FormatUint16 - 0xc0: 3, FormatUint32 - 0xc0: 5, FormatUint64 - 0xc0: 9,
	FormatInt8 - 0xc0: 2, FormatInt16 - 0xc0: 3, FormatInt32 - 0xc0: 5, FormatInt64 - 0xc0: 9,
	FormatFixext1 - 0xc0: 2, FormatFixext2 - 0xc0: 2, FormatFixext4 - 0xc0: 2,
	FormatFixext8 - 0xc0: 2, FormatFixext16 - 0xc0: 2,
	FormatStr8 - 0xc0: 2, FormatStr16 - 0xc0: 3, FormatStr32 - 0xc0: 5,
	FormatArray16 - 0xc0: 3, FormatArray32 - 0xc0: 5, FormatMap16 - 0xc0: 3, FormatMap32 - 0xc0: 5,
}

// ValueLen returns the length in bytes of the value at the start of b, with its nested
// values. It returns 0 for a truncated or invalid value. It does not recurse, so deep
// nesting cannot exhaust the stack.
func ValueLen(b []byte) int {
	off := 0
	for pending := 1; pending > 0; pending-- {
		if off >= len(b) {
			return 0
		}
		// Nearly all values of a log are strings and numbers, for which ReadHeader is too slow.
		if n := scalarLen(b[off:]); n > 0 {
			if off += n; off > len(b) {
				return 0
			}
			continue
		}
		h := ReadHeader(b[off:])
		if h.Type == Invalid || h.Body > len(b)-off-h.Size {
			return 0
		}
		off += h.Size + h.Body
		// Every value has at least one byte. A count that cannot fit is refused here,
		// so that it cannot make the loop long.
		if h.Children > len(b)-off {
			return 0
		}
		pending += h.Children
	}
	return off
}

// scalarLen returns the length of the string, number, bool or nil at the start of b with
// its header, as the header states it; 0 for other types. b must not be empty.
func scalarLen(b []byte) int {
	c := b[0]
	if n := fixedLens[c]; n > 0 {
		return int(n)
	}
	switch {
	case c == FormatStr8 && len(b) >= 2:
		return 2 + int(b[1])
	case c == FormatStr16 && len(b) >= 3:
		return 3 + int(binary.BigEndian.Uint16(b[1:]))
	case c == FormatStr32 && len(b) >= 5:
		return 5 + int(binary.BigEndian.Uint32(b[1:]))
	}
	return 0
}

// fixedLens is the length of a scalar, by its first byte; 0 where the first byte does not
// tell.
var fixedLens = func() (lens [256]uint8) {
	for c := range 0x80 {
		lens[c] = 1
	}
	for c := 0xa0; c < 0xc0; c++ {
		lens[c] = uint8(1 + c&0x1f)
	}
	for c := FormatNil; c < 0xe0; c++ {
		switch ReadHeader(append([]byte{uint8(c)}, make([]byte, 8)...)).Type {
		case Nil, Bool, Int, Uint, Float:
			lens[c] = uint8(headerSizes[c-0xc0])
		}
	}
	for c := 0xe0; c < 0x100; c++ {
		lens[c] = 1
	}
	return lens
}()
