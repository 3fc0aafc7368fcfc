package plugin

import (
	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/filters/otlp"
	"github.com/k8slog/k8slog/plugin/chunk"
	"github.com/k8slog/k8slog/plugin/options"
)

// This file is whose word counts about who wrote a record: that of tags and
// paths, of the options, of the senders, or nobody's.

// sourcesFor makes the sources of an output. render adds what the backend makes
// of one, and log says what cannot be found out.
func sourcesFor(c *options.Config, render func(*filters.Source), log *throttledLog) *sources {
	s := &sources{tagPrefix: c.TagPrefix, node: c.NodeName, cluster: c.ClusterName, render: render, warn: log.Warnf}
	switch {
	case c.Pod != (options.Pod{}):
		s.fixed = s.finish(filters.Source{
			Kind: filters.Container, Namespace: c.Pod.Namespace, Pod: c.Pod.Name, PodUID: c.Pod.UID, Container: c.Pod.Container,
		})
	case c.Identity != options.ByFiles:
		s.fixed = s.finish(filters.Source{})
		s.byResources = c.Identity == options.ByResource
	}
	return s
}

// byResource returns the source that the group of a record names. key is
// memory that is used again; it is returned.
func (s *sources) byResource(group chunk.Value, key []byte) (*filters.Source, []byte) {
	resource := otlp.ReadResource(group)
	if !resource.Known() {
		return s.fixed, key
	}
	key = resource.AppendKey(key[:0])
	source, ok := s.resources.get(key)
	if !ok {
		source = s.resources.put(string(key), s.finish(resource.Source()))
	}
	return source, key
}

// resource remembers the last group, because records come in runs of one.
type resource struct {
	group  chunk.Value
	source *filters.Source
	key    []byte
}

// fromGroup finds the source by the group that an event belongs to.
func (in *intake) fromGroup(r *filters.Record, group chunk.Value) {
	if len(group) == 0 || !in.sources.byResources {
		return
	}
	last := &in.resource
	if len(last.group) == 0 || &last.group[0] != &group[0] {
		last.source, last.key = in.sources.byResource(group, last.key)
		last.group = group
	}
	r.Source = last.source
}
