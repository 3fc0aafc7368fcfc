// Package msgpacktest encodes MessagePack for tests, in all widths of the format. It
// does not import msgpack, so that the tests of msgpack can use it.
package msgpacktest

import (
	"bytes"
	"encoding/binary"
	"math"
)

// The first bytes of values, named as in the specification
// (https://github.com/msgpack/msgpack/blob/master/spec.md).
const (
	formatNil     = 0xc0
	formatFalse   = 0xc2
	formatTrue    = 0xc3
	formatBin8    = 0xc4
	formatBin16   = 0xc5
	formatBin32   = 0xc6
	formatExt8    = 0xc7
	formatExt16   = 0xc8
	formatExt32   = 0xc9
	formatFloat32 = 0xca
	formatFloat64 = 0xcb
	formatUint8   = 0xcc
	formatUint32  = 0xce
	formatUint64  = 0xcf
	formatInt64   = 0xd3
	formatFixext1 = 0xd4
	formatStr8    = 0xd9
	formatStr16   = 0xda
	formatStr32   = 0xdb
	formatArray16 = 0xdc
	formatArray32 = 0xdd
	formatMap16   = 0xde
	formatMap32   = 0xdf
)

// Str returns a fixstr of at most 31 bytes.
func Str(s string) []byte { return append([]byte{0xa0 | byte(len(s))}, s...) }

// Bin returns a bin 8.
func Bin(b ...byte) []byte { return append([]byte{formatBin8, byte(len(b))}, b...) }

// Float returns a float 64.
func Float(f float64) []byte {
	return binary.BigEndian.AppendUint64([]byte{formatFloat64}, math.Float64bits(f))
}

// Uint32 returns a uint 32.
func Uint32(n uint32) []byte { return binary.BigEndian.AppendUint32([]byte{formatUint32}, n) }

// Uint64 returns a uint 64.
func Uint64(n uint64) []byte { return binary.BigEndian.AppendUint64([]byte{formatUint64}, n) }

// Int64 returns an int 64.
func Int64(n int64) []byte { return binary.BigEndian.AppendUint64([]byte{formatInt64}, uint64(n)) }

// Counted returns an array or a map that states n elements or entries. The width of n
// follows from the format byte.
func Counted(format byte, n uint32, values ...[]byte) []byte {
	head := []byte{format}
	switch format {
	case formatArray16, formatMap16:
		head = binary.BigEndian.AppendUint16(head, uint16(n))
	case formatArray32, formatMap32:
		head = binary.BigEndian.AppendUint32(head, n)
	default:
		head[0] |= byte(n)
	}
	return append(head, bytes.Join(values, nil)...)
}

// Array returns a fixarray of at most 15 values.
func Array(values ...[]byte) []byte { return Counted(0x90, uint32(len(values)), values...) }

// Map returns a fixmap of keys and values, with at most 15 entries.
func Map(values ...[]byte) []byte { return Counted(0x80, uint32(len(values)/2), values...) }

// Map32 returns a map 32 of keys and values, as Fluent Bit encodes records.
func Map32(values ...[]byte) []byte { return Counted(formatMap32, uint32(len(values)/2), values...) }

// Concat joins values.
func Concat(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
