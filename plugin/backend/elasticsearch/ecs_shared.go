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
			})
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
		t.object("node", func() { t.str("name", s.Node) })
	})
	if container {
		t.object("container", func() { t.str("id", s.ContainerID) })
	}
	t.object("host", func() { t.str("name", s.Node) })
	return t.dst
}
