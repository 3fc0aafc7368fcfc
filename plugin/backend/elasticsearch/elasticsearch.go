// Package elasticsearch delivers to Elasticsearch and OpenSearch: POST /_bulk
// with create actions, into indices or data streams
// (https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-bulk,
// https://docs.opensearch.org/latest/api-reference/document-apis/bulk/).
package elasticsearch

import (
	"context"
	"time"

	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/backend/httpclient"
	"github.com/k8slog/k8slog/plugin/options"
)

const (
	bulkPath = "/_bulk"
	// filter leaves of the answer what decides: without it every item comes
	// with its index, id, version and shards, ten times as much. Each item
	// keeps its status, and so its place.
	filter = "filter_path=errors,items.*.status,items.*.error.type,items.*.error.reason"
)

// Backend implements backend.Backend. It is made by New.
type Backend struct {
	httpclient.Tenants
	client     *httpclient.Client
	compressor *httpclient.Compressor
	index      options.Template
	ids        bool // documents have an id of ours
	ecs        bool
	now        func() time.Time
}

// New uses the options endpoint, headers, compression, index, document_id and
// schema.
func New(c *options.Config) (*Backend, error) {
	compressor, err := httpclient.NewCompressor(c.Compression)
	if err != nil {
		return nil, err
	}
	config := httpclient.ConfigFor(c, bulkPath, "application/x-ndjson", compressor.Encoding)
	for _, u := range config.Endpoints {
		u.RawQuery = filter
	}
	// A document takes some 200 bytes at the least, and a refusal, with the
	// reason, some 500: what is more is read as far as this goes.
	config.MaxAnswer = 1<<20 + 4*c.BatchBytes
	client, err := httpclient.New(config)
	if err != nil {
		return nil, err
	}
	return &Backend{
		Tenants: httpclient.TenantsFor(c), client: client, compressor: compressor,
		index: c.Index, ids: c.DocumentID, ecs: c.Schema == options.ECSSchema, now: time.Now,
	}, nil
}

// Pack implements backend.Backend.
func (b *Backend) Pack(frames [][]byte) (backend.Body, error) { return b.compressor.Pack(frames) }

// Send implements backend.Backend.
func (b *Backend) Send(ctx context.Context, body backend.Body) error {
	answer, err := b.client.Post(ctx, body, b.Headers(body)...)
	if err != nil {
		return err
	}
	return b.classify(answer, body.Items, body.Size)
}

// Close implements backend.Backend.
func (b *Backend) Close() error {
	b.client.Close()
	return nil
}
