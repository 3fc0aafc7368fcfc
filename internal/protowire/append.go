// Package protowire writes and reads messages of protobuf by hand, field by
// field, without generated code (https://protobuf.dev/programming-guides/encoding/).
//
// A tag is the number of a field and how its value is written:
// number<<3 | type. All tags here take one byte: the numbers end at 15.
package protowire

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"

	"github.com/k8slog/k8slog/internal/jsontext"
)

// The types of a tag.
const (
	Varint  = 0
	Fixed64 = 1
	Bytes   = 2 // a length, and so many bytes: bytes, text, or a message
	Fixed32 = 5
)

// Open begins a field that is a message. Its length is not known yet, and takes
// one byte for now. The message begins at out[start], and ends with Seal.
func Open(dst []byte, tag byte) (out []byte, start int) {
	return append(dst, tag, 0), len(dst) + 2
}

// Seal writes the length of the message that Open has begun, which ends where
// dst ends. A message of 128 bytes or more moves, to make room.
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

// AppendBytes appends a field of bytes, or of text that is valid UTF-8.
func AppendBytes[T string | []byte](dst []byte, tag byte, b T) []byte {
	dst = append(dst, tag)
	dst = binary.AppendUvarint(dst, uint64(len(b)))
	return append(dst, b...)
}

// AppendText appends a field of text. Bytes that are not UTF-8 become U+FFFD,
// because servers refuse the whole request for one of them.
func AppendText(dst []byte, tag byte, text []byte) []byte {
	if utf8.Valid(text) {
		return AppendBytes(dst, tag, text)
	}
	dst, start := Open(dst, tag)
	return Seal(jsontext.AppendValidUTF8(dst, text), start)
}

// AppendVarint appends a field of an integer. A negative one takes ten bytes.
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

// AppendLen appends the tag and the length of a field of type Bytes. The
// caller appends the n bytes.
func AppendLen(dst []byte, tag byte, n int) []byte {
	return binary.AppendUvarint(append(dst, tag), uint64(n))
}

// LenSize returns the size of a field of type Bytes that has n bytes.
func LenSize(n int) int { return 1 + VarintLen(uint64(n)) + n }

// VarintLen returns the number of bytes that n takes as a varint.
func VarintLen(n uint64) int { return (bits.Len64(n|1) + 6) / 7 }
