// Package otlp delivers to whatever takes OpenTelemetry's logs over HTTP: a
// Collector, Loki, most vendors. A request is POST /v1/logs with an
// ExportLogsServiceRequest in protobuf
// (https://opentelemetry.io/docs/specs/otlp/#otlphttp).
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
//	attributes  log.iostream, log.record.uid, k8slog.partial, k8slog.undecoded
//
// No field can pass for one of these: it has field_ before its name then.
package otlp

import (
	"context"
	"strings"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/backend/httpclient"
	"github.com/k8slog/k8slog/plugin/options"
)

const logsPath = "/v1/logs"

// Backend implements backend.Backend. It is made by New.
type Backend struct {
	httpclient.Tenants
	client     *httpclient.Client
	compressor *httpclient.Compressor
	scope      []byte // of all records
}

// New uses the options of all backends over HTTP, and compression.
func New(c *options.Config) (*Backend, error) {
	compressor, err := httpclient.NewCompressor(c.Compression)
	if err != nil {
		return nil, err
	}
	client, err := httpclient.New(httpclient.ConfigFor(c, logsPath, "application/x-protobuf", compressor.Encoding))
	if err != nil {
		return nil, err
	}
	_, version, _ := strings.Cut(httpclient.UserAgent, "/")
	return &Backend{
		Tenants: httpclient.TenantsFor(c), client: client, compressor: compressor, scope: appendScope(nil, version),
	}, nil
}

// Render implements backend.Backend.
func (b *Backend) Render(s *filters.Source) any { return newRendered(s) }

// NewEncoder implements backend.Backend.
func (b *Backend) NewEncoder() backend.Encoder { return newEncoder(b.scope) }

// Pack implements backend.Backend.
func (b *Backend) Pack(frames [][]byte) (backend.Body, error) { return b.compressor.Pack(frames) }

// Send implements backend.Backend.
func (b *Backend) Send(ctx context.Context, body backend.Body) error {
	answer, err := b.client.Post(ctx, body, b.Headers(body)...)
	if err != nil {
		return err
	}
	return classify(answer, b.client.Clean)
}

// Close implements backend.Backend.
func (b *Backend) Close() error {
	b.client.Close()
	return nil
}
