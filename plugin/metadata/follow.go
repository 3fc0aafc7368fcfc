package metadata

import (
	"cmp"
	"context"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/internal/kubeapi"
)

const (
	podsPath       = "/api/v1/pods"
	namespacesPath = "/api/v1/namespaces"
)

// followPods follows the pods of the node.
func (s *Store) followPods(ctx context.Context) {
	f := &kubeapi.Follower{
		Client: s.client, Path: podsPath, Selector: "spec.nodeName=" + s.config.Node, Whole: s.selection.whole(),
		Version: s.version,
		Listed:  s.listed,
		Changed: func(c kubeapi.Change, o *kubeapi.Object) {
			s.events.Add(1)
			s.mu.Lock()
			defer s.mu.Unlock()
			p := s.newPod(o)
			s.put(p)
			if known := s.pods[p.UID]; c == kubeapi.Deleted && known != nil {
				s.leave(known)
			}
		},
		At: s.works, Failed: s.failed, Requested: s.requests.add,
	}
	f.Run(ctx)
}

// listed enters all pods of the node. A pod that is not among them is gone.
func (s *Store) listed(all []*kubeapi.Object) {
	s.mu.Lock()
	defer s.mu.Unlock()
	there := map[string]bool{}
	for _, o := range all {
		p := s.newPod(o)
		there[p.UID] = true
		s.put(p)
	}
	for uid, p := range s.pods {
		if uid == p.UID && !there[uid] {
			s.leave(p)
		}
	}
}

// namespace is what is kept of a namespace.
type namespace struct {
	filters.Tags
	failed bool // it could not be read
}

// followNamespaces follows the namespaces, all by one watch, and keeps those that have pods
// here. A watch of each would be many more; a list of all is never asked for.
func (s *Store) followNamespaces(ctx context.Context) {
	f := &kubeapi.Follower{
		Client: s.client, Path: namespacesPath, Version: s.nsVersion, Lost: s.readNamespaces,
		Changed: func(c kubeapi.Change, o *kubeapi.Object) {
			s.events.Add(1)
			if c == kubeapi.Present {
				s.setNamespace(o.Metadata.Name, &o.Metadata, false)
			}
		},
		At: func(version string) {
			s.mu.Lock()
			defer s.mu.Unlock()
			if s.nsVersion != version {
				s.nsVersion, s.moved = version, true
			}
		},
		Failed: func(err error) {
			s.config.Warnf("metadata: cannot follow the namespaces at the API server: %v%s", err, advice(err, "list and watch namespaces"))
		},
		Requested: s.requests.add,
	}
	f.Run(ctx)
}

// readNamespaces reads the namespaces that have pods here again, and returns the version from
// which a watch goes on.
func (s *Store) readNamespaces(ctx context.Context) (version string, err error) {
	s.mu.Lock()
	names := make([]string, 0, len(s.namespaces)+1)
	for name := range s.namespaces {
		names = append(names, name)
	}
	s.mu.Unlock()
	if len(names) == 0 {
		names = append(names, "default") // of which only the version matters
	}
	for i, name := range names {
		at, err := s.listNamespace(ctx, name, "0", false)
		if err != nil {
			return "", err
		}
		if i == 0 {
			version = at // what changes from here on, the watch tells
		}
		if i == len(names)-1 {
			break
		}
		// The agents of all nodes may do this now.
		select {
		case <-ctx.Done():
		case <-time.After(time.Duration(rand.Int64N(int64(time.Second)))):
		}
	}
	return version, nil
}

// readNamespace reads a namespace in which a pod has appeared.
func (s *Store) readNamespace(ctx context.Context, name string) {
	s.mu.Lock()
	n, at := s.namespaces[name], s.nsVersion
	s.mu.Unlock()
	if n != nil && !n.failed {
		return
	}
	// Another server may be behind the one that the watch is of.
	_, err := s.listNamespace(ctx, name, cmp.Or(at, "0"), true)
	if err == nil || ctx.Err() != nil {
		return
	}
	s.config.Warnf("metadata: cannot read namespace %s: %v%s", name, err, advice(err, "list and watch namespaces"))
	// Its pods go without.
	s.mu.Lock()
	defer s.mu.Unlock()
	s.enterNamespace(name, &namespace{failed: true})
}

// listNamespace reads a namespace by a list, which has a version.
func (s *Store) listNamespace(ctx context.Context, name, at string, add bool) (version string, err error) {
	s.requests.add("list")
	all, version, err := s.client.List(ctx, namespacesPath, "metadata.name="+name, at, false)
	if err != nil {
		return "", err
	}
	m := &kubeapi.Metadata{}
	for _, o := range all {
		if o.Metadata.Name == name {
			m = &o.Metadata
		}
	}
	s.setNamespace(name, m, add)
	return version, nil
}

// setNamespace enters a namespace that is known, or is added.
func (s *Store) setNamespace(name string, m *kubeapi.Metadata, add bool) {
	tags := s.selection.keep("namespace", m.Labels, m.Annotations)
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.namespaces[name]
	if n == nil && !add || n != nil && !n.failed && n.Tags.Equal(tags) {
		return
	}
	s.enterNamespace(name, &namespace{Tags: tags})
}

// enterNamespace enters a namespace. The caller holds s.mu.
func (s *Store) enterNamespace(name string, n *namespace) {
	s.namespaces[strings.Clone(name)] = n
	s.dirty = true
	for _, p := range s.pods {
		if p.Namespace == name {
			s.publish(p)
		}
	}
}

const (
	// saveEvery is how often a file is written that has changed.
	saveEvery = 5 * time.Second
	// saveMoved is how often a file is written in which only the versions have changed: a new
	// process goes on there, and the older it is, the more is told again.
	saveMoved = 5 * time.Minute
	// tidyEvery is how often what is gone for long is removed, and what is not known asked for
	// again.
	tidyEvery = time.Minute
	// nodeEvery is how often the node is read again.
	nodeEvery = time.Hour
)

// keep writes the file, removes what is gone for long, and asks again for what is not known.
func (s *Store) keep(ctx context.Context) {
	save, tidy, node := time.NewTicker(saveEvery), time.NewTicker(tidyEvery), time.NewTicker(nodeEvery)
	defer save.Stop()
	defer tidy.Stop()
	defer node.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-save.C:
			s.save()
		case <-tidy.C:
			s.mu.Lock()
			s.forget()
			unread := len(s.node.Labels) == 0 && !s.nodeLater
			s.mu.Unlock()
			s.askAgain()
			if unread {
				s.ask(lookup{node: true})
			}
		case <-node.C:
			s.ask(lookup{node: true})
		}
	}
}
