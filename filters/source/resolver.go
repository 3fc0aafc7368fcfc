// Package source determines the source of a record: the pod and the container, or the
// component of the node. Each package below reads one kind of metadata: names of files and
// tags (kubepath), Docker's data directory (dockerdir), log files of components (component),
// journal entries (journald), and records that applications send (forwarded).
package source

import (
	"cmp"
	"errors"
	"os"
	"syscall"
	"time"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/filters/source/component"
	"github.com/k8slog/k8slog/filters/source/dockerdir"
	"github.com/k8slog/k8slog/filters/source/forwarded"
	"github.com/k8slog/k8slog/filters/source/journald"
	"github.com/k8slog/k8slog/filters/source/kubepath"
	"github.com/k8slog/k8slog/internal/msgpack"
)

// retryAfter is how long an incomplete source is cached.
const retryAfter = 10 * time.Second

// recheckAfter is how long it is believed that a path leads to a file in the folders.
const recheckAfter = 2 * time.Second

// Config configures a Resolver. The zero Config resolves by tags and paths.
type Config struct {
	// TagPrefix precedes the name of the file in the tag of a container's log.
	TagPrefix string
	// Node and Cluster are set in every source; empty for unknown.
	Node, Cluster string
	// Fixed is the source of all records, whatever their tags and paths. With nil, tags
	// and paths count.
	Fixed *filters.Source
	// ByResource is true when the attributes of an OpenTelemetry resource determine the
	// source. Records without such attributes have the source Fixed, which must be set.
	ByResource bool
	// Folders have log files of containers besides those of the kubelet and Docker.
	Folders Folders
	// Target returns the file that a path has led to, when the symbolic link is gone; empty
	// for unknown. nil for a function that knows none.
	Target func(path string) string
	// Metadata returns what the API server says of a source; nil for a function that is not
	// called. The source is determined anew when that is superseded.
	Metadata func(*filters.Source) *filters.Metadata
	// Render sets Rendered, Partition and Account of a new source; nil for none.
	Render func(*filters.Source)
	// Warnf logs a warning about a source that cannot be determined; nil for none.
	Warnf func(format string, args ...any)
}

// Resolver determines sources, and caches them by tag, path, component, container and
// resource. The number of cached sources is bounded. A Resolver is safe for concurrent use.
// It is created by New.
type Resolver struct {
	config Config
	fixed  *filters.Source

	tags, paths, components, containers, resources cache
}

// New creates a Resolver.
func New(c Config) *Resolver {
	r := &Resolver{config: c}
	if c.Fixed != nil {
		r.fixed = r.finish(*c.Fixed)
	}
	return r
}

// Fixed returns whether Config.Fixed is set: tags and paths do not count.
func (r *Resolver) Fixed() bool { return r.fixed != nil }

