// Package chunktest encodes chunks for tests, in the encoding of Fluent Bit.
package chunktest

import (
	"encoding/binary"
	"time"
)

// Append appends an event with string fields, which are key, value, key, value … The layout is
// [[EventTime, {}], map32]. ns is in nanoseconds since 1970.
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

// AppendString appends a string in its shortest format.
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

// File is a file that the tail input reads with Path_Key path and Offset_Key offset.
type File struct {
	Path string
	// Offset is the offset of the next line.
	Offset int64
	// Read is the time at which lines are read, after a fixed time in the distant future.
	Read time.Duration
}

// Append appends the events of consecutive lines of the file, as the tail input does.
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
