package httpbackend

import "github.com/k8slog/k8slog/plugin/options"

// TraceIDs is the option trace_ids, for protocols that have a place for trace and span.
func TraceIDs(to *bool) options.Option {
	return options.Option{
		Name: "trace_ids", Type: "switch", Default: "on", Example: "off",
		Range: "on, off",
		Doc:   "Whether trace and span that a record names (trace_id, traceId, trace.id, span_id, …, in hexadecimal) become those of the log record. They are looked for in the fields of a record and in texts that are JSON objects or logfmt. Whoever writes the text chooses them; nothing else depends on them.",
		Set:   options.Switch(to),
	}
}
