package rules

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/filters/jsonlog"
)

// presetSpec is how the lines of a well-known program are read. Presets leave the time
// alone: that of the container runtime is more exact.
type presetSpec struct {
	name string
	// patterns are tried in their order. A group becomes the field of that name, and the
	// group level gives the severity.
	patterns []string
	// keys are members of lines in JSON, in pairs with the names of their fields.
	keys []string
	// numbers are the fields that are numbers.
	numbers string
	// levels are words of the program for severities, in pairs, with the globs of map.
	levels []string
	// byStatus takes the severity from the field http_status.
	byStatus bool
}

// preset is a compiled presetSpec.
type preset struct {
	patterns []fieldsPattern
	keys     []keyField
	severity severityAction
	byStatus bool
}

const (
	levelGroup  = "level"
	statusGroup = "http_status"
)

// compile compiles a preset.
func (s *presetSpec) compile() *preset {
	compiled := &preset{byStatus: s.byStatus}
	isNumber := func(name string) bool { return slices.Contains(strings.Fields(s.numbers), name) }
	for _, expr := range s.patterns {
		p := fieldsPattern{pattern: mustCompile(expr)}
		for i, name := range p.re.SubexpNames() {
			if name != "" {
				p.groups = append(p.groups, group{index: i, key: []byte(name), number: isNumber(name)})
			}
		}
		compiled.patterns = append(compiled.patterns, p)
	}
	for i := 0; i < len(s.keys); i += 2 {
		name := s.keys[i+1]
		compiled.keys = append(compiled.keys, keyField{path: pathOf(s.keys[i]), key: []byte(name), number: isNumber(name)})
	}
	levels := s.levels
	if s.byStatus {
		levels = []string{"5*", "error", "4*", "warn", "1*", "info", "2*", "info", "3*", "info"}
	}
	for i := 0; i < len(levels); i += 2 {
		severity := filters.ParseSeverity([]byte(levels[i+1]))
		compiled.severity.words = append(compiled.severity.words, severityWord{levels[i], severity})
	}
	return compiled
}

// apply returns whether the text is a line of the program.
func (s *preset) apply(r *filters.Record) bool {
	text := shown(r)
	if len(text) > 0 && text[0] == '{' && len(s.keys) > 0 {
		return s.applyKeys(r, text)
	}
	for i := range s.patterns {
		p := &s.patterns[i]
		at := p.find(text)
		if at == nil {
			continue
		}
		for _, g := range p.groups {
			if begin, end := at[2*g.index], at[2*g.index+1]; begin >= 0 {
				s.add(r, g.key, text[begin:end:end], g.number)
			}
		}
		return true
	}
	return false
}

func (s *preset) applyKeys(r *filters.Record, text []byte) (found bool) {
	for i := range s.keys {
		k := &s.keys[i]
		if value, ok := jsonlog.Lookup(text, k.path); ok {
			found = true
			s.add(r, k.key, plainJSON(r, value), k.number)
		}
	}
	return found
}

// add adds a field, and takes the severity from it. "-" stands for no value.
func (s *preset) add(r *filters.Record, key, value []byte, number bool) {
	isLevel := string(key) == levelGroup
	if isLevel || s.byStatus && string(key) == statusGroup {
		if severity := s.severity.of(value); severity != 0 {
			r.Severity = severity
		}
	}
	if !isLevel && string(value) != "-" && string(value) != `"-"` {
		addValue(r, key, value, number)
	}
}

// preset reads the name of a preset.
func (p *parser) preset(n *yaml.Node) *preset {
	name := p.text(n, "preset")
	for i := range presets {
		if presets[i].name == name {
			return presets[i].compile()
		}
	}
	if near := slices.DeleteFunc(PresetNames(), func(known string) bool { return !strings.Contains(known, name) }); name != "" && len(near) > 0 {
		p.problem(n, "preset %q is not known; did you mean %s?", name, strings.Join(near, " or "))
	} else if name != "" {
		p.problem(n, "preset %q is not known; allowed: %s", name, strings.Join(PresetNames(), ", "))
	}
	return nil
}

// PresetNames returns the names of all presets, sorted.
func PresetNames() (names []string) {
	for i := range presets {
		names = append(names, presets[i].name)
	}
	slices.Sort(names)
	return names
}

// PresetFields returns the names of the fields of a preset, in the order in which its lines
// have them.
func PresetFields(name string) (fields []string) {
	add := func(key []byte) {
		if field := string(key); field != levelGroup && !slices.Contains(fields, field) {
			fields = append(fields, field)
		}
	}
	for i := range presets {
		if presets[i].name != name {
			continue
		}
		compiled := presets[i].compile()
		for _, p := range compiled.patterns {
			for _, g := range p.groups {
				add(g.key)
			}
		}
		for _, k := range compiled.keys {
			add(k.key)
		}
	}
	return fields
}
