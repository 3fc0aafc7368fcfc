package jsonlog

import "github.com/k8slog/k8slog/filters"

// Span returns the trace context that an object states, not in nested objects; the zero
// SpanContext for none. The object can be truncated.
func Span(text []byte) (span filters.SpanContext) {
	if !filters.MayHaveTraceID(text) {
		return span
	}
	m := lenientMembersOf(text)
	for m.next() {
		span.SetField(m.key, unquote(m.value))
	}
	if !span.HasTraceID() {
		return filters.SpanContext{}
	}
	return span
}
