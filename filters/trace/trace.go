// Package trace finds the trace context that a record states.
package trace

import (
	"slices"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/filters/jsonlog"
	"github.com/k8slog/k8slog/filters/logfmt"
)

// Filter sets the Span of a record from its fields, or else from a text that is a JSON
// object or logfmt. It removes the fields that it used, and does not change the text. The
// first byte of a text selects the parser.
type Filter struct{}

// Apply implements filters.Filter.
func (Filter) Apply(r *filters.Record) bool {
	if len(r.Fields) > 0 {
		fromFields(r)
	}
	if r.Span.HasTraceID() {
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

// Keep is a Filter that leaves the fields in the record.
type Keep struct{}

// Apply implements filters.Filter.
func (Keep) Apply(r *filters.Record) bool {
	fields := r.Fields
	var span filters.SpanContext
	for i := range fields {
		setField(&span, &fields[i])
	}
	if r.Fields = nil; !span.HasTraceID() {
		Filter{}.Apply(r)
	} else {
		r.Span = span
	}
	r.Fields = fields
	return true
}

// fromFields sets the Span from the fields, and removes those that it used.
func fromFields(r *filters.Record) {
	var span filters.SpanContext
	for i := range r.Fields {
		setField(&span, &r.Fields[i])
	}
	if !span.HasTraceID() {
		return
	}
	r.Span = span
	// A field that span ignored stays in the record, such as a second trace ID.
	var used filters.SpanContext
	r.Fields = slices.DeleteFunc(r.Fields, func(f filters.Field) bool { return setField(&used, &f) })
}

// setField sets the part of span that a field states. It returns false for a field that
// does not state any, or that is set already.
func setField(span *filters.SpanContext, f *filters.Field) bool {
	if f.Own {
		return false
	}
	if f.Value == nil {
		text, ok := f.Text.Plain()
		return ok && f.Text.Exists() && span.SetField(f.Key, text)
	}
	if text, ok := f.Value.Text(); ok {
		return span.SetField(f.Key, text)
	}
	// Flags can be a number.
	if n, ok := f.Value.Int(); ok && n >= 0 && n <= 0xff {
		var digits [2]byte
		const hex = "0123456789abcdef"
		digits[0], digits[1] = hex[n>>4], hex[n&15]
		return span.SetField(f.Key, digits[:])
	}
	return false
}
