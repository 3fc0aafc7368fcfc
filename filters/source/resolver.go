// Package source works out who wrote a record: the pod and container, or the
// node's component. The folders below read one kind of evidence each: names of
// files and tags (kubepath), docker's own folder (dockerdir), the files of the
// node's components (component), entries of the journal (journald), and what
// a sender says of itself (forwarded).
package source

import (
	"cmp"
	"os"
	"time"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/filters/source/component"
	"github.com/k8slog/k8slog/filters/source/dockerdir"
	"github.com/k8slog/k8slog/filters/source/forwarded"
	"github.com/k8slog/k8slog/filters/source/journald"
	"github.com/k8slog/k8slog/filters/source/kubepath"
	"github.com/k8slog/k8slog/internal/msgpack"
)

// retryAfter is how long a source of which something is missing is believed.
const retryAfter = 10 * time.Second

// Config is what a Resolver needs to know. The zero Config resolves by tags and
// paths.
type Config struct {
	// TagPrefix stands before the file's name in the tag of a container's log.
	TagPrefix string
	// Node and Cluster are the names of both in every source; empty for none.
	Node, Cluster string
	// Fixed is who writes every record, whatever tags and paths say; nil where
	// tags and paths count.
	Fixed *filters.Source
	// ByResource has senders named by the attributes of their OpenTelemetry
	// resource, and everybody else by Fixed, which must be set.
	ByResource bool
	// Render completes a new source: what the backend makes of it, and the
	// counters that it belongs to. It may be nil.
	Render func(*filters.Source)
	// Warnf reports what cannot be found out. It may be nil.
	Warnf func(format string, args ...any)
}

// Resolver works out sources, once per tag, path, component, container and
// resource. It is safe for concurrent use. It is made by New.
type Resolver struct {
	config Config
	fixed  *filters.Source

	tags, paths, components, containers, resources cache
}

// New returns a Resolver.
func New(c Config) *Resolver {
	r := &Resolver{config: c}
	if c.Fixed != nil {
		r.fixed = r.finish(*c.Fixed)
	}
	return r
}

// Fixed says whether one source writes every record, but for those that name
// another one by their resource.
func (r *Resolver) Fixed() bool { return r.fixed != nil }

// ByTag returns the source of a tag. Where the tag says nothing, the source
// holds the node and the cluster only.
func (r *Resolver) ByTag(tag string) *filters.Source {
	if r.fixed != nil {
		return r.fixed
	}
	if found, ok := r.tags.get([]byte(tag)); ok {
		return found
	}
	found, ok := kubepath.FromTag(tag, r.config.TagPrefix)
	if !ok {
		found, ok = journald.FromTag(tag)
	}
	if !ok {
		found, _ = component.FromTag(tag)
	}
	return r.tags.put(tag, r.finish(found))
}

// ByPath returns the source of a path, nil where the path says nothing.
func (r *Resolver) ByPath(path []byte) *filters.Source {
	if r.fixed != nil {
		return nil
	}
	if found, ok := r.paths.get(path); ok {
		return found
	}
	p := string(path)
	if found, ok := kubepath.FromPath(p); ok {
		fromLink(&found, p)
		return r.paths.put(p, r.finish(found))
	}
	if found, ok := component.FromPath(p); ok {
		return r.paths.put(p, r.finish(found))
	}
	if _, ok := dockerdir.ID(p); !ok {
		return r.paths.put(p, nil)
	}
	found, err := dockerdir.Read(p)
	finished := r.finish(found)
	if err == nil {
		return r.paths.put(p, finished)
	}
	if !r.paths.has(p) && r.config.Warnf != nil {
		r.config.Warnf("it is not known who writes %s: %v", p, err)
	}
	r.paths.putFor(p, finished, retryAfter)
	return finished
}

// fromLink adds what the target of a symlink in /var/log/containers says: names
// in /var/log/pods hold the pod's uid and the restart count. The target need not
// be mounted here, because its name is enough.
func fromLink(source *filters.Source, p string) {
	if source.PodUID != "" {
		return
	}
	target, err := os.Readlink(p)
	if err != nil {
		return
	}
	there, ok := kubepath.FromPath(target)
	if ok && there.Container == source.Container && (there.Pod == "" || there.Pod == source.Pod) {
		source.PodUID, source.Restart = there.PodUID, there.Restart
	}
}

// ByComponent returns the source of a component that a record names.
func (r *Resolver) ByComponent(name []byte) *filters.Source {
	if found, ok := r.components.get(name); ok {
		return found
	}
	n := string(name)
	return r.components.put(n, r.finish(filters.Source{Kind: filters.Component, Component: n}))
}

// ByContainer returns the source of a container by docker's name of it and its
// id. It overwrites key, and returns the memory for the next call.
func (r *Resolver) ByContainer(name, id, key []byte) (*filters.Source, []byte) {
	key = append(append(append(key[:0], name...), 0), id...)
	found, ok := r.containers.get(key)
	if !ok {
		named := filters.Source{Kind: filters.Container, ContainerID: string(id)}
		dockerdir.Named(&named, string(name))
		found = r.containers.put(string(key), r.finish(named))
	}
	return found, key
}

// ByResource returns the source that the resource of an event's group names,
// and false where senders do not name themselves. It overwrites key, and
// returns the memory for the next call.
func (r *Resolver) ByResource(group msgpack.Value, key []byte) (*filters.Source, []byte, bool) {
	if !r.config.ByResource {
		return nil, key, false
	}
	resource := forwarded.ReadResource(group)
	if !resource.Known() {
		return r.fixed, key, true
	}
	key = resource.AppendKey(key[:0])
	found, ok := r.resources.get(key)
	if !ok {
		found = r.resources.put(string(key), r.finish(resource.Source()))
	}
	return found, key, true
}

// finish adds what the configuration says. A node that a sender names counts
// only where the configuration names none.
func (r *Resolver) finish(source filters.Source) *filters.Source {
	source.Node, source.Cluster = cmp.Or(r.config.Node, source.Node), r.config.Cluster
	if r.config.Render != nil {
		r.config.Render(&source)
	}
	return &source
}
