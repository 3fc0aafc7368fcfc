package elasticsearch

import (
	"strconv"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/internal/jsontext"
)

// ecsVersion is the version of the schema that these names are taken from.
const ecsVersion = "8.17.0"

// tree appends nested JSON objects, and omits empty ones.
type tree struct {
	dst   []byte
	first bool // the innermost object has no member yet
}

// key appends the key of a member, and a comma when another member precedes it.
func (t *tree) key(name string) {
	if !t.first {
		t.dst = append(t.dst, ',')
	}
	t.first = false
	t.dst = append(t.dst, '"')
	t.dst = append(t.dst, name...)
	t.dst = append(t.dst, '"', ':')
}

// keyText is key for a name that may need escapes.
func (t *tree) keyText(name string) {
	if !t.first {
		t.dst = append(t.dst, ',')
	}
	t.first = false
	t.dst = append(jsontext.AppendString(t.dst, name), ':')
}

// str appends a member, unless its value is empty.
func (t *tree) str(name, value string) {
	if value != "" {
		t.key(name)
		t.dst = jsontext.AppendString(t.dst, value)
	}
}

// object appends an object whose members fill appends, unless fill appends none.
func (t *tree) object(name string, fill func()) {
	before, first := len(t.dst), t.first
	t.key(name)
	t.dst = append(t.dst, '{')
	open := len(t.dst)
	t.first = true
	fill()
	if len(t.dst) == open {
		t.dst, t.first = t.dst[:before], first
		return
	}
	t.dst = append(t.dst, '}')
	t.first = false
}

// appendSharedECS appends the members that all documents of a source share, each with a
// comma before it.
func appendSharedECS(dst []byte, s *filters.Source) []byte {
	t := &tree{dst: dst}
	t.object("ecs", func() { t.str("version", ecsVersion) })
	t.object("service", func() { t.str("name", s.Component) })
	if s.Cluster != "" {
		t.object("orchestrator", func() {
			t.str("type", "kubernetes")
			t.object("cluster", func() { t.str("name", s.Cluster) })
		})
	}
	container := s.Kind == filters.Container
	t.object("kubernetes", func() {
		if container {
			t.str("namespace", s.Namespace)
			t.object("pod", func() {
				t.str("name", s.Pod)
				t.str("uid", s.PodUID)
				if s.Metadata != nil {
					t.str("ip", s.Metadata.Sent.PodIP)
				}
			})
			t.metadata(s)
			t.object("container", func() {
				t.str("name", s.Container)
				if s.Restart != nil {
					t.object("status", func() {
						t.key("restarts")
						t.dst = strconv.AppendInt(t.dst, int64(*s.Restart), 10)
					})
				}
			})
		}
		t.object("node", func() {
			t.str("name", s.Node)
			t.tags(s, "node", "labels", "annotations")
		})
	})
	var sent filters.Sent
	if s.Metadata != nil {
		sent = s.Metadata.Sent
	}
	if container {
		t.object("container", func() {
			t.str("id", s.ContainerID)
			t.object("image", func() { t.str("name", sent.Image) })
		})
	}
	t.object("host", func() {
		t.str("name", s.Node)
		t.str("ip", sent.HostIP)
	})
	return t.dst
}

// metadata appends what the API server says of a pod, under the names of Elastic Agent's
// Kubernetes integration. metadata_missing is the plugin's own.
func (t *tree) metadata(s *filters.Source) {
	if s.Missing() {
		t.key("metadata_missing")
		t.dst = append(t.dst, "true"...)
	}
	if s.Metadata == nil {
		return
	}
	if owner := s.Metadata.Sent.Owner; ownerObjects[owner.Kind] != "" {
		t.object(ownerObjects[owner.Kind], func() { t.str("name", owner.Name) })
	}
	t.tags(s, "pod", "labels", "annotations")
	t.tags(s, "namespace", "namespace_labels", "namespace_annotations")
}

// ownerObjects are the objects that name a workload, by its kind.
var ownerObjects = map[string]string{
	"Deployment": "deployment", "ReplicaSet": "replicaset", "StatefulSet": "statefulset", "DaemonSet": "daemonset",
	"Job": "job", "CronJob": "cronjob",
}

// tags appends labels and annotations of the pod, its namespace or its node.
func (t *tree) tags(s *filters.Source, object, labels, annotations string) {
	for _, g := range s.Groups() {
		if g.Object != object {
			continue
		}
		name := labels
		if g.Annotations {
			name = annotations
		}
		t.object(name, func() {
			said := map[string]bool{"": true}
			for _, p := range g.Pairs {
				if key := tagKey(p.Key); !said[key] {
					said[key] = true
					t.keyText(key)
					t.dst = jsontext.AppendString(t.dst, p.Value)
				}
			}
		})
	}
}
