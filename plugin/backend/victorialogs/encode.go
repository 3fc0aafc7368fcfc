package victorialogs

import (
	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/internal/jsontext"
	"github.com/k8slog/k8slog/internal/timestamp"
	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/backend/ndjson"
)

// VictoriaLogs drops some lines and answers nothing of it: a line above
// -insert.maxLineSizeBytes, with its line feed; a record of more than
// -insert.maxFieldsPerLine fields, or with a name above 128 bytes once it is
// flattened; JSON of more than 300 levels; and records of a stream that has too
// many names (see names). The limits here are the defaults of VictoriaLogs, or
// below them.
const (
	maxLine = 256 << 10
	// maxText is the longest text, as JSON. The rest of a line is for the other
	// fields of a record.
	maxText   = 192 << 10
	maxFields = 900 // beside those that the plugin itself writes
	maxName   = 128
	maxDepth  = 32
)

// The names of two of the plugin's own fields. otherFields is one text of JSON
// with the fields that VictoriaLogs would drop. fieldsCut tells that this text
// is cut.
const (
	otherFields = "other_fields"
	fieldsCut   = "fields_cut"
)

// blank is the text of a record without a text. VictoriaLogs replaces an empty
// text by one of its own.
var blank = filters.PlainText([]byte{' '})

// encoder writes lines. It implements backend.Encoder.
type encoder struct {
	maxLine int
	buf     []byte
	clock   timestamp.Formatter

	one, rest []byte // a field, and those that are folded
	names     []uint64
}

// Append implements backend.Encoder.
func (e *encoder) Append(r *filters.Record) {
	source, _ := r.Source.Rendered.(*rendered)
	start := len(e.buf)
	text := r.Log
	if text.Len() == 0 {
		r.Log = blank
	}
	e.buf = ndjson.AppendOwn(e.buf, ndjson.Begin, r, source.line, &e.clock)
	r.Log = text

	head := len(e.buf)
	for i := range r.Fields {
		e.buf = append(e.buf, ',')
		e.buf = e.appendField(e.buf, &r.Fields[i])
	}
	const end = len("}\n")
	if len(r.Fields) > 0 && (len(e.buf)-start+end > e.maxLine || !e.takes(source, e.buf[head+1:], maxFields)) {
		e.buf = e.buf[:head]
		e.fold(source, r.Fields, e.maxLine-(head-start)-end)
	}
	e.buf = append(e.buf, '}', '\n')
}

// takes reports whether VictoriaLogs takes these members of an object, if there
// are at most so many.
func (e *encoder) takes(source *rendered, members []byte, most int) (ok bool) {
	e.names, ok = measure(e.names[:0], members)
	return ok && len(e.names) <= most && source.names.admit(e.names)
}

// fold appends the fields. The fields that VictoriaLogs would drop become one text.
func (e *encoder) fold(source *rendered, fields []filters.Field, room int) {
	const around = len(`,"` + otherFields + `":"","` + fieldsCut + `":true`)
	room -= around
	left := maxFields
	e.rest = e.rest[:0]
	for i := range fields {
		e.one = e.appendField(e.one[:0], &fields[i])
		if size := len(e.one) + 1; size <= room && e.takes(source, e.one, left) {
			e.buf = append(e.buf, ',')
			e.buf = append(e.buf, e.one...)
			room, left = room-size, left-len(e.names)
			continue
		}
		e.rest = append(e.rest, ',')
		e.rest = append(e.rest, e.one...)
	}
	if len(e.rest) == 0 {
		return
	}
	e.rest[0] = '{'
	e.rest = append(e.rest, '}')
	n := jsontext.FitBody(e.rest, max(room, 0))
	e.buf = append(e.buf, `,"`+otherFields+`":"`...)
	e.buf = jsontext.AppendBody(e.buf, e.rest[:n])
	e.buf = append(e.buf, '"')
	if n < len(e.rest) {
		e.buf = append(e.buf, `,"`+fieldsCut+`":true`...)
	}
}

// appendField appends a field as a member, under a name that neither the
// plugin nor VictoriaLogs uses itself.
func (e *encoder) appendField(dst []byte, f *filters.Field) []byte {
	if f.Own || !reserved(f.Key) {
		return ndjson.AppendField(dst, f)
	}
	dst = append(dst, '"')
	dst = append(dst, ndjson.FieldPrefix...)
	dst = jsontext.AppendBody(dst, f.Key)
	dst = append(dst, '"', ':')
	return ndjson.AppendValue(dst, f)
}

var isFieldName = backend.NewNames(fieldNames...)

// reserved reports whether VictoriaLogs or this package keeps a name for itself.
// A field without a name would be the text.
func reserved(key []byte) bool { return len(key) == 0 || isFieldName.Has(key) }

// Size implements backend.Encoder.
func (e *encoder) Size() int { return len(e.buf) }

// Frame implements backend.Encoder.
func (e *encoder) Frame() []byte { return e.buf }

// Reset implements backend.Encoder.
func (e *encoder) Reset() { e.buf = e.buf[:0] }
