package kafka

import (
	"encoding/binary"
	"errors"
	"unsafe"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/internal/timestamp"
	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/backend/logsdata"
	"github.com/k8slog/k8slog/plugin/backend/ndjson"
)

// encoder writes entries: a head with the time and four lengths, then topic, key, ID and value.
// The client makes records of Kafka of them, which point into the frame.
type encoder struct {
	backend *Backend
	buf     []byte
	clock   timestamp.Formatter
	// messages makes the values of kafka_format otlp; nil for json.
	messages *logsdata.MessageEncoder
}

// headSize is 8 bytes for the time, and 4 for each of the lengths.
const headSize = 8 + 4*4

// NewEncoder implements backend.Backend.
func (b *Backend) NewEncoder() backend.Encoder {
	e := &encoder{backend: b}
	if b.otlp {
		e.messages = logsdata.NewMessageEncoder()
	}
	return e
}

// Append implements backend.Encoder.
func (e *encoder) Append(r *filters.Record) {
	source, _ := r.Source.Rendered.(*rendered)
	head := len(e.buf)
	dst := append(e.buf, make([]byte, headSize)...)
	topic := e.backend.topicAt(source, r.Time)
	dst = append(dst, topic...)
	dst = append(dst, source.key...)
	id := len(dst)
	if e.backend.idHeader != "" {
		dst = r.AppendID(dst)
	}
	value := len(dst)
	if e.messages != nil {
		dst = e.messages.Append(dst, r, source.resource)
	} else {
		dst = ndjson.AppendObject(dst, r, source.shared, &e.clock, e.backend.idKey)
	}
	binary.LittleEndian.PutUint64(dst[head:], uint64(r.Time))
	for i, n := range [...]int{len(topic), len(source.key), value - id, len(dst) - value} {
		binary.LittleEndian.PutUint32(dst[head+8+4*i:], uint32(n))
	}
	e.buf = dst
}

// Size implements backend.Encoder.
func (e *encoder) Size() int { return len(e.buf) }

// Frame implements backend.Encoder.
func (e *encoder) Frame() []byte { return e.buf }

// Reset implements backend.Encoder.
func (e *encoder) Reset() { e.buf = e.buf[:0] }

// entry is a record in a frame. Its slices are parts of the frame.
type entry struct {
	time                  int64
	topic, key, id, value []byte
}

var errFrame = errors.New("the frame of the records is damaged")

// next reads an entry, and returns what is behind it.
func next(frame []byte) (e entry, rest []byte, err error) {
	if len(frame) < headSize {
		return e, nil, errFrame
	}
	e.time = int64(binary.LittleEndian.Uint64(frame))
	rest = frame[headSize:]
	for i, part := range [...]*[]byte{&e.topic, &e.key, &e.id, &e.value} {
		n := int(binary.LittleEndian.Uint32(frame[8+4*i:]))
		if n > len(rest) {
			return e, nil, errFrame
		}
		*part, rest = rest[:n:n], rest[n:]
	}
	return e, rest, nil
}

// text returns bytes as a string without a copy. It lives as long as they do not change.
func text(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
