package plugin

import (
	"sync"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/filters/component"
	"github.com/k8slog/k8slog/filters/podlog"
)

// maxSources bounds what is remembered of tags and paths, each twice at most:
// well above the containers that a node can have.
const maxSources = 8192

// sources works out who wrote a record, once per tag and path.
type sources struct {
	tagPrefix     string
	node, cluster string
	// form renders a source for the backend.
	form func(*filters.Source) any

	tags, paths, components sourceCache
}

// byTag returns the source of a tag; one that only knows the node where the
// tag says nothing.
func (s *sources) byTag(tag string) *filters.Source {
	if source, ok := s.tags.get([]byte(tag)); ok {
		return source
	}
	source, ok := podlog.FromTag(tag, s.tagPrefix)
	if !ok {
		source, _ = component.FromTag(tag)
	}
	return s.tags.put(tag, s.finish(source))
}

// byPath returns the source of a path, nil where the path says nothing.
func (s *sources) byPath(path []byte) *filters.Source {
	if source, ok := s.paths.get(path); ok {
		return source
	}
	p := string(path)
	source, ok := podlog.FromPath(p)
	if !ok {
		source, ok = component.FromPath(p)
	}
	if !ok {
		return s.paths.put(p, nil)
	}
	return s.paths.put(p, s.finish(source))
}

// byComponent returns the source of a component that a record names.
func (s *sources) byComponent(name []byte) *filters.Source {
	if source, ok := s.components.get(name); ok {
		return source
	}
	n := string(name)
	return s.components.put(n, s.finish(filters.Source{Kind: filters.Component, Component: n}))
}

func (s *sources) finish(source filters.Source) *filters.Source {
	source.Node, source.Cluster = s.node, s.cluster
	source.Form = s.form(&source)
	return &source
}

// sourceCache is a bounded map. When it is full, what was not asked for since
// it was last full is forgotten. The zero cache is empty.
type sourceCache struct {
	mu         sync.RWMutex
	young, old map[string]*filters.Source
}

func (c *sourceCache) get(key []byte) (*filters.Source, bool) {
	c.mu.RLock()
	source, ok := c.young[string(key)]
	aged, isOld := c.old[string(key)]
	c.mu.RUnlock()
	if ok || !isOld {
		return source, ok
	}
	return c.put(string(key), aged), true
}

func (c *sourceCache) put(key string, source *filters.Source) *filters.Source {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.young == nil || len(c.young) >= maxSources {
		c.old, c.young = c.young, make(map[string]*filters.Source)
	}
	c.young[key] = source
	return source
}
