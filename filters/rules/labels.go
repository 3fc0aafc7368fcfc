package rules

import (
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/k8slog/k8slog/filters"
)

// labelMatch selects sources by a label of the pod, its namespace or its node.
type labelMatch struct {
	field string // of filters.Source.LabelField
	globs globs
}

// labels returns whether the labels of a source match. Those of a pod that is not known are
// none.
func (m *match) labelsOf(s *filters.Source) bool {
	for i := range m.labels {
		if !m.labels[i].globs.match(s.LabelField(m.labels[i].field)) {
			return false
		}
	}
	return true
}

// labelsMember reads labels with their values. key is that in the file, and the prefix of the
// field.
func (p *parser) labelsMember(m *match, key string) member {
	return member{key, func(n *yaml.Node) {
		if n.Kind != yaml.MappingNode || len(n.Content) == 0 {
			p.problem(n, "%s is %s; allowed: labels with values, as in %s: {app: web}", key, kindOf(n), key)
			return
		}
		for i := 0; i+1 < len(n.Content); i += 2 {
			field := key + ":" + n.Content[i].Value
			if !filters.IsLabelField(field) {
				p.problem(n.Content[i], "%s has %q, which is no label", key, n.Content[i].Value)
			}
			m.labels = append(m.labels, labelMatch{field, p.globs(follow(n.Content[i+1]), key+" "+n.Content[i].Value)})
		}
	}}
}

// UsesLabels reports whether a rule or a route selects by labels, which are known by the API
// server only.
func (s *Set) UsesLabels() bool {
	if s == nil {
		return false
	}
	return slices.ContainsFunc(s.rules, func(r *rule) bool { return r.match.labels != nil }) ||
		slices.ContainsFunc(s.routes, func(r route) bool { return r.match.labels != nil })
}
