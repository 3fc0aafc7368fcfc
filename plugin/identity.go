package plugin

import (
	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/filters/source"
	"github.com/k8slog/k8slog/internal/msgpack"
	"github.com/k8slog/k8slog/plugin/options"
)

// sourceConfig says whose word counts about who wrote a record: that of tags
// and paths, of the options, of the senders, or nobody's.
func sourceConfig(c *options.Config) source.Config {
	config := source.Config{TagPrefix: c.TagPrefix, Node: c.NodeName, Cluster: c.ClusterName}
	switch {
	case c.Pod != (options.Pod{}):
		config.Fixed = &filters.Source{
			Kind: filters.Container, Namespace: c.Pod.Namespace, Pod: c.Pod.Name, PodUID: c.Pod.UID, Container: c.Pod.Container,
		}
	case c.Identity != options.ByFiles:
		config.Fixed = &filters.Source{}
		config.ByResource = c.Identity == options.ByResource
	}
	return config
}

// resource remembers the last group, because records come in runs of one.
type resource struct {
	group  msgpack.Value
	source *filters.Source
	key    []byte
	names  bool // senders name themselves
}

// fromGroup finds the source by the group that an event belongs to.
func (in *intake) fromGroup(r *filters.Record, group msgpack.Value) {
	if len(group) == 0 {
		return
	}
	last := &in.resource
	if len(last.group) == 0 || &last.group[0] != &group[0] {
		last.source, last.key, last.names = in.sources.ByResource(group, last.key)
		last.group = group
	}
	if last.names {
		r.Source = last.source
	}
}
