// Package elasticsearch delivers to Elasticsearch and OpenSearch: POST /_bulk
// with create actions, into indices or data streams
// (https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-bulk,
// https://docs.opensearch.org/latest/api-reference/document-apis/bulk/).
package elasticsearch

import (
	"context"
	"time"

	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/backend/httpbackend"
	"github.com/k8slog/k8slog/plugin/options"
)

// Backend implements backend.Backend. It is made by New.
type Backend struct {
	*httpbackend.Backend
	index options.Template
	ids   bool // documents have an id of ours
	ecs   bool
	now   func() time.Time
}

// New returns the backend with these options.
func New(c *Config, common *options.Config) (*Backend, error) {
	p := protocol
	// A document takes 200 bytes at least, and a refusal with its reason about
	// 500. Of a longer answer the beginning is read.
	p.MaxAnswer = 1<<20 + 4*common.BatchBytes
	base, err := httpbackend.New(&c.Config, common, p)
	if err != nil {
		return nil, err
	}
	return &Backend{Backend: base, index: c.Index, ids: c.DocumentID, ecs: c.Schema == ecsSchema, now: time.Now}, nil
}

// Send implements backend.Backend.
func (b *Backend) Send(ctx context.Context, body backend.Body) error {
	answer, err := b.Post(ctx, body)
	if err != nil {
		return err
	}
	return b.classify(answer, body)
}
