// Package googlecloudlogging delivers to Google Cloud Logging: POST /v2/entries:write
// with entries in JSON (https://cloud.google.com/logging/docs/reference/v2/rest/v2/entries/write).
//
// An entry looks like those of GKE's own agent, so that queries, metrics and sinks stay as
// they are:
//
//	logName    projects/P/logs/stdout, stderr, or the name of the node's component
//	resource   k8s_container, k8s_pod or k8s_node, with project_id, location, cluster_name and
//	           namespace_name, pod_name, container_name or node_name
//	labels     k8s-pod/<label>, compute.googleapis.com/resource_name (the node),
//	           logging.gke.io/top_level_controller_name and _type (the workload)
//	payload    a text, or the object that the text is
//
// From a text that is a JSON object, the members that Google's agents give a meaning become
// parts of the entry (https://cloud.google.com/logging/docs/structured-logging), as far as
// they are what the API takes. None of them can change the resource, the log, the project,
// the insertId, or a label that the plugin writes.
package googlecloudlogging

import (
	"context"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/filters/trace"
	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/backend/httpbackend"
	"github.com/k8slog/k8slog/plugin/options"
)

// Backend implements backend.Backend, backend.Filtered and backend.Scoped. It is made by New.
type Backend struct {
	*httpbackend.Backend
	place    place
	traceIDs bool
}

// New returns the backend with these options. What the options leave open it asks the
// metadata server, and fails when that tells nothing.
func New(c *Config, common *options.Config) (*Backend, error) {
	p := protocol
	where := place{project: c.Project, location: c.Location, cluster: common.ClusterName}
	var err error
	if !c.Authorizes() {
		if p.Tokens, err = c.tokens(&where); err != nil {
			return nil, err
		}
	}
	if where, err = c.discover(where); err != nil {
		return nil, err
	}
	// Each entry that is refused takes about 200 bytes of the answer.
	p.MaxAnswer = 1<<20 + common.BatchBytes
	base, err := httpbackend.New(&c.Config, common, p)
	if err != nil {
		return nil, err
	}
	return &Backend{Backend: base, place: where, traceIDs: c.TraceIDs}, nil
}

// Filters implements backend.Filtered.
func (b *Backend) Filters() []filters.Filter {
	return filters.Chain{}.With(b.traceIDs, trace.Filter{})
}

// Partition implements backend.Backend: a request may have the entries of all sources.
func (b *Backend) Partition(*filters.Source) string { return "" }

// Scope implements backend.Scoped: the log, which permissions and exclusions are about.
func (b *Backend) Scope(r *filters.Record) string {
	source, _ := r.Source.Rendered.(*rendered)
	if source == nil {
		return ""
	}
	return source.logs[r.Stream]
}

// NewEncoder implements backend.Backend.
func (b *Backend) NewEncoder() backend.Encoder { return newEncoder(b.place.project) }

// The parts of a body around the frames. partialSuccess: entries that are refused hold up
// no others, and the answer names them.
var begin, end = []byte(`{"partialSuccess":true,"entries":[`), []byte("]}")

// Pack implements backend.Backend.
func (b *Backend) Pack(frames [][]byte) (backend.Body, error) {
	return b.PackList(begin, frames, end)
}

// Send implements backend.Backend.
func (b *Backend) Send(ctx context.Context, body backend.Body) error {
	answer, err := b.Client.Post(ctx, body)
	if err != nil {
		return err
	}
	return classify(answer, body.Items, b.Client.Clean)
}
