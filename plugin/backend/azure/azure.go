// Package azure delivers to the Logs Ingestion API of Azure Monitor: POST
// /dataCollectionRules/{rule}/streams/{stream}
// (https://learn.microsoft.com/azure/azure-monitor/logs/logs-ingestion-api-overview).
package azure

import (
	"context"
	"net/http"
	"net/url"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/filters/trace"
	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/backend/httpbackend"
	"github.com/k8slog/k8slog/plugin/options"
)

// Backend implements backend.Backend and backend.Filtered. It is made by New.
type Backend struct {
	*httpbackend.Backend
	stream   options.Template
	idKey    string
	traceIDs bool
}

// New returns the backend with these options. It fails when what the credentials need is
// neither in an option nor in the environment.
func New(c *Config, common *options.Config) (*Backend, error) {
	p := protocol
	p.Path = "/dataCollectionRules/" + c.Rule + "/streams"
	p.Query = "api-version=" + apiVersion
	if !c.Authorizes() {
		var err error
		if p.Tokens, err = c.tokens(); err != nil {
			return nil, err
		}
	}
	base, err := httpbackend.New(&c.Config, common, p)
	if err != nil {
		return nil, err
	}
	return &Backend{Backend: base, stream: c.Stream, idKey: c.IDKey, traceIDs: c.TraceIDs}, nil
}

// Filters implements backend.Filtered.
func (b *Backend) Filters() []filters.Filter {
	return filters.Chain{}.With(b.traceIDs, trace.Filter{})
}

// Partition implements backend.Backend: a request is for one stream of the rule. An index of
// a rule that can be no stream is one for another destination.
func (b *Backend) Partition(s *filters.Source) string {
	text := b.stream.Or(s.Index).Text(s, 0, streamPart)
	if !isStream(text) {
		text = b.stream.Text(s, 0, streamPart)
	}
	return streamName(text)
}

// NewEncoder implements backend.Backend.
func (b *Backend) NewEncoder() backend.Encoder { return newEncoder(b.idKey) }

// The parts of a body around the frames.
var begin, end = []byte("["), []byte("]")

// Pack implements backend.Backend.
func (b *Backend) Pack(frames [][]byte) (backend.Body, error) {
	return b.PackList(begin, frames, end)
}

// Send implements backend.Backend.
func (b *Backend) Send(ctx context.Context, body backend.Body) error {
	at := func(endpoint *url.URL) *url.URL { return endpoint.JoinPath(body.Partition) }
	answer, err := b.Client.DoAt(ctx, http.MethodPost, at, body)
	if err != nil {
		return err
	}
	return classify(answer)
}
