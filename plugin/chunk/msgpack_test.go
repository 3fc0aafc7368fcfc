package chunk

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
)

// The writers below each return one MessagePack value.

func str(s string) []byte { return append([]byte{0xa0 | byte(len(s))}, s...) }

func bin(b ...byte) []byte { return append([]byte{formatBin8, byte(len(b))}, b...) }

func float(f float64) []byte {
	return binary.BigEndian.AppendUint64([]byte{formatFloat64}, math.Float64bits(f))
}

func uint32s(n uint32) []byte { return binary.BigEndian.AppendUint32([]byte{formatUint32}, n) }

func uint64s(n uint64) []byte { return binary.BigEndian.AppendUint64([]byte{formatUint64}, n) }

func int64s(n int64) []byte { return binary.BigEndian.AppendUint64([]byte{formatInt64}, uint64(n)) }

// counted is an array or a map with its count in the given width.
func counted(format byte, n uint32, values ...[]byte) []byte {
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

func array(values ...[]byte) []byte { return counted(0x90, uint32(len(values)), values...) }

func maps(values ...[]byte) []byte { return counted(0x80, uint32(len(values)/2), values...) }

// map32 is how Fluent Bit writes a record.
func map32(values ...[]byte) []byte { return counted(formatMap32, uint32(len(values)/2), values...) }

func stamp(seconds, nanos uint32) []byte {
	return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32([]byte{formatFixext8, 0}, seconds), nanos)
}

func stampExt8(seconds, nanos uint32) []byte {
	return append([]byte{formatExt8, 8}, stamp(seconds, nanos)[1:]...)
}

// event is an event of Fluent Bit 2.1 and later.
func event(time, metadata, body []byte) []byte { return array(array(time, metadata), body) }

func concat(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// sample is a chunk as the tail input makes it.
func sample(records int) []byte {
	var data []byte
	for i := range records {
		text := fmt.Sprintf(`{"log":"I0811 03:42:05.658378       1 main.go:%d] ready\n","stream":"stderr","time":"2018-08-11T03:42:05.658698744Z"}`, i)
		log := append([]byte{formatStr16, 0, byte(len(text))}, text...)
		data = append(data, event(stamp(1533958925, 658698744), maps(), map32(str("log"), log, str("path"), str("/var/log/a.log")))...)
	}
	return data
}
