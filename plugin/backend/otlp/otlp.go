// Package otlp delivers to whatever takes OpenTelemetry's logs: a Collector, Loki,
// most vendors. A request is POST /v1/logs with an ExportLogsServiceRequest in protobuf
// (https://opentelemetry.io/docs/specs/otlp/#otlphttp), or a call of gRPC with the same
// message (grpc.go). Package logsdata encodes it.
package otlp

import (
	"context"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/filters/trace"
	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/backend/httpbackend"
	"github.com/k8slog/k8slog/plugin/backend/logsdata"
	"github.com/k8slog/k8slog/plugin/options"
)

// Backend implements backend.Backend and backend.Filtered. It is made by New.
type Backend struct {
	*httpbackend.Backend
	traceIDs bool
	// grpc: requests are calls of gRPC; compressed says whether their messages are.
	grpc, compressed bool
}

// New returns the backend with these options.
func New(c *Config, common *options.Config) (*Backend, error) {
	p := protocol
	if c.GRPC {
		p = overGRPC(p, c.Compression)
	}
	base, err := httpbackend.New(&c.Config, common, p)
	if err != nil {
		return nil, err
	}
	return &Backend{Backend: base, traceIDs: c.TraceIDs, grpc: c.GRPC, compressed: c.Compression != "none"}, nil
}

// Filters implements backend.Filtered.
func (b *Backend) Filters() []filters.Filter {
	return filters.Chain{}.With(b.traceIDs, trace.Filter{})
}

// Render implements backend.Backend.
func (b *Backend) Render(s *filters.Source) any { return logsdata.Render(s) }

// NewEncoder implements backend.Backend.
func (b *Backend) NewEncoder() backend.Encoder { return logsdata.NewEncoder() }

// Send implements backend.Backend.
func (b *Backend) Send(ctx context.Context, body backend.Body) error {
	if b.grpc {
		return b.call(ctx, body)
	}
	answer, err := b.Post(ctx, body)
	if err != nil {
		return err
	}
	return classify(answer, b.Client.Clean)
}
