// Package otlp reads the metadata of a log record that Fluent Bit's
// opentelemetry input puts beside the record. The names are those of
// OpenTelemetry (https://opentelemetry.io/docs/specs/otel/logs/data-model/), as
// the input writes them. The resource of the record's group is read by
// filters/source/forwarded.
package otlp

import (
	"bytes"
	"encoding/hex"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/internal/msgpack"
)

// Key is the member of an event's metadata that holds that of a log record.
const Key = "otlp"

// Prefix stands before the name of a member whose name is taken by the record.
const Prefix = "otlp_"

// Decode takes in the metadata of a log record, a map: its severity becomes the
// record's, and its other members become fields, trace and span id in
// hexadecimal. The time of a record that came without one is when it was
// observed.
func Decode(r *filters.Record, metadata msgpack.Value) {
	r.Flags |= filters.Decoded | filters.Timed
	came := len(r.Fields) // the record's own, whose names are taken
	members := metadata.Fields()
	for {
		key, value, ok := members.Next()
		if !ok {
			return
		}
		name, _ := key.Text()
		field := filters.Field{Key: name, Value: value, Metadata: true}
		switch string(name) {
		case "severity_number":
			if n, ok := value.Int(); ok && filters.NumberedSeverity(n) != 0 {
				r.Severity = filters.NumberedSeverity(n)
				continue
			}
		case "severity_text":
			text, _ := value.Text()
			s := filters.ParseSeverity(text)
			if r.Severity == 0 {
				r.Severity = s
			}
			if len(text) == 0 || s != 0 && s == r.Severity {
				continue
			}
		case "observed_timestamp":
			if ns, ok := value.Int(); ok && r.Time == 0 {
				r.Time = ns
			}
		case "timestamp":
			if ns, ok := value.Int(); ok && ns == r.Time {
				continue
			}
		case "trace_id", "span_id":
			id, ok := value.Text()
			if ok && len(id) == 0 {
				continue
			}
			if len(id) == 16 && string(name) == "trace_id" || len(id) == 8 && string(name) == "span_id" {
				start := len(r.Scratch)
				r.Scratch = hex.AppendEncode(r.Scratch, id)
				field = filters.Field{Key: name, Text: filters.PlainText(r.Scratch[start:]), Metadata: true}
			}
		}
		for i := range r.Fields[:came] {
			if bytes.Equal(r.Fields[i].Key, name) {
				start := len(r.Scratch)
				r.Scratch = append(append(r.Scratch, Prefix...), name...)
				field.Key = r.Scratch[start:]
				break
			}
		}
		r.Fields = append(r.Fields, field)
	}
}
