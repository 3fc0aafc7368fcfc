package rules

import (
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/internal/wildcard"
)

// condition says of which records something holds. All that is given must hold. The zero
// condition holds of all records.
type condition struct {
	text     oneOf
	severity severities
	fields   []fieldCondition
}

func (c *condition) holds(r *filters.Record) bool {
	if c.text.isSet() && !c.text.holds(shown(r)) {
		return false
	}
	if c.severity.isSet() && !c.severity.holds(r.Severity) {
		return false
	}
	for i := range c.fields {
		if !c.fields[i].holds(r) {
			return false
		}
	}
	return true
}

// members returns the keys of a condition, for an object that may have others as well.
func (c *condition) members(p *parser) []member {
	return []member{
		{"text", func(n *yaml.Node) { c.text = p.oneOf(n, "text") }},
		{"severity", func(n *yaml.Node) { c.severity = p.severities(n) }},
		{"field", func(n *yaml.Node) { c.fields = p.fieldConditions(n) }},
	}
}

// condition reads a condition that has at least one key.
func (p *parser) condition(n *yaml.Node, what string) *condition {
	c := new(condition)
	if n.Kind == yaml.MappingNode && len(n.Content) == 0 {
		p.problem(n, "%s is empty; allowed: text, severity, field", what)
	}
	p.object(n, what, c.members(p)...)
	return c
}

// conditionOrAll reads a condition, or true, which holds of all records.
func (p *parser) conditionOrAll(n *yaml.Node, what string) *condition {
	if n.Kind == yaml.ScalarNode {
		if n.Value == "true" {
			return new(condition)
		}
		p.problem(n, "%s is %s; allowed: true for all records, or text, severity, field, as in %s: {text: 'a pattern'}", what, kindOf(n), what)
		return nil
	}
	return p.condition(n, what)
}

// severities is a set of severities, by their numbers. Bit 0 stands for no severity.
type severities uint32

func (s severities) isSet() bool                          { return s != 0 }
func (s severities) holds(severity filters.Severity) bool { return s&(1<<severity) != 0 }

// severityNames are the names that rules can use.
var severityNames = []string{"trace", "debug", "info", "notice", "warn", "error", "critical", "alert", "fatal"}

// severities reads "info", "below info", "info or below", "above info", "info or above",
// "none", or a list of these.
func (p *parser) severities(n *yaml.Node) (set severities) {
	p.list(n, "severity", func(n *yaml.Node) {
		text := p.text(n, "severity")
		name, from, to := text, 0, 0 // relative to the severity
		switch {
		case text == "":
			return
		case text == "none":
			set |= 1
			return
		case strings.HasPrefix(text, "below "):
			name, from, to = text[len("below "):], -24, -1
		case strings.HasPrefix(text, "above "):
			name, from, to = text[len("above "):], 1, 24
		case strings.HasSuffix(text, " or below"):
			name, from = strings.TrimSuffix(text, " or below"), -24
		case strings.HasSuffix(text, " or above"):
			name, to = strings.TrimSuffix(text, " or above"), 24
		}
		if strings.ContainsAny(name, " <>=") {
			p.problem(n, "severity is %q; allowed: a severity as in warn, below warn, warn or below, above warn, warn or above, none", text)
			return
		}
		severity, ok := p.severityName(n, name)
		if !ok {
			return
		}
		for i := max(int(severity)+from, 1); i <= min(int(severity)+to, 24); i++ {
			set |= 1 << i
		}
	})
	return set
}

// severityName reads the name of a severity.
func (p *parser) severityName(n *yaml.Node, name string) (filters.Severity, bool) {
	name = strings.ToLower(name)
	severity := filters.ParseSeverity([]byte(name))
	if slices.Contains(severityNames, name) {
		return severity, true
	}
	if i := slices.IndexFunc(severityNames, func(known string) bool { return filters.ParseSeverity([]byte(known)) == severity }); i >= 0 {
		p.problem(n, "severity is %q; did you mean %s?", name, severityNames[i])
		return 0, false
	}
	p.problem(n, "severity is %q; allowed: %s", name, strings.Join(severityNames, ", "))
	return 0, false
}

// fieldCondition is a condition on the value of a field.
type fieldCondition struct {
	path   []string
	values []valueCondition // of which one must hold
	not    bool
}

func (c *fieldCondition) holds(r *filters.Record) bool {
	value, ok := lookup(r, c.path)
	if ok {
		for i := range c.values {
			if c.values[i].holds(value) {
				return !c.not
			}
		}
	}
	return c.not
}

// valueCondition is a glob, a comparison of numbers, or a pattern.
type valueCondition struct {
	glob    string
	compare string // <, <=, > or >=; empty for a glob or a pattern
	number  float64
	pattern *pattern
}

func (c *valueCondition) holds(value []byte) bool {
	switch {
	case c.pattern != nil:
		return c.pattern.matches(value)
	case c.compare == "":
		return wildcard.Match(c.glob, value)
	}
	if len(value) == 0 || len(value) > 32 {
		return false
	}
	number, err := strconv.ParseFloat(string(value), 64)
	if err != nil {
		return false
	}
	switch c.compare {
	case "<":
		return number < c.number
	case "<=":
		return number <= c.number
	case ">":
		return number > c.number
	}
	return number >= c.number
}

// fieldConditions reads names of fields with their values.
func (p *parser) fieldConditions(n *yaml.Node) (all []fieldCondition) {
	if n.Kind != yaml.MappingNode || len(n.Content) == 0 {
		p.problem(n, "field is %s; allowed: names of fields with values, as in field: {status: '200'}", kindOf(n))
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], follow(n.Content[i+1])
		c := fieldCondition{path: pathOf(key.Value)}
		what := "field " + key.Value
		read := func(n *yaml.Node) {
			p.list(n, what, func(n *yaml.Node) { c.values = append(c.values, p.valueCondition(n, what)) })
		}
		if value.Kind == yaml.MappingNode {
			found := p.object(value, what,
				member{"not", read},
				member{"pattern", func(n *yaml.Node) {
					notes := len(p.notes)
					for _, one := range p.oneOf(n, what).patterns {
						c.values = append(c.values, valueCondition{pattern: one})
					}
					p.notes = p.notes[:notes] // values are short
				}})
			c.not = found["not"] != nil
			if c.not && found["pattern"] != nil {
				p.problem(value, "%s has not and pattern; allowed: one of both", what)
			}
		} else {
			read(value)
		}
		all = append(all, c)
	}
	return all
}

func (p *parser) valueCondition(n *yaml.Node, what string) valueCondition {
	text, _ := p.scalar(n, what)
	for _, compare := range []string{"<=", ">=", "<", ">"} {
		rest, found := strings.CutPrefix(text, compare)
		if !found {
			continue
		}
		number, err := strconv.ParseFloat(strings.TrimSpace(rest), 64)
		if err != nil {
			p.problem(n, "%s is compared with %q, which is no number", what, strings.TrimSpace(rest))
		}
		return valueCondition{compare: compare, number: number}
	}
	return valueCondition{glob: text}
}
