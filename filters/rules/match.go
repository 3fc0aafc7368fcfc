package rules

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/internal/wildcard"
)

// match selects sources. All that is given must hold.
type match struct {
	namespace, pod, workload, container, component globs
	stream                                         filters.Stream // NoStream for both
	labels                                         []labelMatch
}

// source returns whether the rule is for the records of a source, whatever their stream.
func (m *match) source(s *filters.Source) bool { return m.names(s) && m.labelsOf(s) }

// names returns whether the names of a source match.
func (m *match) names(s *filters.Source) bool {
	return m.namespace.match(s.Namespace) && m.pod.match(s.Pod) && m.container.match(s.Container) &&
		m.component.match(s.Component) && (m.workload == nil || m.workload.match(s.Workload()))
}

// globs are patterns for a name, of which one must match and none with not. A nil globs
// matches every name, also the empty one.
type globs []glob

type glob struct {
	text string
	not  bool
}

func (g globs) match(name string) bool {
	if len(g) == 0 {
		return true
	}
	if name == "" {
		return false
	}
	matched := g[0].not // a list that begins with an exclusion is one of all others
	for _, one := range g {
		if one.matches(name) {
			matched = !one.not
			if one.not {
				return false
			}
		}
	}
	return matched
}

// matches returns whether the glob matches the whole name: * is any text, ? is any one
// byte.
func (g glob) matches(name string) bool { return wildcard.Match(g.text, name) }

// match reads what a rule is for.
func (p *parser) match(n *yaml.Node) (m match) {
	names := func(to *globs, what string) func(*yaml.Node) {
		return func(n *yaml.Node) { *to = p.globs(n, what) }
	}
	found := p.object(n, "match",
		member{"namespace", names(&m.namespace, "namespace")},
		member{"pod", names(&m.pod, "pod")},
		member{"workload", names(&m.workload, "workload")},
		member{"container", names(&m.container, "container")},
		member{"component", names(&m.component, "component")},
		p.labelsMember(&m, "label"), p.labelsMember(&m, "namespace_label"), p.labelsMember(&m, "node_label"),
		member{"stream", func(n *yaml.Node) {
			text := p.text(n, "stream")
			var ok bool
			if m.stream, ok = filters.ParseStream([]byte(text)); !ok && text != "" {
				p.problem(n, "stream is %q; allowed: stdout, stderr", text)
			}
		}},
	)
	if component := found["component"]; component != nil {
		for _, other := range []string{"namespace", "pod", "workload", "container", "stream", "label", "namespace_label"} {
			if found[other] != nil {
				p.problem(component, "match has component and %s, and no source has both: write two rules", other)
				break
			}
		}
	}
	return m
}

func (p *parser) globs(n *yaml.Node, what string) (all globs) {
	for _, text := range p.texts(n, what) {
		name, not := strings.CutPrefix(text, "!")
		if name == "" {
			p.problem(n, "%s is %q; allowed: a name, in which * stands for any text and ? for any character", what, text)
		}
		if why := badName(name); why != "" && what != "component" {
			p.problem(n, "%s %q matches nothing: %s", what, text, why)
		}
		all = append(all, glob{name, not})
	}
	return all
}
