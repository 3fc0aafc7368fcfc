package rules

import (
	"go.yaml.in/yaml/v3"

	"github.com/k8slog/k8slog/filters/multiline"
)

// multiline reads which lines are one message.
func (p *parser) multiline(n *yaml.Node) *multiline.Custom {
	c := &multiline.Custom{Limits: p.config.Multiline}
	test := func(to *func([]byte) bool, what string) func(*yaml.Node) {
		return func(n *yaml.Node) {
			if one := p.oneOf(n, what); one.isSet() {
				*to = one.holds
			}
		}
	}
	found := p.object(n, "multiline",
		member{"start", test(&c.Start, "start")},
		member{"continue", test(&c.Continue, "continue")},
		member{"unfinished", test(&c.Unfinished, "unfinished")},
		member{"end", test(&c.End, "end")},
		member{"max_lines", func(n *yaml.Node) { c.Lines = p.number(n, "max_lines", 2, 100_000) }},
		member{"max_bytes", func(n *yaml.Node) { c.Bytes = p.number(n, "max_bytes", 1<<10, 64<<20) }},
	)
	if n.Kind == yaml.MappingNode && count(found, "start", "continue", "unfinished", "end") == 0 {
		p.problem(n, "multiline needs a pattern: start, continue, unfinished or end")
	}
	return c
}
