package logfmt

import "github.com/k8slog/k8slog/filters"

// Span reads the span that a line names; the zero SpanContext when it names none.
func Span(text []byte) (span filters.SpanContext) {
	if !filters.MaySpan(text) {
		return span
	}
	for {
		p, rest, ok := Next(text)
		if !ok {
			break
		}
		span.Take(p.Key, p.Value)
		text = rest
	}
	if !span.Known() {
		return filters.SpanContext{}
	}
	return span
}
