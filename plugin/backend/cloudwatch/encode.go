package cloudwatch

import (
	"bytes"
	"encoding/binary"
	"strconv"
	"unicode"
	"unicode/utf8"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/internal/jsontext"
	"github.com/k8slog/k8slog/plugin/backend/ndjson"
)

// encoder writes events, each with a header by which Send puts them in order and counts
// them:
//
//	8 bytes  the time, in milliseconds since 1970
//	4 bytes  the length of what follows the header
//	4 bytes  the length of the message in UTF-8
//	         ,{"timestamp":…,"message":"…"}
//
// The numbers are little-endian. It implements backend.Encoder.
type encoder struct {
	text  bool
	line  ndjson.Encoder
	buf   []byte
	plain []byte // a text
}

const headerSize = 8 + 4 + 4

// Append implements backend.Encoder.
func (e *encoder) Append(r *filters.Record) {
	start := len(e.buf)
	ms := max(r.Time, 0) / 1e6
	dst := binary.LittleEndian.AppendUint64(e.buf, uint64(ms))
	dst = append(dst, 0, 0, 0, 0, 0, 0, 0, 0)
	dst = append(dst, `,{"timestamp":`...)
	dst = strconv.AppendInt(dst, ms, 10)
	dst = append(dst, `,"message":"`...)
	var size int
	if e.text && r.Log.Exists() && !blank(r) {
		before := len(dst)
		dst = r.Log.AppendJSON(dst)
		if size = len(dst) - before; size > textBytes { // escapes count as what they stand for
			e.plain = jsontext.AppendUnescaped(e.plain[:0], dst[before:])
			size = len(e.plain)
		}
	} else {
		e.line.Reset()
		e.line.Append(r)
		line := bytes.TrimSuffix(e.line.Frame(), []byte{'\n'})
		dst, size = jsontext.AppendBody(dst, line), len(line)
	}
	dst = append(dst, '"', '}')
	binary.LittleEndian.PutUint32(dst[start+8:], uint32(len(dst)-start-headerSize))
	binary.LittleEndian.PutUint32(dst[start+12:], uint32(size))
	e.buf = dst
}

// blank reports whether there is nothing to see in a text. CloudWatch refuses an empty
// message.
func blank(r *filters.Record) bool {
	if kept := r.Log.Encoded(); len(kept) > 0 && kept[0] > ' ' && kept[0] != '\\' && kept[0] < 0x7f {
		return false
	}
	return bytes.IndexFunc(r.Plain(), func(c rune) bool { return c > ' ' && c != 0x7f && !unicode.IsSpace(c) || c == utf8.RuneError }) < 0
}

// Size implements backend.Encoder.
func (e *encoder) Size() int { return len(e.buf) }

// Frame implements backend.Encoder.
func (e *encoder) Frame() []byte { return e.buf }

// Reset implements backend.Encoder.
func (e *encoder) Reset() { e.buf = e.buf[:0] }

// event is an event of a frame.
type event struct {
	ms   int64
	size int    // as CloudWatch counts it, without the overhead
	json []byte // with a comma before it
	item int    // its number in the frames
}

// readEvents returns the events of frames. They refer to the memory of the frames.
func readEvents(frames [][]byte, items int) []event {
	all := make([]event, 0, items)
	for _, frame := range frames {
		for len(frame) >= headerSize {
			end := headerSize + int(binary.LittleEndian.Uint32(frame[8:]))
			all = append(all, event{
				ms:   int64(binary.LittleEndian.Uint64(frame)),
				size: int(binary.LittleEndian.Uint32(frame[12:])),
				json: frame[headerSize:end],
				item: len(all),
			})
			frame = frame[end:]
		}
	}
	return all
}
