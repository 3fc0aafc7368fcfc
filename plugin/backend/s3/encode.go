package s3

import (
	"encoding/binary"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/internal/timestamp"
	"github.com/k8slog/k8slog/plugin/backend/ndjson"
	"github.com/k8slog/k8slog/plugin/backend/spool"
)

// encoder writes lines, each with a header by which Send puts it into a file:
//
//	4 bytes  the length of the line
//	2 bytes  the length of the prefix; 0 for that of the record before
//	24 bytes the ID
//	         the prefix
//	         the line
//
// The numbers are little-endian. It implements backend.Encoder.
type encoder struct {
	backend *Backend
	buf     []byte
	last    *prefix // of the record before; nil for the first of a frame
	clock   timestamp.Formatter
}

const (
	idLen      = len(spool.ID{})
	headerSize = 4 + 2 + idLen
)

// Append implements backend.Encoder.
func (e *encoder) Append(r *filters.Record) {
	source, _ := r.Source.Rendered.(*rendered)
	p := e.backend.prefixAt(source, r.Time)
	start := len(e.buf)
	dst := append(e.buf, 0, 0, 0, 0, 0, 0)
	id := r.ID()
	dst = append(dst, id[:]...)
	if p != e.last {
		binary.LittleEndian.PutUint16(dst[start+4:], uint16(len(p.text)))
		dst = append(dst, p.text...)
		e.last = p
	}
	line := len(dst)
	dst = append(ndjson.AppendObject(dst, r, source.shared, &e.clock, e.backend.idKey), '\n')
	binary.LittleEndian.PutUint32(dst[start:], uint32(len(dst)-line))
	e.buf = dst
}

// Size implements backend.Encoder.
func (e *encoder) Size() int { return len(e.buf) }

// Frame implements backend.Encoder.
func (e *encoder) Frame() []byte { return e.buf }

// Reset implements backend.Encoder.
func (e *encoder) Reset() { e.buf, e.last = e.buf[:0], nil }
