// Package http delivers to any server that takes lines of JSON by POST.
package http

import (
	"context"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/backend/httpclient"
	"github.com/k8slog/k8slog/plugin/backend/ndjson"
	"github.com/k8slog/k8slog/plugin/options"
)

// Backend implements backend.Backend. It is made by New.
type Backend struct {
	httpclient.Tenants
	client     *httpclient.Client
	compressor *httpclient.Compressor
}

// New uses the options endpoint, headers and compression.
func New(c *options.Config) (*Backend, error) {
	compressor, err := httpclient.NewCompressor(c.Compression)
	if err != nil {
		return nil, err
	}
	client, err := httpclient.New(httpclient.ConfigFor(c, "", "application/x-ndjson", compressor.Encoding))
	if err != nil {
		return nil, err
	}
	return &Backend{Tenants: httpclient.TenantsFor(c), client: client, compressor: compressor}, nil
}

// Form implements backend.Backend.
func (b *Backend) Form(s *filters.Source) any { return ndjson.Form(s) }

// NewEncoder implements backend.Backend.
func (b *Backend) NewEncoder() backend.Encoder { return new(ndjson.Encoder) }

// Pack implements backend.Backend.
func (b *Backend) Pack(frames [][]byte) (backend.Body, error) { return b.compressor.Pack(frames) }

// Send implements backend.Backend.
func (b *Backend) Send(ctx context.Context, body backend.Body) error {
	answer, err := b.client.Post(ctx, body, b.Headers(body)...)
	if err != nil {
		return err
	}
	return classify(answer)
}

// Close implements backend.Backend.
func (b *Backend) Close() error {
	b.client.Close()
	return nil
}
