// Package splunk delivers to Splunk's HTTP Event Collector: POST
// /services/collector/event with objects of JSON one after the other
// (https://docs.splunk.com/Documentation/Splunk/latest/Data/FormateventsforHTTPEventCollector).
package splunk

import (
	"context"
	"strings"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/backend/httpbackend"
	"github.com/k8slog/k8slog/plugin/options"
)

// Backend implements backend.Backend. It is made by New.
type Backend struct {
	*httpbackend.Backend
	objects bool // events are objects
	rules   rules
	acks    *acknowledger // nil when a success counts at once

	index, source, sourcetype options.Template
}

// New returns the backend with these options.
func New(c *Config, common *options.Config) (*Backend, error) {
	base, err := httpbackend.New(&c.Config, common, protocol)
	if err != nil {
		return nil, err
	}
	b := &Backend{
		Backend: base, objects: c.Event == "object", rules: rules{manyIndexes: !c.Index.Constant() || common.RulesFile != "", ack: c.Ack},
		index: c.Index, source: c.Source, sourcetype: c.Sourcetype,
	}
	if c.Ack {
		b.acks = &acknowledger{client: base.Client, rules: b.rules}
	}
	return b, nil
}

// NewEncoder implements backend.Backend.
func (b *Backend) NewEncoder() backend.Encoder { return &encoder{objects: b.objects} }

// separator stands in a partition between the tenant and the index. No header
// can hold it.
const separator = "\n"

// Partition implements backend.Backend. Records of different indexes are apart,
// because Splunk refuses a whole request for an index that does not exist, or
// that the token cannot write to.
func (b *Backend) Partition(s *filters.Source) string {
	return b.Backend.Partition(s) + separator + b.indexOf(s)
}

// Scope implements backend.Scoped: the index. All records of a request have the
// same one, because they have the same partition.
func (b *Backend) Scope(r *filters.Record) string {
	source, _ := r.Source.Rendered.(*rendered)
	if source == nil {
		return ""
	}
	return source.index
}

// indexOf is the index of a source's events: small letters, digits, _ and -,
// and no _ or - at its beginning.
func (b *Backend) indexOf(s *filters.Source) string {
	name := b.index.Or(s.Index).Text(s, 0, func(name string) string {
		return strings.Map(func(r rune) rune {
			switch {
			case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '-':
				return r
			}
			return '_'
		}, strings.ToLower(name))
	})
	return strings.TrimLeft(name, "_-")
}

// Send implements backend.Backend.
func (b *Backend) Send(ctx context.Context, body backend.Body) error {
	tenant, _, _ := strings.Cut(body.Partition, separator)
	headers := b.Headers(tenant)
	if b.acks != nil {
		return b.acks.send(ctx, body, headers)
	}
	answer, err := b.Client.Post(ctx, body, headers...)
	if err != nil {
		return err
	}
	_, err = b.rules.classify(answer, body.Items)
	return err
}
