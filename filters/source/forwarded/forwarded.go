// Package forwarded reads the records that applications send themselves, as maps:
// over HTTP, Fluent's forward protocol, or as a structured body of OTLP.
package forwarded

import (
	"slices"
	"strconv"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/internal/msgpack"
)

// textKeys are where loggers put the text, beside log, which intake has taken
// already: the first of them that holds text is it.
var textKeys = []string{"message", "msg"}

// Decode finds the text and the severity of a record. What the application
// says is its own text, and no line of a container runtime.
func Decode(r *filters.Record) {
	r.Flags |= filters.Decoded
	if isPiece(r) {
		r.Flags |= filters.Partial
	}
	for _, name := range textKeys {
		if r.Log.Exists() {
			break
		}
		for i := range r.Fields {
			if string(r.Fields[i].Key) != name || r.Fields[i].Own {
				continue
			}
			if text, ok := r.Fields[i].Value.Text(); ok {
				r.Log = filters.PlainText(filters.TrimNewline(text))
				r.Fields = slices.Delete(r.Fields, i, i+1)
				break
			}
		}
	}
	if !r.Log.Exists() {
		fromValue(r)
	}
	for i := range r.Fields {
		if r.Severity != 0 {
			return
		}
		f := &r.Fields[i]
		if f.Own {
			continue
		}
		if level, ok := f.Value.Text(); ok {
			r.Severity = filters.KeyedSeverity(f.Key, level)
		} else if n, ok := f.Value.Int(); ok {
			var digits [20]byte
			r.Severity = filters.KeyedSeverity(f.Key, strconv.AppendInt(digits[:0], n, 10))
		}
	}
}

// fromValue makes text of a log that is none: of a body of OTLP that is a
// number, a truth value or an array it is the JSON, as in other backends. What
// is a map has more to say as a field: ECS has an object of that name.
func fromValue(r *filters.Record) {
	for i := range r.Fields {
		f := &r.Fields[i]
		if f.Own || string(f.Key) != "log" {
			continue
		}
		switch f.Value.Type() {
		case msgpack.Map, msgpack.Nil, msgpack.Invalid:
			continue
		}
		start := len(r.Scratch)
		r.Scratch = msgpack.AppendJSON(r.Scratch, f.Value)
		r.Log = filters.PlainText(r.Scratch[start:len(r.Scratch):len(r.Scratch)])
		r.Fields = slices.Delete(r.Fields, i, i+1)
		return
	}
}

// isPiece says whether a record is a piece of a line that docker's fluentd
// driver cut. Which pieces belong together its partial_id says, and
// partial_ordinal in what order; both stay
// (https://docs.docker.com/engine/logging/drivers/fluentd/).
func isPiece(r *filters.Record) bool {
	for i := range r.Fields {
		if string(r.Fields[i].Key) == "partial_message" {
			text, _ := r.Fields[i].Value.Text()
			return string(text) == "true"
		}
	}
	return false
}
