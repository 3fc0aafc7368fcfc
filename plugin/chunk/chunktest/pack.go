// Package chunktest makes chunks for tests, byte for byte as Fluent Bit does.
package chunktest

import (
	"encoding/binary"
	"time"
)

// Append appends an event with string fields, given as key, value, key, value …
// in Fluent Bit's layout: [[EventTime, {}], map32].
func Append(dst []byte, ns int64, fields ...string) []byte {
	dst = append(dst, 0x92, 0x92, 0xd7, 0x00)
	dst = binary.BigEndian.AppendUint32(dst, uint32(ns/1_000_000_000))
	dst = binary.BigEndian.AppendUint32(dst, uint32(ns%1_000_000_000))
	dst = append(dst, 0x80, 0xdf)
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(fields)/2))
	for _, s := range fields {
		dst = AppendString(dst, s)
	}
	return dst
}

// AppendString appends a string in its shortest form.
func AppendString(dst []byte, s string) []byte {
	switch n := len(s); {
	case n < 32:
		dst = append(dst, 0xa0|byte(n))
	case n < 1<<8:
		dst = append(dst, 0xd9, byte(n))
	case n < 1<<16:
		dst = binary.BigEndian.AppendUint16(append(dst, 0xda), uint16(n))
	default:
		dst = binary.BigEndian.AppendUint32(append(dst, 0xdb), uint32(n))
	}
	return append(dst, s...)
}

// File is a file that is tailed with Path_Key path and Offset_Key offset. Its
// zero Offset is the file's beginning.
type File struct {
	Path   string
	Offset int64
	// Read is when its lines are read: so long after a time that is far ahead.
	Read time.Duration
}

// Append appends the events of lines, which stand in the file one behind the
// other, as tail does.
func (f *File) Append(dst []byte, lines ...string) []byte {
	for _, line := range lines {
		dst = append(dst, 0x92, 0x92, 0xd7, 0x00)
		dst = binary.BigEndian.AppendUint32(dst, 0xf0000000+uint32(f.Read/time.Second))
		dst = binary.BigEndian.AppendUint32(dst, uint32(f.Read%time.Second))
		dst = append(dst, 0x80, 0xdf, 0, 0, 0, 3)
		dst = AppendString(AppendString(dst, "path"), f.Path)
		dst = append(AppendString(dst, "offset"), 0xcf)
		dst = binary.BigEndian.AppendUint64(dst, uint64(f.Offset))
		dst = AppendString(AppendString(dst, "log"), line)
		f.Offset += int64(len(line)) + 1
	}
	return dst
}
