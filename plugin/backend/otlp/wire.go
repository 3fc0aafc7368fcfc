package otlp

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"

	"github.com/k8slog/k8slog/internal/jsontext"
)

// The tags of the fields, from opentelemetry/proto (logs/v1, common/v1,
// resource/v1 and collector/logs/v1, 1.x). A tag is the number of the field and
// how it is written: 0 for a varint, 1 for 8 bytes, 2 for a length and so many
// bytes, 5 for 4 bytes.
const (
	requestResourceLogs = 1<<3 | 2

	resourceLogsResource = 1<<3 | 2
	resourceLogsScopes   = 2<<3 | 2
	resourceAttributes   = 1<<3 | 2

	scopeLogsScope   = 1<<3 | 2
	scopeLogsRecords = 2<<3 | 2
	scopeName        = 1<<3 | 2
	scopeVersion     = 2<<3 | 2

	recordTime           = 1<<3 | 1
	recordSeverityNumber = 2 << 3
	recordSeverityText   = 3<<3 | 2
	recordBody           = 5<<3 | 2
	recordAttributes     = 6<<3 | 2
	recordDropped        = 7 << 3
	recordFlags          = 8<<3 | 5
	recordTraceID        = 9<<3 | 2
	recordSpanID         = 10<<3 | 2
	recordObserved       = 11<<3 | 1
	recordEventName      = 12<<3 | 2

	pairKey   = 1<<3 | 2
	pairValue = 2<<3 | 2

	valueString = 1<<3 | 2
	valueBool   = 2 << 3
	valueInt    = 3 << 3
	valueDouble = 4<<3 | 1
	valueArray  = 5<<3 | 2
	valueMap    = 6<<3 | 2
	valueBytes  = 7<<3 | 2

	listValues = 1<<3 | 2 // of an ArrayValue, and of a KeyValueList
)

// open begins a message inside of another: its length is not known yet, and
// gets a byte. The message starts at start.
func open(dst []byte, tag byte) (out []byte, start int) {
	return append(dst, tag, 0), len(dst) + 2
}

// seal writes the length of a message that open began. One of 128 bytes or
// more moves, to make room.
func seal(dst []byte, start int) []byte {
	n := len(dst) - start
	if n < 0x80 {
		dst[start-1] = byte(n)
		return dst
	}
	more := uvarintLen(n) - 1
	var room [binary.MaxVarintLen64]byte
	dst = append(dst, room[:more]...)
	copy(dst[start+more:], dst[start:start+n])
	binary.PutUvarint(dst[start-1:], uint64(n))
	return dst
}

// appendBytes appends a field of bytes, or of text that is valid UTF-8.
func appendBytes[T string | []byte](dst []byte, tag byte, b T) []byte {
	dst = append(dst, tag)
	dst = binary.AppendUvarint(dst, uint64(len(b)))
	return append(dst, b...)
}

// appendText appends a field of text. What is not UTF-8 becomes U+FFFD, because
// a server refuses the whole request for a byte of it.
func appendText(dst []byte, tag byte, text []byte) []byte {
	if utf8.Valid(text) {
		return appendBytes(dst, tag, text)
	}
	dst, start := open(dst, tag)
	return seal(jsontext.AppendValidUTF8(dst, text), start)
}

// appendKey appends the key of a pair. An empty one is the field's default, and
// absent.
func appendKey(dst, key []byte) []byte {
	if len(key) == 0 {
		return dst
	}
	return appendText(dst, pairKey, key)
}

// appendFixed64 appends a field of 8 bytes.
func appendFixed64(dst []byte, tag byte, n uint64) []byte {
	return binary.LittleEndian.AppendUint64(append(dst, tag), n)
}

// appendVarint appends a field of a number; a negative one takes ten bytes.
func appendVarint(dst []byte, tag byte, n uint64) []byte {
	return binary.AppendUvarint(append(dst, tag), n)
}

// appendStringPair appends an attribute whose value is text that is valid UTF-8.
func appendStringPair[T string | []byte](dst []byte, tag byte, key string, value T) []byte {
	dst, pair := open(dst, tag)
	dst = appendBytes(dst, pairKey, key)
	dst, v := open(dst, pairValue)
	dst = appendBytes(dst, valueString, value)
	return seal(seal(dst, v), pair)
}

func uvarintLen(n int) int { return (bits.Len64(uint64(n)|1) + 6) / 7 }
