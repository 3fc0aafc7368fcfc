package googlecloudlogging

import (
	"encoding/hex"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/filters/jsonlog"
	"github.com/k8slog/k8slog/internal/jsonshape"
	"github.com/k8slog/k8slog/internal/timestamp"
	"github.com/k8slog/k8slog/plugin/backend"
)

// The parts of an entry, which may have 256 KB: the text, the fields beside it, and what the
// labels and the rest take. The API counts an entry in its binary form, in which each value
// of an object takes up to valueBytes more than in JSON.
const (
	maxText    = 192 << 10
	maxPayload = maxText + 32<<10
	valueBytes = 12
)

// encoder writes entries, with a comma between them. It implements backend.Encoder.
type encoder struct {
	project []byte
	trace   []byte // the beginning of the name of a trace
	buf     []byte
	clock   timestamp.Formatter
	shape   jsonshape.Shape
	lifted  lifted
	payload payload
}

// What the API takes of the payload of an entry: keys that come twice, and numbers that no
// double holds, make the JSON of the whole request invalid.
const (
	maxNested = 32
	maxKeys   = 256
	maxKey    = 512
)

func newEncoder(project string) *encoder {
	return &encoder{
		project: []byte(project), trace: []byte(`,"trace":"projects/` + project + `/traces/`),
		shape: jsonshape.Shape{Nested: maxNested, Keys: maxKeys, Key: maxKey, Doubles: true},
	}
}

// Append implements backend.Encoder.
func (e *encoder) Append(r *filters.Record) {
	source, _ := r.Source.Rendered.(*rendered)
	if source == nil {
		source = new(rendered)
	}
	dst := e.buf
	if len(dst) > 0 {
		dst = append(dst, ',')
	}
	if head := source.heads[r.Stream]; head != nil {
		dst = append(dst, head...)
		dst = append(dst, ',')
	} else {
		dst = append(dst, '{')
	}
	dst = append(dst, `"timestamp":"`...)
	dst = e.clock.AppendTime(dst, r.Time)
	dst = append(dst, `","insertId":"`...)
	dst = append(r.AppendID(dst), '"') // letters that need no escapes
	if name := severityNames[min(int(r.Severity), len(severityNames)-1)]; name != "" {
		dst = append(dst, `,"severity":"`...)
		dst = append(append(dst, name...), '"')
	}
	dst = e.appendTrace(dst, &r.Span)

	object := e.object(r)
	e.lifted.find(object, r, e.project, maxLabels-spareLabels-source.count)
	dst = e.lifted.append(dst)
	e.payload.begin(r, object, &e.lifted, &e.shape)
	if caller := e.payload.caller; caller.Exists() && e.lifted.values[sourceLocation] == nil {
		dst = appendCaller(dst, caller)
	}
	dst = e.payload.append(dst)
	dst = e.appendLabels(dst, r, source)
	e.buf = append(dst, '}')
}

// severityNames are those of the API
// (https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry#LogSeverity).
var severityNames = [...]string{
	filters.Trace: "DEBUG", filters.Debug: "DEBUG", filters.Info: "INFO", filters.Notice: "NOTICE", filters.Warn: "WARNING",
	filters.Error: "ERROR", filters.Critical: "CRITICAL", filters.Alert: "ALERT", filters.Fatal: "EMERGENCY", filters.Fatal + 1: "",
}

// appendTrace appends the trace. Its project is the plugin's own, whatever a text says.
func (e *encoder) appendTrace(dst []byte, span *filters.SpanContext) []byte {
	if !span.HasTraceID() {
		return dst
	}
	dst = append(dst, e.trace...)
	dst = append(hex.AppendEncode(dst, span.TraceID[:]), '"')
	if span.SpanID != [8]byte{} {
		dst = append(dst, `,"spanId":"`...)
		dst = append(hex.AppendEncode(dst, span.SpanID[:]), '"')
	}
	if span.Flags&1 != 0 {
		dst = append(dst, `,"traceSampled":true`...)
	}
	return dst
}

// object returns the text of a record that is an object which the API takes; nil for any
// other.
func (e *encoder) object(r *filters.Record) []byte {
	if start := r.Log.Start(); len(start) == 0 || start[0] != '{' || r.Flags&filters.Partial != 0 {
		return nil
	}
	object, _, ok := jsonlog.Object(r.Plain())
	if !ok || !e.shape.Fits(object) || len(object)+valueBytes*e.shape.Values > maxPayload {
		return nil
	}
	return object
}

// recordLabels are the labels of the flags of a record.
var recordLabels = []struct {
	flag filters.Flags
	text string
}{
	{filters.Partial, `,"k8slog/partial":"true"`},
	{filters.Undecoded, `,"k8slog/undecoded":"true"`},
	{filters.Late, `,"k8slog/late":"true"`},
}

// appendLabels appends the labels of the source and of the record, and those of the text.
func (e *encoder) appendLabels(dst []byte, r *filters.Record, source *rendered) []byte {
	before := len(dst)
	dst = append(dst, `,"labels":`...)
	open := len(dst)
	dst = append(dst, source.labels...)
	for _, l := range recordLabels {
		if r.Flags&l.flag != 0 {
			dst = append(dst, l.text...)
		}
	}
	if e.payload.dropped {
		dst = append(dst, `,"k8slog/fields_dropped":"true"`...)
	}
	if labels := e.lifted.values[labels]; len(labels) > 0 {
		dst = append(dst, ',')
		dst = append(dst, labels[1:len(labels)-1]...)
	}
	if len(dst) == open {
		return dst[:before]
	}
	dst[open] = '{' // for the first comma
	return append(dst, '}')
}

// Size implements backend.Encoder.
func (e *encoder) Size() int { return len(e.buf) }

// Frame implements backend.Encoder.
func (e *encoder) Frame() []byte { return e.buf }

// Reset implements backend.Encoder.
func (e *encoder) Reset() { e.buf = e.buf[:0] }

var _ backend.Encoder = (*encoder)(nil)
