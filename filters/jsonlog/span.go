package jsonlog

import "github.com/k8slog/k8slog/filters"

// Span reads the span that an object names, from its own level only; the zero
// SpanContext when it names none. The object may be a piece that was cut.
func Span(text []byte) (span filters.SpanContext) {
	if !filters.MaySpan(text) {
		return span
	}
	for s, ok := open(text); ok; {
		var key, value []byte
		if key, value, s, ok = member(s, true); !ok {
			break
		}
		span.Take(key, bare(value))
		if ok = len(s) > 0 && s[0] == ','; ok {
			s = trim(s[1:])
		}
	}
	if !span.Known() {
		return filters.SpanContext{}
	}
	return span
}
