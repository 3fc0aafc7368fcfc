package disk

import (
	"encoding/binary"
	"time"
)

// appendEvent appends an event as Fluent Bit's tail writes it: the time at which the line
// was read, the path, the offset and the line. tail writes each value in the shortest form;
// the reader does not need that.
func appendEvent(dst []byte, c *CatchUp, path string, offset int64, line []byte) []byte {
	now := time.Now()
	dst = append(dst, 0x92, 0x92, 0xd7, 0x00) // [[time, {}], {…}]
	dst = binary.BigEndian.AppendUint32(dst, uint32(now.Unix()))
	dst = binary.BigEndian.AppendUint32(dst, uint32(now.Nanosecond()))
	dst = append(dst, 0x80, 0x83) // no metadata, three fields
	dst = appendString(appendString(dst, c.PathKey), path)
	dst = append(appendString(dst, c.OffsetKey), 0xcf)
	dst = binary.BigEndian.AppendUint64(dst, uint64(offset))
	return appendString(appendString(dst, "log"), line)
}

// appendString appends a str 32.
func appendString[S string | []byte](dst []byte, s S) []byte {
	dst = binary.BigEndian.AppendUint32(append(dst, 0xdb), uint32(len(s)))
	return append(dst, s...)
}
