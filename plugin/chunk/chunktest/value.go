package chunktest

import (
	"encoding/binary"
	"fmt"
)

// Map is a map in its order: key, value, key, value …
type Map []any

// List is an array.
type List []any

// AppendValue appends a value: a Map, a List, text, bytes, an int, a bool, or
// nil.
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

// AppendEvent appends an event with metadata.
func AppendEvent(dst []byte, ns int64, metadata, body Map) []byte {
	dst = append(dst, 0x92, 0x92, 0xd7, 0x00)
	dst = binary.BigEndian.AppendUint32(dst, uint32(ns/1_000_000_000))
	dst = binary.BigEndian.AppendUint32(dst, uint32(ns%1_000_000_000))
	return AppendValue(AppendValue(dst, metadata), body)
}

// AppendGroup appends a group's begin, events that are packed already, and its
// end, as Fluent Bit's opentelemetry input does. Its body is what its records
// have in common.
func AppendGroup(dst []byte, body Map, events []byte) []byte {
	dst = AppendEvent(dst, 0xffffffff*1_000_000_000, Map{"schema", "otlp", "resource_id", 0, "scope_id", 0}, body)
	dst = append(dst, events...)
	return AppendEvent(dst, 0xfffffffe*1_000_000_000, Map{}, Map{})
}
