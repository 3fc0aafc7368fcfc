package chunktest

import (
	"encoding/binary"
	"fmt"
)

// Map is a map as key, value, key, value … in that order.
type Map []any

// List is an array.
type List []any

// AppendValue appends the MessagePack of a Map, a List, a string, a []byte of at most 255
// bytes, an int, a bool, or nil.
func AppendValue(dst []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(dst, 0xc0)
	case string:
		return AppendString(dst, v)
	case []byte:
		return append(append(dst, 0xc4, byte(len(v))), v...)
	case int:
		return binary.BigEndian.AppendUint64(append(dst, 0xd3), uint64(v))
	case bool:
		if v {
			return append(dst, 0xc3)
		}
		return append(dst, 0xc2)
	case List:
		dst = binary.BigEndian.AppendUint32(append(dst, 0xdd), uint32(len(v)))
		for _, part := range v {
			dst = AppendValue(dst, part)
		}
		return dst
	case Map:
		dst = binary.BigEndian.AppendUint32(append(dst, 0xdf), uint32(len(v)/2))
		for _, part := range v {
			dst = AppendValue(dst, part)
		}
		return dst
	}
	panic(fmt.Sprintf("no MessagePack for %T", v))
}

// AppendEvent appends an event with metadata. ns is in nanoseconds since 1970.
func AppendEvent(dst []byte, ns int64, metadata, body Map) []byte {
	dst = append(dst, 0x92, 0x92, 0xd7, 0x00)
	dst = binary.BigEndian.AppendUint32(dst, uint32(ns/1_000_000_000))
	dst = binary.BigEndian.AppendUint32(dst, uint32(ns%1_000_000_000))
	return AppendValue(AppendValue(dst, metadata), body)
}

// AppendGroup appends the begin marker of a group, encoded events, and the end marker, as Fluent
// Bit's opentelemetry input does. body is the body of the group, with the resource and the
// scope of its records.
func AppendGroup(dst []byte, body Map, events []byte) []byte {
	dst = AppendEvent(dst, 0xffffffff*1_000_000_000, Map{"schema", "otlp", "resource_id", 0, "scope_id", 0}, body)
	dst = append(dst, events...)
	return AppendEvent(dst, 0xfffffffe*1_000_000_000, Map{}, Map{})
}
