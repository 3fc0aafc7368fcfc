// Package victorialogs delivers to VictoriaLogs: POST /insert/jsonline with
// lines of JSON, the shape of package ndjson
// (https://docs.victoriametrics.com/victorialogs/data-ingestion/#json-stream-api).
//
// It answers 200 whatever becomes of a line, and drops those that pass its
// limits. So nothing that does leaves the plugin (see Encoder).
package victorialogs

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/backend/httpclient"
	"github.com/k8slog/k8slog/plugin/backend/ndjson"
	"github.com/k8slog/k8slog/plugin/options"
)

const insertPath = "/insert/jsonline"

// Backend implements backend.Backend. It is made by New.
type Backend struct {
	backend.OnePartition
	client     *httpclient.Client
	compressor *httpclient.Compressor
	texts      backend.TextLimit
	maxLine    int
}

// New uses the options endpoint, headers, tenant, compression, stream_fields
// and text_bytes.
func New(c *options.Config) (*Backend, error) {
	compressor, err := httpclient.NewCompressor(c.Compression)
	if err != nil {
		return nil, err
	}
	config := httpclient.ConfigFor(c, insertPath, "application/x-ndjson", compressor.Encoding)
	query := url.Values{
		"_time_field": {"time"}, "_msg_field": {"log"}, "_stream_fields": {streamFields(c.StreamFields)},
	}.Encode()
	for _, u := range config.Endpoints {
		u.RawQuery = query
	}
	if !c.Tenant.IsZero() {
		config.Header = config.Header.Clone()
		if config.Header == nil {
			config.Header = http.Header{}
		}
		account, project, _ := strings.Cut(c.Tenant.Text(&filters.Source{}, 0, nil), ":")
		config.Header.Set("AccountID", account)
		config.Header.Set("ProjectID", cmp.Or(project, "0"))
	}
	client, err := httpclient.New(config)
	if err != nil {
		return nil, err
	}
	texts := cmp.Or(c.TextBytes, maxText)
	return &Backend{
		client: client, compressor: compressor,
		texts:   backend.TextLimit{Bytes: texts, Escaped: true},
		maxLine: max(maxLine, texts+maxLine-maxText),
	}, nil
}

// streamFields are the names that the fields of a stream have in a line, once
// VictoriaLogs has made one level of it.
func streamFields(fields []string) string {
	names := make([]string, len(fields))
	for i, field := range fields {
		switch names[i] = field; field {
		case "namespace", "pod", "container":
			names[i] = "kubernetes." + field + "_name"
		}
	}
	return strings.Join(names, ",")
}

// form is what is known of a source.
type rendered struct {
	line  []byte // as ndjson writes it
	names names
}

// Render implements backend.Backend.
func (b *Backend) Render(s *filters.Source) any {
	line, _ := ndjson.Render(s).([]byte)
	return &rendered{line: line}
}

// NewEncoder implements backend.Backend.
func (b *Backend) NewEncoder() backend.Encoder { return &encoder{maxLine: b.maxLine} }

// TextLimit implements backend.Limited.
func (b *Backend) TextLimit() backend.TextLimit { return b.texts }

// Pack implements backend.Backend.
func (b *Backend) Pack(frames [][]byte) (backend.Body, error) { return b.compressor.Pack(frames) }

// Send implements backend.Backend.
func (b *Backend) Send(ctx context.Context, body backend.Body) error {
	answer, err := b.client.Post(ctx, body)
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
