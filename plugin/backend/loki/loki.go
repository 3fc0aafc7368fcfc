// Package loki delivers to Grafana Loki: POST /loki/api/v1/push with a
// PushRequest in protobuf and block snappy
// (https://grafana.com/docs/loki/latest/reference/loki-http-api/#ingest-logs).
//
// Order: the records of a chunk are sent in their order. The chunks of a file
// are mostly sent in their order, but a retry can bring an older chunk after a
// newer one. Loki takes an entry that is older than the newest of its stream by
// less than half of max_chunk_age (an hour). It refuses older entries whenever
// they come, so these go to the dead-letter file. After a longer outage the older
// chunks go first (out_of_order_window). The plugin changes no times.
package loki

import (
	"slices"
	"time"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/backend/httpbackend"
	"github.com/k8slog/k8slog/plugin/options"
)

// Backend implements backend.Backend. It is made by New.
type Backend struct {
	*httpbackend.Backend
	labels []Label
	idKey  string // the name of the records' IDs; empty for none
	// reservedNames are fieldNames, the labels, and idKey.
	reservedNames *backend.Names
	// byStream and bySeverity tell whether these are labels: then they split
	// the records of a source.
	byStream, bySeverity bool
	// inLine: the line has what else is structured metadata.
	inLine    bool
	maxBehind time.Duration
	confirmed confirmed
}

// New returns the backend with these options.
func New(c *Config, common *options.Config) (*Backend, error) {
	p := protocol
	if c.InLine {
		p.TextLimit = backend.TextLimit{Bytes: maxLineText, Escaped: true}
	}
	base, err := httpbackend.New(&c.Config, common, p)
	if err != nil {
		return nil, err
	}
	b := &Backend{Backend: base, labels: c.Labels, idKey: c.IDKey, inLine: c.InLine, maxBehind: c.MaxBehind}
	reserved := slices.Clone(fieldNames)
	for _, l := range c.Labels {
		b.byStream = b.byStream || l.Field == "stream"
		b.bySeverity = b.bySeverity || l.Field == "severity"
		reserved = append(reserved, l.Name)
	}
	if c.IDKey != "" {
		reserved = append(reserved, c.IDKey)
	}
	b.reservedNames = backend.NewNames(reserved...)
	return b, nil
}

// MaxBehind implements backend.Ordered.
func (b *Backend) MaxBehind() time.Duration { return b.maxBehind }

// Render implements backend.Backend.
func (b *Backend) Render(s *filters.Source) any { return b.newRendered(s) }

// NewEncoder implements backend.Backend.
func (b *Backend) NewEncoder() backend.Encoder {
	return &encoder{backend: b, streams: map[streamKey]int{}}
}
