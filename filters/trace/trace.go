// Package trace finds the span of a trace that a record names.
package trace

import (
	"slices"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/filters/jsonlog"
	"github.com/k8slog/k8slog/filters/logfmt"
)

// Filter sets the record's Span: by its fields, which it takes out of the record
// then, or else by its text, when that is a JSON object or logfmt and stays what
// it was. A plain line costs a look at its first byte.
type Filter struct{}

// Apply implements filters.Filter.
func (Filter) Apply(r *filters.Record) bool {
	if len(r.Fields) > 0 {
		fromFields(r)
	}
	if r.Span.Known() {
		return true
	}
	start := r.Log.Start()
	switch {
	case len(start) == 0:
	case start[0] == '{':
		r.Span = jsonlog.Span(r.Plain())
	case logfmt.Begins(start):
		r.Span = logfmt.Span(r.Plain())
	}
	return true
}

func fromFields(r *filters.Record) {
	var span filters.SpanContext
	for i := range r.Fields {
		take(&span, &r.Fields[i])
	}
	if !span.Known() {
		return
	}
	r.Span = span
	// What says something else, a second ID for one, stays.
	var taken filters.SpanContext
	r.Fields = slices.DeleteFunc(r.Fields, func(f filters.Field) bool { return take(&taken, &f) })
}

// take takes in a field, if it is a part of the span.
func take(span *filters.SpanContext, f *filters.Field) bool {
	if f.Own {
		return false
	}
	if f.Value == nil {
		text, ok := f.Text.Plain()
		return ok && f.Text.Exists() && span.Take(f.Key, text)
	}
	if text, ok := f.Value.Text(); ok {
		return span.Take(f.Key, text)
	}
	// Flags may be a number.
	if n, ok := f.Value.Int(); ok && n >= 0 && n <= 0xff {
		var digits [2]byte
		const hex = "0123456789abcdef"
		digits[0], digits[1] = hex[n>>4], hex[n&15]
		return span.Take(f.Key, digits[:])
	}
	return false
}
