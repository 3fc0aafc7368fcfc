package logfmt

import "github.com/k8slog/k8slog/filters"

// Span returns the trace context that a line states; the zero SpanContext for none.
func Span(text []byte) (span filters.SpanContext) {
	if !filters.MayHaveTraceID(text) {
		return span
	}
	for {
		p, rest, ok := Next(text)
		if !ok {
			break
		}
		span.SetField(p.Key, p.Value)
		text = rest
	}
	if !span.HasTraceID() {
		return filters.SpanContext{}
	}
	return span
}
