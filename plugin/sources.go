package plugin

import (
	"cmp"
	"os"
	"sync"
	"time"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/filters/component"
	"github.com/k8slog/k8slog/filters/dockerdir"
	"github.com/k8slog/k8slog/filters/journald"
	"github.com/k8slog/k8slog/filters/podlog"
)

// lookAgain is how long a source of which something is missing is believed.
const lookAgain = 10 * time.Second

// maxSources bounds what is remembered of tags and paths, each twice at most:
// well above the containers that a node can have.
const maxSources = 8192

// sources works out who wrote a record, once per tag and path.
type sources struct {
	tagPrefix     string
	node, cluster string
	// render adds what the backend makes of a source.
	render func(*filters.Source)
	// warn puts a line into the host's log.
	warn func(format string, args ...any)
	// fixed is who writes everything, whatever tags and paths say; nil where
	// these count.
	fixed *filters.Source
	// byResources says whether senders are believed about themselves.
	byResources bool

	tags, paths, components, containers, resources sourceCache
}

// byTag returns the source of a tag; one that only knows the node where the
// tag says nothing.
func (s *sources) byTag(tag string) *filters.Source {
	if s.fixed != nil {
		return s.fixed
	}
	if source, ok := s.tags.get([]byte(tag)); ok {
		return source
	}
	source, ok := podlog.FromTag(tag, s.tagPrefix)
	if !ok {
		source, ok = journald.FromTag(tag)
	}
	if !ok {
		source, _ = component.FromTag(tag)
	}
	return s.tags.put(tag, s.finish(source))
}

// byPath returns the source of a path, nil where the path says nothing.
func (s *sources) byPath(path []byte) *filters.Source {
	if s.fixed != nil {
		return nil
	}
	if source, ok := s.paths.get(path); ok {
		return source
	}
	p := string(path)
	if source, ok := podlog.FromPath(p); ok {
		fromLink(&source, p)
		return s.paths.put(p, s.finish(source))
	}
	if source, ok := component.FromPath(p); ok {
		return s.paths.put(p, s.finish(source))
	}
	if _, ok := dockerdir.ID(p); ok {
		source, err := dockerdir.Read(p)
		finished := s.finish(source)
		if err == nil {
			return s.paths.put(p, finished)
		}
		if !s.paths.has(p) {
			s.warn("it is not known who writes %s: %v", p, err)
		}
		s.paths.putFor(p, finished, lookAgain)
		return finished
	}
	return s.paths.put(p, nil)
}

// fromLink adds what a symlink in /var/log/containers says by where it leads:
// into /var/log/pods, whose names have the pod's uid and the restart count.
// The target need not be mounted here; its name is enough.
func fromLink(source *filters.Source, p string) {
	if source.PodUID != "" {
		return
	}
	target, err := os.Readlink(p)
	if err != nil {
		return
	}
	there, ok := podlog.FromPath(target)
	if ok && there.Container == source.Container && (there.Pod == "" || there.Pod == source.Pod) {
		source.PodUID, source.Restart = there.PodUID, there.Restart
	}
}

// byComponent returns the source of a component that a record names.
func (s *sources) byComponent(name []byte) *filters.Source {
	if source, ok := s.components.get(name); ok {
		return source
	}
	n := string(name)
	return s.components.put(n, s.finish(filters.Source{Kind: filters.Component, Component: n}))
}

// byContainer returns the source of a container by docker's name of it and its
// id. key is memory that is used again; it is returned.
func (s *sources) byContainer(name, id, key []byte) (*filters.Source, []byte) {
	key = append(append(append(key[:0], name...), 0), id...)
	source, ok := s.containers.get(key)
	if !ok {
		named := filters.Source{Kind: filters.Container, ContainerID: string(id)}
		dockerdir.Named(&named, string(name))
		source = s.containers.put(string(key), s.finish(named))
	}
	return source, key
}

// finish adds what the options say. A node that a sender names counts only
// where the options name none.
func (s *sources) finish(source filters.Source) *filters.Source {
	source.Node, source.Cluster = cmp.Or(s.node, source.Node), s.cluster
	s.render(&source)
	return &source
}

// sourceCache is a bounded map. When it is full, what was not asked for since
// it was last full is forgotten. The zero cache is empty.
type sourceCache struct {
	mu         sync.RWMutex
	young, old map[string]cached
}

type cached struct {
	source *filters.Source
	until  time.Time // zero for ever
}

func (c *sourceCache) get(key []byte) (*filters.Source, bool) {
	c.mu.RLock()
	found, ok := c.young[string(key)]
	aged, isOld := c.old[string(key)]
	c.mu.RUnlock()
	if !ok && isOld {
		c.keep(string(key), aged)
		found, ok = aged, true
	}
	if !ok || !found.until.IsZero() && time.Now().After(found.until) {
		return nil, false
	}
	return found.source, true
}

// has says whether a source was put for the key not long ago, also one that is
// not believed any more.
func (c *sourceCache) has(key string) bool {
	c.mu.RLock()
	defer c.mu.RUnlock()
	_, young := c.young[key]
	_, old := c.old[key]
	return young || old
}

// put remembers a source.
func (c *sourceCache) put(key string, source *filters.Source) *filters.Source {
	c.keep(key, cached{source: source})
	return source
}

// putFor remembers a source for a time.
func (c *sourceCache) putFor(key string, source *filters.Source, d time.Duration) {
	c.keep(key, cached{source: source, until: time.Now().Add(d)})
}

func (c *sourceCache) keep(key string, entry cached) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.young == nil || len(c.young) >= maxSources {
		c.old, c.young = c.young, make(map[string]cached)
	}
	c.young[key] = entry
}
