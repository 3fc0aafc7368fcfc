package metadata

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/internal/kubeapi"
	"github.com/k8slog/k8slog/plugin/options"
)

// pod is what is kept of a pod.
type pod struct {
	UID       string `json:"uid"`
	Hash      string `json:"hash,omitempty"` // of a static pod: the UID in the paths of its logs
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	filters.Tags
	// Owner is the workload, and Controller what the pod itself names.
	Owner      filters.Owner `json:"owner"`
	Controller filters.Owner `json:"controller"`

	Images map[string]image `json:"images,omitempty"` // by container
	PodIP  string           `json:"pod_ip,omitempty"`
	HostIP string           `json:"host_ip,omitempty"`
	Gone   time.Time        `json:"gone,omitzero"` // zero for a pod that is there

	asks  *lookup                      // for the owner of Owner, not answered yet; nil for none
	views map[string]*filters.Metadata // by container
}

type image struct {
	Name string `json:"name"`
	ID   string `json:"id,omitempty"`
}

func (p *pod) name() string { return p.Namespace + "/" + p.Name }

// sameAs reports whether nothing that is kept has changed.
func (p *pod) sameAs(o *pod) bool {
	return p.UID == o.UID && p.Hash == o.Hash && p.Namespace == o.Namespace && p.Name == o.Name && p.Tags.Equal(o.Tags) &&
		p.Controller == o.Controller && p.Owner == o.Owner && maps.Equal(p.Images, o.Images) && p.PodIP == o.PodIP && p.HostIP == o.HostIP && p.Gone.Equal(o.Gone)
}

// The annotations that name the UID in the path of a static pod. The API server gives its
// pod another one.
var hashAnnotations = []string{"kubernetes.io/config.mirror", "kubernetes.io/config.hash"}

const (
	// maxGone and keepGone bound the pods that are kept after they are gone.
	maxGone  = 1000
	keepGone = 24 * time.Hour
)

// newPod makes a pod of what the API server sends.
func (s *Store) newPod(o *kubeapi.Object) *pod {
	m := &o.Metadata
	p := &pod{
		UID: strings.Clone(m.UID), Namespace: strings.Clone(m.Namespace), Name: strings.Clone(m.Name),
		Tags: s.selection.keep("pod", m.Labels, m.Annotations),
	}
	for _, key := range hashAnnotations {
		p.Hash = cmp.Or(p.Hash, strings.Clone(m.Annotations[key]))
	}
	p.Owner, p.asks = ownerOf(m)
	if c := m.Controller(); c != nil {
		p.Controller = filters.Owner{Kind: strings.Clone(c.Kind), Name: strings.Clone(c.Name)}
	}
	if fields := s.selection.fields; s.selection.whole() {
		if fields[options.FieldPodIP] {
			p.PodIP = o.Status.PodIP
		}
		if fields[options.FieldHostIP] {
			p.HostIP = o.Status.HostIP
		}
		if fields[options.FieldImage] {
			p.Images = images(o)
		}
	}
	return p
}

// images returns the images of the containers of a pod, with the name in the specification.
func images(o *kubeapi.Object) map[string]image {
	all := map[string]image{}
	for _, containers := range [][]kubeapi.Container{o.Spec.Containers, o.Spec.InitContainers, o.Spec.EphemeralContainers} {
		for _, c := range containers {
			all[c.Name] = image{Name: c.Image}
		}
	}
	for _, statuses := range [][]kubeapi.ContainerStatus{o.Status.ContainerStatuses, o.Status.InitContainerStatuses, o.Status.EphemeralContainerStatuses} {
		for _, c := range statuses {
			one := all[c.Name]
			one.Name, one.ID = cmp.Or(one.Name, c.Image), c.ImageID
			all[c.Name] = one
		}
	}
	return all
}

