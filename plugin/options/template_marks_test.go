package options

import (
	"strings"
	"testing"

	"github.com/k8slog/k8slog/filters"
)

// Names of Docker's containers may begin like a component with its mark.
func TestNamesThatLookMarked(t *testing.T) {
	template, _ := ParseTemplate("{container|component}")
	for name, want := range map[string]string{
		"component_kubelet": "component-kubelet", "Component_a_b": "Component-a-b", "node_n1": "node-n1",
		"my_web_1": "my_web_1", "components_x": "components_x", "component": "component",
	} {
		if got := template.Text(&filters.Source{Container: name}, 0, nil); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	// Where indices have no dots, a pod's name gets underscores.
	template, _ = ParseTemplate("{pod|component}")
	clean := func(name string) string { return strings.ReplaceAll(name, ".", "_") }
	if got := template.Text(&filters.Source{Pod: "component.kubelet"}, 0, clean); got != "component-kubelet" {
		t.Errorf("%q", got)
	}
	// Without marks, names stay what they are.
	template, _ = ParseTemplate("{container}")
	if got := template.Text(&filters.Source{Container: "component_x"}, 0, nil); got != "component_x" {
		t.Errorf("%q", got)
	}
}

func TestCheckTemplate(t *testing.T) {
	for _, c := range []struct {
		template        string
		decides         bool
		notes, warnings []string
	}{
		{"logs", true, nil, nil},
		{"{namespace|no_name}", true, nil, nil},
		{"{component|other}", true, nil, nil},
		{"{cluster}-{node}-{namespace|no.name}", true, nil, nil},
		{"{cluster_name}-{namespace}", true, nil, nil},
		{"{namespace|component}", true, []string{"writes a component with component_"}, nil},
		{"{namespace}{component|node}", true, []string{"writes a component with component_"}, nil},
		{"{namespace|component|node}", true, []string{"writes a component with component_", "writes a node with node_"}, nil},
		{"{pod|component}{container|component}", false, []string{"writes a component with component_"}, nil},
		{"{namespace|other}", true, nil, []string{"the word other in {namespace|other} can be the name of a namespace as well, and the records of both are in one place then; write a word with an underscore, as in other_"}},
		{"{namespace|Other-1}", true, nil, []string{"the word Other-1"}},
		{"{namespace|other}", false, nil, nil},
		{"{namespace|component_name}", true, nil, []string{"component_name in {namespace|component_name} can be the name of a namespace as well"}},
		{"{namespace}{component_name}", true, nil, []string{"component_name in "}},
		{"{namespace|node_name|x}", true, nil, []string{"node_name in ", "the word x in "}},
		{"{namespace|component_name}", false, nil, nil},
	} {
		template, problem := ParseTemplate(c.template)
		if problem != "" {
			t.Errorf("%s: %s", c.template, problem)
		}
		var config Config
		config.CheckTemplate("index", template, c.decides)
		for _, kind := range []struct {
			got  []Notice
			want []string
		}{{config.Notes(), c.notes}, {config.Notices(), c.warnings}} {
			if len(kind.got) != len(kind.want) {
				t.Errorf("%s: got %q, want %q", c.template, kind.got, kind.want)
				continue
			}
			for i, want := range kind.want {
				if got := kind.got[i]; got.Option != "index" || !strings.HasPrefix(got.Text, "option index") || !strings.Contains(got.Text, want) {
					t.Errorf("%s: %q, want %q", c.template, got.Text, want)
				}
			}
		}
	}
}
