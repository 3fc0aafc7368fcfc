package forwarded

import (
	"fmt"
	"strings"
	"testing"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/internal/msgpack"
	"github.com/k8slog/k8slog/test/chunktest"
)

type attributes = chunktest.Map

// group returns the body of the group of a resource.
func group(a attributes) msgpack.Value {
	return chunktest.AppendValue(nil, chunktest.Map{"resource", chunktest.Map{"attributes", a}, "scope", chunktest.Map{}})
}

func describe(s filters.Source) string {
	restart := "-"
	if s.Restart != nil {
		restart = fmt.Sprint(*s.Restart)
	}
	return strings.Join([]string{s.Namespace, s.Pod, s.Container, s.PodUID, s.ContainerID, restart, s.Node, s.Component}, "|")
}

var id64 = strings.Repeat("0f", 32)

func TestSource(t *testing.T) {
	for _, test := range []struct {
		name       string
		attributes attributes
		want       string // "" for no identity
	}{
		{"all", attributes{
			"k8s.namespace.name", "shop", "k8s.pod.name", "web-1.a", "k8s.container.name", "web", "k8s.pod.uid", "3f0c8a52-6f0e-4b8f-9a55-0c2d6a1b7e44",
			"container.id", id64, "k8s.container.restart_count", 3, "k8s.node.name", "node-1", "service.name", "shop",
		}, "shop|web-1.a|web|3f0c8a52-6f0e-4b8f-9a55-0c2d6a1b7e44|" + id64 + "|3|node-1|"},
		{"only a service", attributes{"service.name", "checkout", "other", "x"}, "|||||-||checkout"},
		{"only a restart count", attributes{"k8s.container.restart_count", 3}, ""},
		{"only a node", attributes{"k8s.node.name", "node-1"}, ""},
		{"no attributes", attributes{}, ""},
		{"invalid names", attributes{
			"k8s.namespace.name", "a/b", "k8s.pod.name", `a"b`, "k8s.container.name", "", "k8s.pod.uid", 5, "container.id", id64[1:],
			"service.name", strings.Repeat("x", 254), "k8s.node.name", "a\nb",
		}, ""},
		{"an invalid count", attributes{"k8s.pod.name", "a", "k8s.container.restart_count", -1}, "|a||||-||"},
		{"a count as text", attributes{"k8s.pod.name", "a", "k8s.container.restart_count", "3"}, "|a||||-||"},
		{"twice", attributes{"k8s.pod.name", "a", "k8s.pod.name", "b"}, "|b||||-||"},
	} {
		r := ReadResource(group(test.attributes))
		got := ""
		if r.HasIdentity() {
			got = describe(r.Source())
		}
		if got != test.want {
			t.Errorf("%s: got %s, want %s", test.name, got, test.want)
		}
	}
	for _, body := range []msgpack.Value{nil, {0x80}, chunktest.AppendValue(nil, chunktest.Map{"resource", "x"}), chunktest.AppendValue(nil, "x")} {
		if r := ReadResource(body); r.HasIdentity() {
			t.Errorf("% x identifies a source", body)
		}
	}
}

// Different resources have different keys.
func TestKeys(t *testing.T) {
	seen := map[string]string{}
	for _, a := range []attributes{
		{}, {"k8s.pod.name", "a"}, {"k8s.namespace.name", "a"}, {"k8s.container.name", "a"}, {"k8s.pod.uid", "a"}, {"service.name", "a"}, {"k8s.node.name", "a"},
		{"k8s.pod.name", "a", "k8s.container.restart_count", 0}, {"k8s.pod.name", "a", "k8s.container.restart_count", 1}, {"container.id", id64},
	} {
		r := ReadResource(group(a))
		key := string(r.AppendKey(nil))
		if other, ok := seen[key]; ok {
			t.Errorf("%v has the key of %s", a, other)
		}
		seen[key] = fmt.Sprint(a)
	}
}

func FuzzReadResource(f *testing.F) {
	f.Add("k8s.pod.name", "web-1", "container.id", id64)
	f.Add("service.name", "a b", "k8s.namespace.name", "\x00")
	f.Fuzz(func(t *testing.T, name1, value1, name2, value2 string) {
		r := ReadResource(group(attributes{name1, value1, name2, value2}))
		s := r.Source()
		if !r.HasIdentity() && describe(s) != describe(filters.Source{Node: s.Node}) || strings.ContainsAny(describe(s), "\x00\n\"/ ") {
			t.Errorf("%+v", s)
		}
	})
}
