package otlp

import (
	"github.com/k8slog/k8slog/plugin/backend/httpbackend"
	"github.com/k8slog/k8slog/plugin/options"
)

// protocol is OTLP over HTTP in protobuf
// (https://opentelemetry.io/docs/specs/otlp/#otlphttp).
var protocol = httpbackend.Protocol{
	Path:         "/v1/logs",
	PathEnds:     []string{"/v1/logs"},
	ContentType:  "application/x-protobuf",
	Compressions: []string{"none", "gzip", "zstd"},
}

// Config is the options of the backend.
type Config struct {
	httpbackend.Config
	TraceIDs bool
}

// Options implements options.Group.
func (c *Config) Options() []options.Option {
	return append(c.OptionsFor(protocol), options.Option{
		Name: "trace_ids", Type: "switch", Default: "on", Example: "off",
		Range: "on, off",
		Doc:   "Whether trace and span that a record names (trace_id, traceId, trace.id, span_id, …, in hexadecimal) become those of the log record. They are looked for in the fields of a record and in texts that are JSON objects or logfmt. Whoever writes the text chooses them; nothing else depends on them.",
		Set:   options.Switch(&c.TraceIDs),
	})
}
