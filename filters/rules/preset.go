package rules

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/k8slog/k8slog/filters"
)

// preset reads the lines of a well-known program.
type preset struct {
	name     string
	fields   *fieldsAction
	severity *severityAction // nil for none
	time     *timeAction     // nil for none
}

func (s *preset) apply(r *filters.Record) bool {
	if !s.fields.apply(r) {
		return false
	}
	if s.severity != nil {
		s.severity.apply(r)
	}
	if s.time != nil {
		s.time.apply(r)
	}
	return true
}

// preset reads the name of a preset.
func (p *parser) preset(n *yaml.Node) *preset {
	name := p.text(n, "preset")
	for _, s := range presets {
		if s.name == name {
			return s
		}
	}
	if name != "" {
		p.problem(n, "preset %q is not known; allowed: %s", name, strings.Join(PresetNames(), ", "))
	}
	return nil
}

// PresetNames returns the names of all presets, sorted.
func PresetNames() (names []string) {
	for _, s := range presets {
		names = append(names, s.name)
	}
	slices.Sort(names)
	return names
}
