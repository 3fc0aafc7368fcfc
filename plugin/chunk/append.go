package chunk

import (
	"encoding/binary"
	"time"
)

// TailLine is a line of a file as Fluent Bit's tail hands it over.
type TailLine struct {
	// PathKey and OffsetKey are the names of the fields that tail adds. Without PathKey, there
	// is no path.
	PathKey, Path string
	OffsetKey     string
	Offset        int64
	Text          []byte // without its line feed
}

// AppendTailLine appends a line as an event, read now. tail writes each value in the
// shortest form; a Reader does not need that.
func AppendTailLine(dst []byte, l *TailLine) []byte {
	now := time.Now()
	dst = append(dst, 0x92, 0x92, 0xd7, 0x00) // [[time, {}], {…}]
	dst = binary.BigEndian.AppendUint32(dst, uint32(now.Unix()))
	dst = binary.BigEndian.AppendUint32(dst, uint32(now.Nanosecond()))
	dst = append(dst, 0x80) // no metadata
	if l.PathKey == "" {
		dst = append(dst, 0x82) // two fields
	} else {
		dst = appendString(appendString(append(dst, 0x83), l.PathKey), l.Path)
	}
	dst = append(appendString(dst, l.OffsetKey), 0xcf)
	dst = binary.BigEndian.AppendUint64(dst, uint64(l.Offset))
	return appendString(appendString(dst, "log"), l.Text)
}

// appendString appends a str 32.
func appendString[S string | []byte](dst []byte, s S) []byte {
	dst = binary.BigEndian.AppendUint32(append(dst, 0xdb), uint32(len(s)))
	return append(dst, s...)
}
