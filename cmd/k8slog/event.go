package main

import (
	"encoding/binary"
	"time"
)

// appendEvent appends an event as Fluent Bit's tail writes it: the time that it
// was read, and path, offset and line.
func appendEvent(dst []byte, path string, offset int64, line []byte) []byte {
	dst = append(appendTime(dst), 0x83) // three fields
	dst = appendString(appendString(dst, pathKey), path)
	return appendLine(dst, offset, line)
}

// appendComponentEvent is appendEvent for the file of a component, which the tag names.
func appendComponentEvent(dst []byte, offset int64, line []byte) []byte {
	return appendLine(append(appendTime(dst), 0x82), offset, line)
}

// appendTime appends the event up to its fields.
func appendTime(dst []byte) []byte {
	now := time.Now()
	dst = append(dst, 0x92, 0x92, 0xd7, 0x00) // [[time, {}], {…}]
	dst = binary.BigEndian.AppendUint32(dst, uint32(now.Unix()))
	dst = binary.BigEndian.AppendUint32(dst, uint32(now.Nanosecond()))
	return append(dst, 0x80) // no metadata
}

func appendLine(dst []byte, offset int64, line []byte) []byte {
	dst = append(appendString(dst, offsetKey), 0xcf)
	dst = binary.BigEndian.AppendUint64(dst, uint64(offset))
	return appendString(appendString(dst, "log"), string(line))
}

// appendString appends a str 32.
func appendString(dst []byte, s string) []byte {
	dst = binary.BigEndian.AppendUint32(append(dst, 0xdb), uint32(len(s)))
	return append(dst, s...)
}
