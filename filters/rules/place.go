package rules

import (
	"go.yaml.in/yaml/v3"

	"github.com/k8slog/k8slog/filters"
)

// place is where a rule finds one value of a record: in the text, by the only group of a
// pattern, or in a field or a member of a JSON text.
type place struct {
	pattern *pattern // nil for path
	group   int      // of pattern
	path    []string
}

// find returns the value; empty for none.
func (l *place) find(r *filters.Record) []byte {
	if l.pattern == nil {
		value, _ := lookup(r, l.path)
		return value
	}
	text := shown(r)
	if at := l.pattern.find(text); at != nil && at[2*l.group] >= 0 {
		return text[at[2*l.group]:at[2*l.group+1]]
	}
	return nil
}

// patternMember reads the member pattern. name is that of its group.
func (l *place) patternMember(p *parser, name string) member {
	return member{"pattern", func(n *yaml.Node) {
		if l.pattern = p.pattern(n, "pattern"); l.pattern != nil {
			l.group = p.onlyGroup(n, l.pattern, name)
		}
	}}
}

// keyMember reads the member key.
func (l *place) keyMember(p *parser) member {
	return member{"key", func(n *yaml.Node) { l.path = pathOf(p.text(n, "key")) }}
}
