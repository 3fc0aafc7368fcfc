// Package forwarded decodes records that applications send as maps: over HTTP, Fluentd's
// forward protocol, or as a structured body of OTLP. It also reads the source of OTLP records
// from their resource.
package forwarded

import (
	"slices"
	"strconv"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/internal/msgpack"
)

// textKeys are the keys of the text besides log, which is decoded before Decode is called. The
// first of them with a string counts.
var textKeys = []string{"message", "msg"}

// Decode sets Log and Severity of a record from its fields, unless they are set. It sets the
// flag Decoded, because the text does not have the envelope of a container runtime, and for a
// partial line Partial.
func Decode(r *filters.Record) {
	r.Flags |= filters.Decoded
	if isPartial(r) {
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
		textFromValue(r)
	}
	for i := range r.Fields {
		if r.Severity != 0 {
			return
		}
		f := &r.Fields[i]
		if f.Own {
			continue
		}
		var digits [20]byte
		level, ok := f.Value.Text()
		if !ok {
			n, isInt := f.Value.Int()
			if !isInt {
				continue
			}
			level = strconv.AppendInt(digits[:0], n, 10)
		}
		if r.Log.Exists() || !filters.IsWeakLevel(f.Key, level) {
			r.Severity = filters.SeverityOfField(f.Key, level)
		}
	}
}

// textFromValue sets Log to the JSON of the field log when that is not a string: the body of
// an OTLP record can be a number, a boolean or an array. A map remains a field, because ECS
// has an object with that key.
func textFromValue(r *filters.Record) {
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

// isPartial returns whether a record is a part of a line that Docker's fluentd driver split
// (https://docs.docker.com/engine/logging/drivers/fluentd/). The fields partial_id and
// partial_ordinal, which identify the line and the order of its parts, are kept.
func isPartial(r *filters.Record) bool {
	for i := range r.Fields {
		if string(r.Fields[i].Key) == "partial_message" {
			text, _ := r.Fields[i].Value.Text()
			return string(text) == "true"
		}
	}
	return false
}
