// Package http delivers to any server that takes lines of JSON, or arrays.
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
	method     string
	array      bool // the body is an array of JSON, and not lines
	idKey      string
	answers    answers
}

// New uses the options http_method, http_format, http_success, http_retry,
// http_reject, id_key, compression, and those of httpclient.
func New(c *options.Config) (*Backend, error) {
	compressor, err := httpclient.NewCompressor(c.Compression)
	if err != nil {
		return nil, err
	}
	client, err := httpclient.New(httpclient.ConfigFor(c, "", contentTypes[c.HTTPFormat], compressor.Encoding))
	if err != nil {
		return nil, err
	}
	return &Backend{
		Tenants: httpclient.TenantsFor(c), client: client, compressor: compressor,
		method: c.HTTPMethod, array: c.HTTPFormat == "json", idKey: c.IDKey,
		answers: answers{success: c.HTTPSuccess, retry: c.HTTPRetry, reject: c.HTTPReject},
	}, nil
}

// contentTypes are those of the choices of http_format.
var contentTypes = map[string]string{"ndjson": "application/x-ndjson", "json": "application/json"}

// Render implements backend.Backend.
func (b *Backend) Render(s *filters.Source) any { return ndjson.Render(s) }

// NewEncoder implements backend.Backend.
func (b *Backend) NewEncoder() backend.Encoder {
	return &ndjson.Encoder{IDKey: b.idKey, Comma: b.array}
}

var arrayBegin, comma, arrayEnd = []byte("["), []byte(","), []byte("]")

// Pack implements backend.Backend.
func (b *Backend) Pack(frames [][]byte) (backend.Body, error) {
	if !b.array {
		return b.compressor.Pack(frames)
	}
	parts := make([][]byte, 0, 2*len(frames)+1)
	for i, frame := range frames {
		between := comma
		if i == 0 {
			between = arrayBegin
		}
		parts = append(parts, between, frame)
	}
	return b.compressor.Pack(append(parts, arrayEnd))
}

// Send implements backend.Backend.
func (b *Backend) Send(ctx context.Context, body backend.Body) error {
	answer, err := b.client.Do(ctx, b.method, body, b.Headers(body)...)
	if err != nil {
		return err
	}
	return b.answers.classify(answer)
}

// Close implements backend.Backend.
func (b *Backend) Close() error {
	b.client.Close()
	return nil
}
