package filters

import (
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Metadata is what the API server of Kubernetes says of a pod, for one of its containers. It
// does not change. When the pod does, a Metadata takes its place, and Superseded reports
// that. A nil Metadata is that of a source which the API server is not asked about.
type Metadata struct {
	// Known is false for a pod that the API server has not told of.
	Known bool
	// Asked is when a pod that is not known was asked for first.
	Asked time.Time
	// Pod, Namespace and Node are all labels, and the annotations that are of use.
	Pod, Namespace, Node Tags
	// Owner is the workload that the pod belongs to, or the Node of a static pod.
	Owner Owner
	// Sent is what backends write.
	Sent Sent

	superseded atomic.Bool
	once       sync.Once
	changed    chan struct{}
}

// NewMetadata returns an empty Metadata.
func NewMetadata() *Metadata { return &Metadata{changed: make(chan struct{})} }

// Superseded reports whether another Metadata has taken the place of m.
func (m *Metadata) Superseded() bool { return m != nil && m.superseded.Load() }

// Supersede notes that another Metadata takes the place of m.
func (m *Metadata) Supersede() {
	m.once.Do(func() {
		m.superseded.Store(true)
		close(m.changed)
	})
}

// Changed is closed when another Metadata takes the place of m.
func (m *Metadata) Changed() <-chan struct{} { return m.changed }

// Missing reports whether the records of a source must go without the metadata that it
// should have.
func (s *Source) Missing() bool { return s.Metadata != nil && !s.Metadata.Known }

// Sent is the part of a Metadata that backends write. Empty strings stand for what is unknown
// or not to be sent.
type Sent struct {
	Pod, Namespace, Node Tags
	Owner                Owner
	// Image is the image of the container, and ImageID its digest.
	Image, ImageID string
	PodIP, HostIP  string
}

// Owner is a workload: a Deployment, StatefulSet, DaemonSet, Job, CronJob, or another kind. Of a
// static pod it is the Node, which is in the pod's ownerReferences. It is the Pod where nothing
// owns it.
type Owner struct {
	Kind string `json:"kind,omitempty"`
	Name string `json:"name,omitempty"`
}

// isNode reports whether the owner is the node of a static pod, which is no workload.
func (o Owner) isNode() bool { return o.Kind == "Node" }

// Tags are labels and annotations of an object, each sorted by key.
type Tags struct {
	Labels      Pairs `json:"labels,omitempty"`
	Annotations Pairs `json:"annotations,omitempty"`
}

// Equal reports whether t and other are the same.
func (t Tags) Equal(other Tags) bool {
	return slices.Equal(t.Labels, other.Labels) && slices.Equal(t.Annotations, other.Annotations)
}

// Pair is a label or an annotation.
type Pair struct {
	Key   string `json:"k"`
	Value string `json:"v"`
}

// Pairs are labels or annotations, sorted by key.
type Pairs []Pair

// Get returns the value of a key.
func (p Pairs) Get(key string) (value string, ok bool) {
	i, ok := slices.BinarySearchFunc(p, key, func(one Pair, key string) int { return strings.Compare(one.Key, key) })
	if !ok {
		return "", false
	}
	return p[i].Value, true
}

// Group is one of the sets of labels or annotations that are sent.
type Group struct {
	// Object is pod, namespace or node.
	Object string
	// Annotations is false for labels.
	Annotations bool
	Pairs       Pairs
}

// Groups returns the labels and annotations that backends write for a source, in a fixed
// order, without empty groups.
func (s *Source) Groups() (groups []Group) {
	if s.Metadata == nil {
		return nil
	}
	sent := &s.Metadata.Sent
	for _, one := range []struct {
		object string
		tags   *Tags
	}{{"pod", &sent.Pod}, {"namespace", &sent.Namespace}, {"node", &sent.Node}} {
		if len(one.tags.Labels) > 0 {
			groups = append(groups, Group{one.object, false, one.tags.Labels})
		}
		if len(one.tags.Annotations) > 0 {
			groups = append(groups, Group{one.object, true, one.tags.Annotations})
		}
	}
	return groups
}

// labelFields are the prefixes of the fields that are labels.
var labelFields = []struct {
	prefix string
	of     func(m *Metadata) Pairs
}{
	{"label:", func(m *Metadata) Pairs { return m.Pod.Labels }},
	{"namespace_label:", func(m *Metadata) Pairs { return m.Namespace.Labels }},
	{"node_label:", func(m *Metadata) Pairs { return m.Node.Labels }},
}

// IsLabelField reports whether a name is that of a label: label:key for one of the pod,
// namespace_label:key, or node_label:key.
func IsLabelField(name string) bool {
	for _, f := range labelFields {
		if key, ok := strings.CutPrefix(name, f.prefix); ok {
			return isLabelKey(key)
		}
	}
	return false
}

// isLabelKey reports whether Kubernetes may take a key.
func isLabelKey(key string) bool {
	return key != "" && len(key) <= 317 && strings.Trim(key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./") == ""
}

// LabelField returns the value of a field for which IsLabelField is true; empty for none.
func (s *Source) LabelField(name string) (value string) {
	if s.Metadata == nil {
		return ""
	}
	for _, f := range labelFields {
		if key, ok := strings.CutPrefix(name, f.prefix); ok {
			value, _ = f.of(s.Metadata).Get(key)
		}
	}
	return value
}