// put enters a pod in place of what was known of it. The caller holds s.mu.
func (s *Store) put(p *pod) {
	old := s.pods[p.UID]
	if old != nil {
		if p.asks != nil && old.asks == nil && p.Controller == old.Controller {
			p.Owner, p.asks = old.Owner, nil
		}
		if old.sameAs(p) {
			return
		}
		s.drop(old)
	}
	s.pods[p.UID] = p
	if p.Hash != "" {
		s.pods[p.Hash] = p
	}
	if other := s.names[p.name()]; other == nil || other == old || p.Gone.IsZero() {
		s.names[p.name()] = p
	}
	if !p.Gone.IsZero() {
		s.gone++
	}
	s.dirty = true
	s.need(p)
	s.publish(p)
}

// drop removes a pod. The caller holds s.mu.
func (s *Store) drop(p *pod) {
	delete(s.pods, p.UID)
	if s.pods[p.Hash] == p {
		delete(s.pods, p.Hash)
	}
	if s.names[p.name()] == p {
		delete(s.names, p.name())
	}
	if !p.Gone.IsZero() {
		s.gone--
	}
	p.supersede()
	s.dirty = true
}

// supersede makes all sources of the pod ask again.
func (p *pod) supersede() {
	for _, m := range p.views {
		m.Supersede()
	}
	p.views = nil
}

// publish makes the sources of a pod ask again, once all is known of it. The caller holds
// s.mu.
func (s *Store) publish(p *pod) {
	p.supersede()
	if !s.isComplete(p) {
		return
	}
	for _, key := range []string{p.UID, p.Hash, p.name()} {
		if m := s.missing[key]; m != nil {
			m.Supersede()
			delete(s.missing, key)
		}
	}
}

// leave notes that a pod is gone. The caller holds s.mu.
func (s *Store) leave(p *pod) {
	if p.Gone.IsZero() {
		p.Gone = time.Now().Round(0)
		s.gone++
		s.dirty = true
	}
}

// forget removes pods that are gone for long, and the oldest of too many. The caller holds
// s.mu.
func (s *Store) forget() {
	var gone []*pod
	for uid, p := range s.pods {
		if uid == p.UID && !p.Gone.IsZero() {
			gone = append(gone, p)
		}
	}
	slices.SortFunc(gone, func(a, b *pod) int { return a.Gone.Compare(b.Gone) })
	for i, p := range gone {
		if len(gone)-i > maxGone || time.Since(p.Gone) > keepGone {
			s.drop(p)
		}
	}
	used := map[string]bool{}
	for _, p := range s.pods {
		used[p.Namespace] = true
	}
	for name := range s.namespaces {
		if !used[name] {
			delete(s.namespaces, name)
			s.dirty = true
		}
	}
}

// isComplete reports whether all is known of a pod that can be. The caller holds s.mu.
func (s *Store) isComplete(p *pod) bool { return p.asks == nil && s.namespaces[p.Namespace] != nil }

// view returns what is known of a container of a pod. The caller holds s.mu.
func (s *Store) view(p *pod, container string) *filters.Metadata {
	if p.Images == nil {
		container = ""
	}
	if m := p.views[container]; m != nil {
		return m
	}
	m := filters.NewMetadata()
	m.Known, m.Pod, m.Owner, m.Node = true, p.Tags, p.Owner, s.node
	if n := s.namespaces[p.Namespace]; n != nil {
		m.Namespace = n.Tags
	}
	r := &room{maxSent, maxSentBytes}
	m.Sent.Pod = s.selection.send(r, "pod", m.Pod)
	m.Sent.Namespace = s.selection.send(r, "namespace", m.Namespace)
	m.Sent.Node = s.selection.send(r, "node", m.Node)
	if s.selection.fields[options.FieldOwner] {
		m.Sent.Owner = p.Owner
	}
	one := p.Images[container]
	m.Sent.Image, m.Sent.ImageID, m.Sent.PodIP, m.Sent.HostIP = one.Name, one.ID, p.PodIP, p.HostIP
	if p.views == nil {
		p.views = map[string]*filters.Metadata{}
	}
	if len(p.views) < maxViews {
		p.views[container] = m
	}
	return m
}

// maxViews bounds the containers of a pod, whose names come from paths.
const maxViews = 256
