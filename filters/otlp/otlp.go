// Package otlp decodes the metadata of an OTLP log record, which Fluent Bit's opentelemetry
// input puts into the metadata of the event. The keys are those of OpenTelemetry's log data
// model in snake case (https://opentelemetry.io/docs/specs/otel/logs/data-model/). Package
// filters/source/forwarded reads the resource of the record's group.
package otlp

import (
	"bytes"
	"encoding/hex"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/internal/msgpack"
)

// Key is the key in the event's metadata under which that of the log record is.
const Key = "otlp"

// Prefix precedes the key of a field when the body of the record already has that key.
const Prefix = "otlp_"

// Decode adds the metadata of a log record, a map, to r. It sets the severity, and adds all
// other members as fields, with the trace ID and the span ID in hexadecimal. A record whose
// Time is zero gets the observed time. Decode sets the flags Decoded and Timed.
func Decode(r *filters.Record, metadata msgpack.Value) {
	r.Flags |= filters.Decoded | filters.Timed
	body := len(r.Fields) // the fields of the body, whose keys are taken
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
			if n, ok := value.Int(); ok && filters.SeverityOfNumber(n) != 0 {
				r.Severity = filters.SeverityOfNumber(n)
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
		for i := range r.Fields[:body] {
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