// ByTag returns the source of a tag. For a tag that does not identify a source, it contains
// only the node and the cluster.
func (r *Resolver) ByTag(tag string) *filters.Source {
	if r.fixed != nil {
		return r.fixed
	}
	if found, ok := r.cached(&r.tags, []byte(tag)); ok {
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

// ByPath returns the source of a path; nil for a path that does not identify one, and when
// Fixed is true. It can read the configuration of a Docker container and symbolic links.
func (r *Resolver) ByPath(path []byte) *filters.Source {
	if r.fixed != nil {
		return nil
	}
	if found, ok := r.cached(&r.paths, path); ok {
		return found
	}
	p := string(path)
	if found, ok := kubepath.FromPath(p); ok {
		return r.byLog(p, found)
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
		r.config.Warnf("cannot find the source of %s: %v", p, err)
	}
	r.paths.putFor(p, finished, retryAfter)
	return finished
}

// byLog returns the source of the log of a container. Whether the path leads to a log is
// looked at again and again: a link may be changed.
func (r *Resolver) byLog(p string, found filters.Source) *filters.Source {
	before := r.paths.last(p)
	last, until := before.source, recheckAfter
	known := last != nil && !last.Refused && last.PodUID != ""
	if known && before.file != (identity{}) && identify(p) == before.file { // as nearly always
		last = r.renewed(last)
		r.paths.putFile(p, last, recheckAfter, before.file)
		return last
	}
	var file identity
	switch found.Refused, file = r.config.Folders.judge(p); {
	case found.Refused:
		if (last == nil || !last.Refused) && r.config.Warnf != nil {
			r.config.Warnf("%s leads to a file that is no log file (log_folders): its lines are dropped", p)
		}
	case known:
		last = r.renewed(last)
		r.paths.putFile(p, last, recheckAfter, file)
		return last
	case !r.fromLink(&found, p):
		until = retryAfter
	}
	finished := r.finish(found)
	r.paths.putFile(p, finished, until, file)
	return finished
}

// fromLink adds the pod's UID and the restart count from the target of a symbolic link in
// /var/log/containers, which is a path in /var/log/pods. The target need not exist here:
// its name is sufficient. It returns false when the link is gone and its target unknown.
func (r *Resolver) fromLink(source *filters.Source, p string) (complete bool) {
	if source.PodUID != "" {
		return true
	}
	target, err := os.Readlink(p)
	if errors.Is(err, syscall.EINVAL) { // the file itself
		return true
	}
	if err != nil && r.config.Target != nil {
		target = r.config.Target(p)
	}
	linked, ok := kubepath.FromPath(target)
	if ok && linked.Container == source.Container && (linked.Pod == "" || linked.Pod == source.Pod) {
		source.PodUID, source.Restart = linked.PodUID, linked.Restart
	}
	return target != ""
}

// ByComponent returns the source of a component of the node by its name.
func (r *Resolver) ByComponent(name []byte) *filters.Source {
	if found, ok := r.components.get(name); ok {
		return found
	}
	n := string(name)
	return r.components.put(n, r.finish(filters.Source{Kind: filters.Component, Component: n}))
}

// ByContainer returns the source of a Docker container by its name and ID. key is scratch
// memory: ByContainer overwrites it, and returns it, perhaps grown, for the next call.
func (r *Resolver) ByContainer(name, id, key []byte) (*filters.Source, []byte) {
	key = append(append(append(key[:0], name...), 0), id...)
	found, ok := r.cached(&r.containers, key)
	if !ok {
		named := filters.Source{Kind: filters.Container, ContainerID: string(id)}
		dockerdir.SetName(&named, string(name))
		found = r.containers.put(string(key), r.finish(named))
	}
	return found, key
}

// ByResource returns the source that the OpenTelemetry resource in the body of a group
// identifies, and Fixed for a resource that identifies none. ok is false unless
// Config.ByResource is set. key is scratch memory: ByResource overwrites it, and returns it,
// perhaps grown, for the next call.
func (r *Resolver) ByResource(group msgpack.Value, key []byte) (source *filters.Source, scratch []byte, ok bool) {
	if !r.config.ByResource {
		return nil, key, false
	}
	resource := forwarded.ReadResource(group)
	if !resource.HasIdentity() {
		return r.fixed, key, true
	}
	key = resource.AppendKey(key[:0])
	if source, ok = r.resources.get(key); !ok {
		source = r.resources.put(string(key), r.finish(resource.Source()))
	}
	return source, key, true
}

// cached returns a cached source, with the metadata of now. ok is false for a key that is not
// cached or expired.
func (r *Resolver) cached(c *cache, key []byte) (found *filters.Source, ok bool) {
	found, ok = c.get(key)
	if !ok || found == nil || !found.Metadata.Superseded() {
		return found, ok
	}
	return c.replace(string(key), r.renewed(found)), true
}

// renewed returns the source with the metadata of now. What was worked out of its name and
// path stays: the path may be gone.
func (r *Resolver) renewed(s *filters.Source) *filters.Source {
	if !s.Metadata.Superseded() {
		return s
	}
	again := *s
	again.Metadata, again.Rendered, again.Partition = nil, nil, ""
	again.Rules, again.Multiline, again.Tenant, again.Index, again.Routes = nil, nil, "", "", nil
	return r.finish(again)
}

// finish sets the parts of a source that depend on the configuration. The node that a
// sender states counts only when the configuration has none.
func (r *Resolver) finish(source filters.Source) *filters.Source {
	source.Node, source.Cluster = cmp.Or(r.config.Node, source.Node), r.config.Cluster
	if r.config.Metadata != nil && source.Kind == filters.Container {
		source.Metadata = r.config.Metadata(&source)
	}
	if r.config.Render != nil {
		r.config.Render(&source)
	}
	return &source
}
