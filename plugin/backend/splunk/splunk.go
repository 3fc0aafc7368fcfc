// Package splunk delivers to Splunk's HTTP Event Collector: POST
// /services/collector/event with objects of JSON one after the other
// (https://docs.splunk.com/Documentation/Splunk/latest/Data/FormateventsforHTTPEventCollector).
package splunk

import (
	"cmp"
	"context"
	"strings"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/backend/httpclient"
	"github.com/k8slog/k8slog/plugin/options"
)

const eventPath = "/services/collector/event"

// maxText is the longest text of an event, as JSON: half of what Splunk Cloud
// takes in a request, and a tenth of what an event may have (maxEventSize).
const maxText = 512 << 10

// Backend implements backend.Backend. It is made by New.
type Backend struct {
	tenants    httpclient.Tenants
	client     *httpclient.Client
	compressor *httpclient.Compressor
	texts      backend.TextLimit
	objects    bool // events are objects
	rules      rules
	acks       *acknowledger // nil when a success counts at once

	index, source, sourcetype options.Template
}

// New uses the options endpoint, headers, tenant, authorization_file,
// compression, text_bytes and those that begin with splunk_.
func New(c *options.Config) (*Backend, error) {
	compressor, err := httpclient.NewCompressor(c.Compression)
	if err != nil {
		return nil, err
	}
	client, err := httpclient.New(httpclient.ConfigFor(c, eventPath, "application/json", compressor.Encoding))
	if err != nil {
		return nil, err
	}
	b := &Backend{
		tenants: httpclient.TenantsFor(c), client: client, compressor: compressor,
		texts:   backend.TextLimit{Bytes: cmp.Or(c.TextBytes, maxText), Escaped: true},
		objects: c.SplunkEvent == "object",
		index:   c.SplunkIndex, source: c.SplunkSource, sourcetype: c.SplunkSourcetype,
	}
	b.rules.manyIndexes = !c.SplunkIndex.Constant()
	if c.SplunkAck {
		b.rules.ack = true
		b.acks = &acknowledger{client: client, rules: b.rules}
	}
	return b, nil
}

// NewEncoder implements backend.Backend.
func (b *Backend) NewEncoder() backend.Encoder { return &encoder{objects: b.objects} }

// TextLimit implements backend.Limited.
func (b *Backend) TextLimit() backend.TextLimit { return b.texts }

// separator stands in a route behind the tenant; no header can hold it.
const separator = "\n"

// Partition implements backend.Backend. An index that is not there, or not for this
// token, then refuses requests that have nothing else in them.
func (b *Backend) Partition(s *filters.Source) string {
	return b.tenants.Partition(s) + separator + b.indexOf(s)
}

// indexOf is the index of a source's events: small letters, digits, _ and -,
// and no _ or - at its beginning.
func (b *Backend) indexOf(s *filters.Source) string {
	name := b.index.Text(s, 0, func(name string) string {
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

// Pack implements backend.Backend.
func (b *Backend) Pack(frames [][]byte) (backend.Body, error) { return b.compressor.Pack(frames) }

// Send implements backend.Backend.
func (b *Backend) Send(ctx context.Context, body backend.Body) error {
	tenant, _, _ := strings.Cut(body.Partition, separator)
	headers := b.tenants.Headers(backend.Body{Partition: tenant})
	if b.acks != nil {
		return b.acks.send(ctx, body, headers)
	}
	answer, err := b.client.Post(ctx, body, headers...)
	if err != nil {
		return err
	}
	_, err = b.rules.classify(answer, body.Items)
	return err
}

// Close implements backend.Backend.
func (b *Backend) Close() error {
	b.client.Close()
	return nil
}
