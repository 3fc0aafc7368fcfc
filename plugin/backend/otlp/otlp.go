// Package otlp delivers to whatever takes OpenTelemetry's logs: a Collector, Loki,
// most vendors. A request is POST /v1/logs with an ExportLogsServiceRequest in protobuf
// (https://opentelemetry.io/docs/specs/otlp/#otlphttp), or a call of gRPC with the same
// message (grpc.go).
//
// A source is a resource, in the words of the semantic conventions for
// Kubernetes; the text is the body, and all other fields are attributes. A
// record without a text has its fields as the body.
//
//	resource  service.name (the component, container or pod), k8s.cluster.name,
//	          k8s.node.name, k8s.namespace.name, k8s.pod.name, k8s.pod.uid,
//	          k8s.container.name, k8s.container.restart_count, container.id
//	scope     k8slog, and its version
//	record    time, severity number and text, body, trace and span ID and flags,
//	          observed time: when Fluent Bit read it
//	attributes  log.iostream, log.record.uid, k8slog.partial, k8slog.undecoded, k8slog.late
//
// No field can pass for one of these: it has field_ before its name then.
package otlp

import (
	"context"
	"strings"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/filters/trace"
	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/backend/httpbackend"
	"github.com/k8slog/k8slog/plugin/backend/httpclient"
	"github.com/k8slog/k8slog/plugin/options"
)

// Backend implements backend.Backend and backend.Filtered. It is made by New.
type Backend struct {
	*httpbackend.Backend
	scope    []byte // of all records
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
	_, version, _ := strings.Cut(httpclient.UserAgent, "/")
	return &Backend{Backend: base, scope: appendScope(nil, version), traceIDs: c.TraceIDs, grpc: c.GRPC, compressed: c.Compression != "none"}, nil
}

// Filters implements backend.Filtered.
func (b *Backend) Filters() []filters.Filter {
	return filters.Chain{}.With(b.traceIDs, trace.Filter{})
}

// Render implements backend.Backend.
func (b *Backend) Render(s *filters.Source) any { return newRendered(s) }

// NewEncoder implements backend.Backend.
func (b *Backend) NewEncoder() backend.Encoder { return newEncoder(b.scope) }

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
