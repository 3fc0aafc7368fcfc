// Package sent reads the records that applications send themselves, as maps:
// over HTTP, Fluent's forward protocol, or as a structured body of OTLP.
package sent

import (
	"slices"
	"strconv"

	"github.com/k8slog/k8slog/filters"
)

// textKeys are where loggers put the text, beside log, which intake has taken
// already: the first of them that holds text is it.
var textKeys = []string{"message", "msg"}

// Decode finds the text and the severity of a record. What the application
// says is its own text, and no line of a container runtime.
func Decode(r *filters.Record) {
	r.Flags |= filters.Decoded
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
