// Package victorialogs delivers to VictoriaLogs: POST /insert/jsonline with
// lines of JSON, the shape of package ndjson
// (https://docs.victoriametrics.com/victorialogs/data-ingestion/#json-stream-api).
//
// VictoriaLogs answers 200 even when it drops a line that is above its limits. So
// the encoder writes no such line.
package victorialogs

import (
	"context"
	"net/url"
	"strings"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/backend/httpbackend"
	"github.com/k8slog/k8slog/plugin/backend/ndjson"
	"github.com/k8slog/k8slog/plugin/options"
)

// Backend implements backend.Backend. It is made by New.
type Backend struct {
	*httpbackend.Backend
	maxLine int
}

// New returns the backend with these options. All records have one tenant.
func New(c *Config, common *options.Config) (*Backend, error) {
	p := protocol
	p.Query = url.Values{
		"_time_field": {"time"}, "_msg_field": {"log"}, "_stream_fields": {streamQuery(c.StreamFields)},
	}.Encode()
	p.Header, _ = c.tenantHeader()
	config := c.Config
	config.Tenant = options.Template{}
	base, err := httpbackend.New(&config, common, p)
	if err != nil {
		return nil, err
	}
	return &Backend{Backend: base, maxLine: max(maxLine, base.TextLimit().Bytes+maxLine-maxText)}, nil
}

// streamQuery returns the names of the fields of a stream as VictoriaLogs knows
// them, once it has flattened a line.
func streamQuery(fields []string) string {
	names := make([]string, len(fields))
	for i, field := range fields {
		switch names[i] = field; field {
		case "namespace", "pod", "container":
			names[i] = "kubernetes." + field + "_name"
		}
		if filters.IsLabelField(field) {
			names[i] = labelPath(field)
		}
	}
	return strings.Join(names, ",")
}

// labelPath returns the name of a label as VictoriaLogs knows it.
func labelPath(field string) string {
	object, key, _ := strings.Cut(field, ":")
	switch object {
	case "namespace_label":
		return "kubernetes_namespace.labels." + key
	case "node_label":
		return "kubernetes.node_labels." + key
	}
	return "kubernetes.labels." + key
}

// rendered is what all records of a source share.
type rendered struct {
	line  []byte // as ndjson writes it
	names names
}

// Render implements backend.Backend.
func (b *Backend) Render(s *filters.Source) any {
	line, _ := ndjson.RenderKeys(s, tagKey).([]byte)
	return &rendered{line: line}
}

// tagKey leaves out a label or an annotation whose name VictoriaLogs would find too long: it
// would drop the record.
func tagKey(key string) string {
	if len("kubernetes_namespace.annotations.")+len(key) > maxName {
		return ""
	}
	return key
}

// NewEncoder implements backend.Backend.
func (b *Backend) NewEncoder() backend.Encoder { return &encoder{maxLine: b.maxLine} }

// Send implements backend.Backend.
func (b *Backend) Send(ctx context.Context, body backend.Body) error {
	answer, err := b.Post(ctx, body)
	if err != nil {
		return err
	}
	return classify(answer)
}
