package elasticsearch

import (
	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/internal/timestamp"
	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/backend/ndjson"
)

// encoder writes two lines for each record: the action and the document.
// Actions are always create: data streams take nothing else, and to indices it
// says that an id that is there already stays as it is.
type encoder struct {
	backend *Backend
	buf     []byte
	clock   timestamp.Formatter
	fields  fieldWriter
}

// NewEncoder implements backend.Backend.
func (b *Backend) NewEncoder() backend.Encoder { return &encoder{backend: b, fields: newFieldWriter()} }

// Append implements backend.Encoder.
func (e *encoder) Append(r *filters.Record) {
	source, _ := r.Source.Rendered.(*rendered)
	dst := append(e.buf, e.backend.actionAt(source, r.Time).line...)
	if e.backend.ids {
		dst = append(dst, `,"_id":"`...)
		dst = r.AppendID(dst) // letters that need no escapes
		dst = append(dst, '"')
	}
	dst = append(dst, "}}\n"...)
	if e.backend.ecs {
		dst = e.appendECS(dst, r, source)
	} else {
		dst = ndjson.AppendOwn(dst, `{"@timestamp":"`, r, source.shared, &e.clock)
		dst = e.fields.append(dst, r.Fields, 0)
	}
	e.buf = append(dst, "}\n"...)
}

// Size implements backend.Encoder.
func (e *encoder) Size() int { return len(e.buf) }

// Frame implements backend.Encoder.
func (e *encoder) Frame() []byte { return e.buf }

// Reset implements backend.Encoder.
func (e *encoder) Reset() { e.buf = e.buf[:0] }
