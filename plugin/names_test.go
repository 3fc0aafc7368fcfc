package plugin

import (
	"maps"
	"testing"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/backend"
)

// In a template that names both, the records of a container never get the tenant or the index
// of anything else, whatever the namespace, the pod and the container are called.
func TestNamesNeverMeet(t *testing.T) {
	names := []string{
		"kubelet", "component", "component-kubelet", "node-1", "node", "node-node-1", "eu", "no-name", "a", "web",
	}
	templates := []string{
		"{namespace|component}", "{namespace|component|no_name}", "{namespace|component|node}", "{namespace|component|node|cluster}",
		"k8s-{namespace}{component}", "{component}{namespace|no_name}", "{workload|component|node|no_name}",
		"{pod|component|no_name}", "{container|component|no_name}", "{cluster}-{namespace|component|no_name}", "{namespace}-{component|no_name}",
	}
	// What a name of Kubernetes can be, also of a pod, which may have dots.
	type writer struct {
		filters.Source
		who string
	}
	var writers []writer
	add := func(who string, s filters.Source) {
		for _, node := range []string{"", "node-1"} {
			s.Node = node
			writers = append(writers, writer{s, who})
		}
	}
	add("container", filters.Source{Kind: filters.Container, Container: "component_kubelet"})
	add("container", filters.Source{Kind: filters.Container, Container: "Node_node-1"})
	for _, name := range names {
		add("namespace "+name, filters.Source{Kind: filters.Container, Namespace: name, Pod: name, Container: name})
		add("pod", filters.Source{Kind: filters.Container, Namespace: "b", Pod: "component." + name, Container: name})
		add("component", filters.Source{Kind: filters.Component, Component: name})
		add("component", filters.Source{Kind: filters.Component, Component: "component_" + name})
	}
	add("nobody", filters.Source{Kind: filters.Journal})
	for _, options := range []map[string]string{
		{"backend": "http", "endpoint": "http://localhost", "tenant": ""},
		{"backend": "loki", "endpoint": "http://localhost", "tenant": ""},
		{"backend": "elasticsearch", "endpoint": "http://localhost", "index": "x"},
		{"backend": "splunk", "endpoint": "http://localhost", "headers": "Authorization: Splunk x", "splunk_index": ""},
		{"backend": "kafka", "brokers": "localhost:9092", "topic": "x"},
		{"backend": "azure", "endpoint": "http://localhost", "azure_dcr_id": "dcr-00000000000000000000000000000000", "azure_stream": "Custom-x"},
	} {
		for _, template := range templates {
			set := maps.Clone(options)
			for name, value := range options {
				if value == "" {
					set[name] = template
				} else if value == "x" || value == "Custom-x" {
					set[name] = value + template
				}
			}
			_, newBackend, err := Backends.Parse(func(name string) string { return set[name] })
			if err != nil {
				t.Fatalf("%v: %v", set, err)
			}
			b, err := newBackend()
			if err != nil {
				t.Fatal(err)
			}
			containers := map[string]string{} // by place
			place := func(w writer) string {
				w.Rendered = b.Render(&w.Source)
				at := b.Partition(&w.Source)
				if scoped, ok := b.(backend.Scoped); ok && options["backend"] != "loki" {
					at += "\n" + scoped.Scope(&filters.Record{Source: &w.Source})
				}
				return at
			}
			for _, w := range writers {
				if w.Container != "" {
					containers[place(w)] = w.who
				}
			}
			for _, w := range writers {
				who, taken := containers[place(w)]
				// A container that Docker alone knows has no namespace, like nobody.
				if taken && (w.who == "component" || w.who == "nobody" && who != "container") {
					t.Errorf("%s, %s: %q is that of %s and of %+v", options["backend"], template, place(w), who, w.Source)
				}
			}
			if err := b.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}
