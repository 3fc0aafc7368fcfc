package faults

import (
	"time"

	"github.com/k8slog/k8slog/test/fake"
)

// bulkServer is Elasticsearch with a name of its own for what the sender did wrong.
type bulkServer struct{ *fake.Elasticsearch }

func (s bulkServer) Problems() []string { return s.Refused() }

// serveElasticsearch refuses documents one by one. An index that is limited is
// read-only, as all are of a node whose disk is full.
func serveElasticsearch(b *Backend) Server {
	return bulkServer{&fake.Elasticsearch{
		Each: func(_ int, d fake.Doc) *fake.Failure {
			row := func() Row { return documentRow(d) }
			switch {
			case b.refuses(row):
				return &fake.Failure{Status: 400, Type: "document_parsing_exception", Reason: "failed to parse field [log]"}
			case b.limits(row):
				return &fake.Failure{Status: 429, Type: "cluster_block_exception", Reason: "index [" + d.Index + "] blocked by: [TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage watermark, index has read-only-allow-delete block];"}
			}
			return nil
		},
		Keep: func(d fake.Doc) (exists bool) { return b.Ledger.Store(documentRow(d)) },
	}}
}

// documentRow reads a document. The server does not create one whose id exists.
func documentRow(d fake.Doc) Row {
	text := func(object map[string]any, name string) string { value, _ := object[name].(string); return value }
	kubernetes, _ := d.Source["kubernetes"].(map[string]any)
	at, _ := time.Parse(time.RFC3339Nano, text(d.Source, "@timestamp"))
	row := Row{
		Namespace: text(kubernetes, "namespace_name"), Pod: text(kubernetes, "pod_name"), Container: text(kubernetes, "container_name"),
		Stream: text(d.Source, "stream"), Log: text(d.Source, "log"), Time: at,
		Cut: d.Source["partial"] != nil || d.Source["undecoded"] != nil,
	}
	if d.ID != "" {
		row.ID = idOf(d.Index + " " + d.ID)
	}
	return row
}
