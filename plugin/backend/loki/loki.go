// Package loki delivers to Grafana Loki: POST /loki/api/v1/push with a
// PushRequest in protobuf and block snappy
// (https://grafana.com/docs/loki/latest/reference/loki-http-api/#ingest-logs).
//
// Order: a chunk's records are sent in their order, and Fluent Bit's chunks of
// a file mostly in theirs; after a retry an older one may come behind a newer.
// Loki takes that, as long as an entry is not older than the newest of its
// stream by half of max_chunk_age (an hour). What is older it refuses, and it
// goes to the dead-letter file: it would be refused again whenever it came. The
// plugin neither waits for order nor changes times.
package loki

import (
	"cmp"
	"context"
	"net/http"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/backend/httpclient"
	"github.com/k8slog/k8slog/plugin/options"
)

const pushPath = "/loki/api/v1/push"

// Backend implements backend.Backend. It is made by New.
type Backend struct {
	httpclient.Tenants
	client     *httpclient.Client
	compressor *httpclient.Compressor
	labels     []options.Label
	idKey      string // the name of the records' IDs; empty for none
	// byStream and bySeverity tell whether these are labels: then they split
	// the records of a source.
	byStream, bySeverity bool
	texts                backend.TextLimit
}

// maxLine is the longest line that Loki takes, unless its max_line_size says
// otherwise.
const maxLine = 256 << 10

// noParsing keeps VictoriaLogs, which speaks Loki's protocol too, from taking a
// text that is JSON apart: its members would replace the message and the time.
// Loki itself does not know it.
const noParsing = "VL-Loki-Disable-Message-Parsing"

// New uses the options labels, id_key and text_bytes, and those of httpclient.
func New(c *options.Config) (*Backend, error) {
	compressor, err := httpclient.NewCompressor("snappy")
	if err != nil {
		return nil, err
	}
	// Snappy is part of the protocol, not an encoding of HTTP.
	config := httpclient.ConfigFor(c, pushPath, "application/x-protobuf", "")
	config.Header = config.Header.Clone()
	if config.Header == nil {
		config.Header = http.Header{}
	}
	if config.Header.Get(noParsing) == "" {
		config.Header.Set(noParsing, "1")
	}
	client, err := httpclient.New(config)
	if err != nil {
		return nil, err
	}
	b := &Backend{
		Tenants:    httpclient.TenantsFor(c),
		client:     client,
		compressor: compressor,
		labels:     c.Labels,
		texts:      backend.TextLimit{Bytes: cmp.Or(c.TextBytes, maxLine)},
		idKey:      c.IDKey,
	}
	for _, l := range c.Labels {
		b.byStream = b.byStream || l.Field == "stream"
		b.bySeverity = b.bySeverity || l.Field == "severity"
	}
	return b, nil
}

// TextLimit implements backend.Limited.
func (b *Backend) TextLimit() backend.TextLimit { return b.texts }

// NewEncoder implements backend.Backend.
func (b *Backend) NewEncoder() backend.Encoder {
	return &encoder{backend: b, streams: map[streamKey]int{}}
}

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

// Render implements backend.Backend.
func (b *Backend) Render(s *filters.Source) any { return b.newRendered(s) }
