package msgpack

import (
	"encoding/binary"
	"math"
)

// The formats of MessagePack that this package reads, named as in the
// specification (https://github.com/msgpack/msgpack/blob/master/spec.md).
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

// Type is what a value is, whatever width it is written in.
type Type uint8

// The types of MessagePack. Invalid stands for the byte that the
// specification never uses, and for a value that is cut off.
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

// Head is the fixed part of a value.
type Head struct {
	Type Type
	Size int    // bytes of the head itself, with a number's own bytes
	Body int    // bytes that follow the head: str, bin, ext
	Kids int    // values that follow the head: array, map (two an entry)
	Num  uint64 // Int (two's complement), Uint, Float (IEEE 754), Bool; the type of an Ext
}

// ReadHead reads the head of the value at the start of b. A head that does
// not fit in b is Invalid; whether the body fits is the caller's to check.
func ReadHead(b []byte) Head {
	if len(b) == 0 {
		return Head{}
	}
	c := b[0]
	switch {
	case c <= 0x7f:
		return Head{Type: Uint, Size: 1, Num: uint64(c)}
	case c <= 0x8f:
		return Head{Type: Map, Size: 1, Kids: 2 * int(c&0x0f)}
	case c <= 0x9f:
		return Head{Type: Array, Size: 1, Kids: int(c & 0x0f)}
	case c <= 0xbf:
		return Head{Type: Str, Size: 1, Body: int(c & 0x1f)}
	case c >= 0xe0:
		return Head{Type: Int, Size: 1, Num: uint64(int64(int8(c)))}
	}
	size := headSizes[c-0xc0]
	if size == 0 || len(b) < size {
		return Head{}
	}
	h := Head{Size: size}
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
		h.Type, h.Kids = Array, int(binary.BigEndian.Uint16(b[1:]))
	case FormatArray32:
		h.Type, h.Kids = Array, int(binary.BigEndian.Uint32(b[1:]))
	case FormatMap16:
		h.Type, h.Kids = Map, 2*int(binary.BigEndian.Uint16(b[1:]))
	case FormatMap32:
		h.Type, h.Kids = Map, 2*int(binary.BigEndian.Uint32(b[1:]))
	}
	return h
}

func strOrBin(c byte) Type {
	if c <= FormatBin32 {
		return Bin
	}
	return Str
}

// headSizes holds the bytes of a head by its first byte, from 0xc0 to 0xdf.
var headSizes = [32]int{
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

// ValueLen returns the length of the value at the start of b with all that it
// contains, and 0 when it is cut off or invalid. It counts instead of calling
// itself, so no depth of nesting can exhaust the stack.
func ValueLen(b []byte) int {
	off := 0
	for pending := 1; pending > 0; pending-- {
		if off >= len(b) {
			return 0
		}
		// Nearly all values of a log are strings: they get by without ReadHead.
		if n := stringLen(b[off:]); n > 0 {
			if off += n; off > len(b) {
				return 0
			}
			continue
		}
		h := ReadHead(b[off:])
		if h.Type == Invalid || h.Body > len(b)-off-h.Size {
			return 0
		}
		off += h.Size + h.Body
		// Every value takes a byte at least: a count that cannot fit is
		// refused before it can make the loop long.
		if h.Kids > len(b)-off {
			return 0
		}
		pending += h.Kids
	}
	return off
}

// stringLen returns the length that the string at the start of b says it has,
// with its head; 0 for anything else. b is not empty.
func stringLen(b []byte) int {
	switch c := b[0]; {
	case c&0xe0 == 0xa0:
		return 1 + int(c&0x1f)
	case c == FormatStr8 && len(b) >= 2:
		return 2 + int(b[1])
	case c == FormatStr16 && len(b) >= 3:
		return 3 + int(binary.BigEndian.Uint16(b[1:]))
	case c == FormatStr32 && len(b) >= 5:
		return 5 + int(binary.BigEndian.Uint32(b[1:]))
	}
	return 0
}
