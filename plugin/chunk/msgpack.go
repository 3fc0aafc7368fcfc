package chunk

import (
	"encoding/binary"
	"math"
)

// The formats of MessagePack that this package reads, named as in the
// specification (https://github.com/msgpack/msgpack/blob/master/spec.md).
const (
	formatNil      = 0xc0
	formatNever    = 0xc1
	formatFalse    = 0xc2
	formatTrue     = 0xc3
	formatBin8     = 0xc4
	formatBin16    = 0xc5
	formatBin32    = 0xc6
	formatExt8     = 0xc7
	formatExt16    = 0xc8
	formatExt32    = 0xc9
	formatFloat32  = 0xca
	formatFloat64  = 0xcb
	formatUint8    = 0xcc
	formatUint16   = 0xcd
	formatUint32   = 0xce
	formatUint64   = 0xcf
	formatInt8     = 0xd0
	formatInt16    = 0xd1
	formatInt32    = 0xd2
	formatInt64    = 0xd3
	formatFixext1  = 0xd4
	formatFixext2  = 0xd5
	formatFixext4  = 0xd6
	formatFixext8  = 0xd7
	formatFixext16 = 0xd8
	formatStr8     = 0xd9
	formatStr16    = 0xda
	formatStr32    = 0xdb
	formatArray16  = 0xdc
	formatArray32  = 0xdd
	formatMap16    = 0xde
	formatMap32    = 0xdf
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

// head is the fixed part of a value.
type head struct {
	typ  Type
	size int    // bytes of the head itself, with a number's own bytes
	body int    // bytes that follow the head: str, bin, ext
	kids int    // values that follow the head: array, map (two an entry)
	num  uint64 // Int (two's complement), Uint, Float (IEEE 754), Bool; the type of an Ext
}

// readHead reads the head of the value at the start of b. A head that does
// not fit in b is Invalid; whether the body fits is the caller's to check.
func readHead(b []byte) head {
	if len(b) == 0 {
		return head{}
	}
	c := b[0]
	switch {
	case c <= 0x7f:
		return head{typ: Uint, size: 1, num: uint64(c)}
	case c <= 0x8f:
		return head{typ: Map, size: 1, kids: 2 * int(c&0x0f)}
	case c <= 0x9f:
		return head{typ: Array, size: 1, kids: int(c & 0x0f)}
	case c <= 0xbf:
		return head{typ: Str, size: 1, body: int(c & 0x1f)}
	case c >= 0xe0:
		return head{typ: Int, size: 1, num: uint64(int64(int8(c)))}
	}
	size := headSizes[c-0xc0]
	if size == 0 || len(b) < size {
		return head{}
	}
	h := head{size: size}
	switch c {
	case formatNil:
		h.typ = Nil
	case formatFalse:
		h.typ = Bool
	case formatTrue:
		h.typ, h.num = Bool, 1
	case formatBin8, formatStr8:
		h.typ, h.body = strOrBin(c), int(b[1])
	case formatBin16, formatStr16:
		h.typ, h.body = strOrBin(c), int(binary.BigEndian.Uint16(b[1:]))
	case formatBin32, formatStr32:
		h.typ, h.body = strOrBin(c), int(binary.BigEndian.Uint32(b[1:]))
	case formatExt8:
		h.typ, h.body, h.num = Ext, int(b[1]), uint64(b[2])
	case formatExt16:
		h.typ, h.body, h.num = Ext, int(binary.BigEndian.Uint16(b[1:])), uint64(b[3])
	case formatExt32:
		h.typ, h.body, h.num = Ext, int(binary.BigEndian.Uint32(b[1:])), uint64(b[5])
	case formatFixext1, formatFixext2, formatFixext4, formatFixext8, formatFixext16:
		h.typ, h.body, h.num = Ext, 1<<(c-formatFixext1), uint64(b[1])
	case formatFloat32:
		h.typ = Float
		h.num = math.Float64bits(float64(math.Float32frombits(binary.BigEndian.Uint32(b[1:]))))
	case formatFloat64:
		h.typ, h.num = Float, binary.BigEndian.Uint64(b[1:])
	case formatUint8:
		h.typ, h.num = Uint, uint64(b[1])
	case formatUint16:
		h.typ, h.num = Uint, uint64(binary.BigEndian.Uint16(b[1:]))
	case formatUint32:
		h.typ, h.num = Uint, uint64(binary.BigEndian.Uint32(b[1:]))
	case formatUint64:
		h.typ, h.num = Uint, binary.BigEndian.Uint64(b[1:])
	case formatInt8:
		h.typ, h.num = Int, uint64(int64(int8(b[1])))
	case formatInt16:
		h.typ, h.num = Int, uint64(int64(int16(binary.BigEndian.Uint16(b[1:]))))
	case formatInt32:
		h.typ, h.num = Int, uint64(int64(int32(binary.BigEndian.Uint32(b[1:]))))
	case formatInt64:
		h.typ, h.num = Int, binary.BigEndian.Uint64(b[1:])
	case formatArray16:
		h.typ, h.kids = Array, int(binary.BigEndian.Uint16(b[1:]))
	case formatArray32:
		h.typ, h.kids = Array, int(binary.BigEndian.Uint32(b[1:]))
	case formatMap16:
		h.typ, h.kids = Map, 2*int(binary.BigEndian.Uint16(b[1:]))
	case formatMap32:
		h.typ, h.kids = Map, 2*int(binary.BigEndian.Uint32(b[1:]))
	}
	return h
}

func strOrBin(c byte) Type {
	if c <= formatBin32 {
		return Bin
	}
	return Str
}

// headSizes holds the bytes of a head by its first byte, from 0xc0 to 0xdf.
var headSizes = [32]int{
	formatNil - 0xc0: 1, formatNever - 0xc0: 0, formatFalse - 0xc0: 1, formatTrue - 0xc0: 1,
	formatBin8 - 0xc0: 2, formatBin16 - 0xc0: 3, formatBin32 - 0xc0: 5,
	formatExt8 - 0xc0: 3, formatExt16 - 0xc0: 4, formatExt32 - 0xc0: 6,
	formatFloat32 - 0xc0: 5, formatFloat64 - 0xc0: 9,
	formatUint8 - 0xc0: 2, formatUint16 - 0xc0: 3, formatUint32 - 0xc0: 5, formatUint64 - 0xc0: 9,
	formatInt8 - 0xc0: 2, formatInt16 - 0xc0: 3, formatInt32 - 0xc0: 5, formatInt64 - 0xc0: 9,
	formatFixext1 - 0xc0: 2, formatFixext2 - 0xc0: 2, formatFixext4 - 0xc0: 2,
	formatFixext8 - 0xc0: 2, formatFixext16 - 0xc0: 2,
	formatStr8 - 0xc0: 2, formatStr16 - 0xc0: 3, formatStr32 - 0xc0: 5,
	formatArray16 - 0xc0: 3, formatArray32 - 0xc0: 5, formatMap16 - 0xc0: 3, formatMap32 - 0xc0: 5,
}

// valueLen returns the length of the value at the start of b with all that it
// contains, and 0 when it is cut off or invalid. It counts instead of calling
// itself, so no depth of nesting can exhaust the stack.
func valueLen(b []byte) int {
	off := 0
	for pending := 1; pending > 0; pending-- {
		if off >= len(b) {
			return 0
		}
		// Nearly all values of a log are strings: they get by without readHead.
		if n := stringLen(b[off:]); n > 0 {
			if off += n; off > len(b) {
				return 0
			}
			continue
		}
		h := readHead(b[off:])
		if h.typ == Invalid || h.body > len(b)-off-h.size {
			return 0
		}
		off += h.size + h.body
		// Every value takes a byte at least: a count that cannot fit is
		// refused before it can make the loop long.
		if h.kids > len(b)-off {
			return 0
		}
		pending += h.kids
	}
	return off
}

// stringLen returns the length that the string at the start of b says it has,
// with its head; 0 for anything else. b is not empty.
func stringLen(b []byte) int {
	switch c := b[0]; {
	case c&0xe0 == 0xa0:
		return 1 + int(c&0x1f)
	case c == formatStr8 && len(b) >= 2:
		return 2 + int(b[1])
	case c == formatStr16 && len(b) >= 3:
		return 3 + int(binary.BigEndian.Uint16(b[1:]))
	case c == formatStr32 && len(b) >= 5:
		return 5 + int(binary.BigEndian.Uint32(b[1:]))
	}
	return 0
}
