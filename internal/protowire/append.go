// Package protowire encodes and decodes the fields of protobuf messages without generated code
// (https://protobuf.dev/programming-guides/encoding/).
//
// A tag is the number of a field and its wire type: number<<3 | type. The functions write tags of
// one byte, so field numbers must be at most 15.
package protowire

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"

	"github.com/k8slog/k8slog/internal/jsontext"
)

// The wire types.
const (
	Varint  = 0
	Fixed64 = 1
	Bytes   = 2 // a length and that many bytes: bytes, a string, or a message
	Fixed32 = 5
)

// Open appends the tag and one byte for the length of a field that is a message. The message
// begins at out[start]. The caller appends its fields, and ends it with Seal.
func Open(dst []byte, tag byte) (out []byte, start int) {
	return append(dst, tag, 0), len(dst) + 2
}

// Seal writes the length of the message that begins at dst[start] and ends with dst. It moves a
// message of 128 bytes or more, because the length then has more than one byte.
func Seal(dst []byte, start int) []byte {
	n := len(dst) - start
	if n < 0x80 {
		dst[start-1] = byte(n)
		return dst
	}
	more := VarintLen(uint64(n)) - 1
	var room [binary.MaxVarintLen64]byte
	dst = append(dst, room[:more]...)
	copy(dst[start+more:], dst[start:start+n])
	binary.PutUvarint(dst[start-1:], uint64(n))
	return dst
}

// AppendBytes appends a field of bytes, or of a string, which must be valid UTF-8.
func AppendBytes[T string | []byte](dst []byte, tag byte, b T) []byte {
	dst = append(dst, tag)
	dst = binary.AppendUvarint(dst, uint64(len(b)))
	return append(dst, b...)
}

// AppendText appends a field of a string. Each byte that is not valid UTF-8 becomes U+FFFD,
// because servers refuse the whole request for one such byte.
func AppendText(dst []byte, tag byte, text []byte) []byte {
	if utf8.Valid(text) {
		return AppendBytes(dst, tag, text)
	}
	dst, start := Open(dst, tag)
	return Seal(jsontext.AppendValidUTF8(dst, text), start)
}

// AppendVarint appends a field of an integer. Negative integers have ten bytes.
func AppendVarint(dst []byte, tag byte, n uint64) []byte {
	return binary.AppendUvarint(append(dst, tag), n)
}

// AppendFixed64 appends a field of 8 bytes.
func AppendFixed64(dst []byte, tag byte, n uint64) []byte {
	return binary.LittleEndian.AppendUint64(append(dst, tag), n)
}

// AppendFixed32 appends a field of 4 bytes.
func AppendFixed32(dst []byte, tag byte, n uint32) []byte {
	return binary.LittleEndian.AppendUint32(append(dst, tag), n)
}

// AppendLen appends the tag and the length of a field of type Bytes. The caller appends the n
// bytes.
func AppendLen(dst []byte, tag byte, n int) []byte {
	return binary.AppendUvarint(append(dst, tag), uint64(n))
}

// LenSize returns the size of a field of type Bytes that has n bytes.
func LenSize(n int) int { return 1 + VarintLen(uint64(n)) + n }

// VarintLen returns the number of bytes of n as a varint.
func VarintLen(n uint64) int { return (bits.Len64(n|1) + 6) / 7 }
