package metadata

import (
	"context"
	"strings"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/internal/kubeapi"
)

// hashLabel has the hash that a Deployment appends to the name of its ReplicaSet.
const hashLabel = "pod-template-hash"

// ownerOf returns the workload of a pod. A Deployment follows from the name of its ReplicaSet.
// For a Job, and for a ReplicaSet of something else, it returns what to ask for as well. The
// owner of a static pod is its Node, as in the API.
func ownerOf(m *kubeapi.Metadata) (owner filters.Owner, asks *lookup) {
	c := m.Controller()
	if c == nil {
		return filters.Owner{Kind: "Pod", Name: strings.Clone(m.Name)}, nil
	}
	owner = filters.Owner{Kind: strings.Clone(c.Kind), Name: strings.Clone(c.Name)}
	switch c.Kind {
	case "ReplicaSet":
		if name, ok := strings.CutSuffix(owner.Name, "-"+m.Labels[hashLabel]); ok && m.Labels[hashLabel] != "" && name != "" {
			return filters.Owner{Kind: "Deployment", Name: name}, nil
		}
		if !strings.HasPrefix(c.APIVersion, "apps/") {
			return owner, nil
		}
		asks = &lookup{path: "/apis/apps/v1/namespaces/" + m.Namespace + "/replicasets/" + owner.Name, owner: owner}
	case "Job":
		asks = &lookup{path: "/apis/batch/v1/namespaces/" + m.Namespace + "/jobs/" + owner.Name, owner: owner}
	}
	return owner, asks
}

// lookup is an object to be asked for: a namespace, the node, or the owner of a pod.
type lookup struct {
	path      string
	namespace string        // of a namespace
	node      bool          // the node
	owner     filters.Owner // the object itself, of an owner
}

// maxLookups bounds the objects that wait to be asked for. Those above it are asked for later.
const maxLookups = 1024

// need asks for what is not known yet of a pod. The caller holds s.mu.
func (s *Store) need(p *pod) {
	if p.asks != nil {
		if owner, ok := s.jobs[p.asks.path]; ok {
			p.Owner, p.asks = owner, nil
		} else {
			s.ask(*p.asks)
		}
	}
	if s.namespaces[p.Namespace] == nil {
		s.ask(lookup{path: namespacesPath, namespace: p.Namespace})
	}
}

func (s *Store) ask(l lookup) {
	select {
	case s.lookups <- l:
	default: // keep asks again
	}
}

// askAgain asks for everything that is not known yet.
func (s *Store) askAgain() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for uid, p := range s.pods {
		if uid == p.UID && !s.isComplete(p) {
			s.need(p)
		}
	}
	for name, n := range s.namespaces {
		if n.failed {
			s.ask(lookup{path: namespacesPath, namespace: name})
		}
	}
}

// lookUp answers the lookups, one after the other.
func (s *Store) lookUp(ctx context.Context) {
	s.readNode(ctx)
	for {
		select {
		case <-ctx.Done():
			return
		case l := <-s.lookups:
			switch {
			case l.node:
				s.readNode(ctx)
			case l.namespace != "":
				s.readNamespace(ctx, l.namespace)
			default:
				s.readOwner(ctx, l)
			}
		}
	}
}

// maxJobs bounds the owners that are remembered.
const maxJobs = 4096

// readOwner asks for the owner of a Job or ReplicaSet. When it cannot be known, the Job itself
// is the owner.
func (s *Store) readOwner(ctx context.Context, l lookup) {
	s.mu.Lock()
	_, known := s.jobs[l.path]
	s.mu.Unlock()
	if known {
		return
	}
	owner, final := l.owner, true
	o, err := s.get(ctx, l.path)
	switch code := kubeapi.CodeOf(err); {
	case ctx.Err() != nil:
		return
	case err == nil:
		if c := o.Metadata.Controller(); c != nil {
			owner = filters.Owner{Kind: strings.Clone(c.Kind), Name: strings.Clone(c.Name)}
		}
	case code == 404: // it is gone already
	default:
		final = code == 403
		s.config.Warnf("metadata: cannot read who owns %s: %v%s", l.path, err, advice(err, "get jobs and replicasets"))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.jobs) >= maxJobs {
		clear(s.jobs)
	}
	if final {
		s.jobs[l.path] = owner
	}
	for uid, p := range s.pods {
		if uid != p.UID || p.asks == nil || p.asks.path != l.path {
			continue
		}
		p.Owner, p.asks = owner, nil
		s.dirty = true
		s.publish(p)
	}
}

// readNode asks for the labels and annotations of the node.
func (s *Store) readNode(ctx context.Context) {
	o, err := s.get(ctx, "/api/v1/nodes/"+s.config.Node)
	if err != nil {
		if ctx.Err() == nil {
			s.config.Warnf("metadata: cannot read node %s: %v%s", s.config.Node, err, advice(err, "get nodes"))
			s.mu.Lock()
			s.nodeLater = kubeapi.CodeOf(err) == 403
			s.mu.Unlock()
		}
		return
	}
	node := s.selection.keep("node", o.Metadata.Labels, o.Metadata.Annotations)
	s.mu.Lock()
	defer s.mu.Unlock()
	if node.Equal(s.node) {
		return
	}
	s.node, s.dirty = node, true
	for _, p := range s.pods {
		s.publish(p)
	}
}

func (s *Store) get(ctx context.Context, path string) (*kubeapi.Object, error) {
	s.requests.add("get")
	return s.client.Get(ctx, path, false)
}
