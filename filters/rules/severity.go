package rules

import (
	"bytes"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/internal/ascii"
	"github.com/k8slog/k8slog/internal/wildcard"
)

// severityAction sets the severity of a record.
type severityAction struct {
	fixed filters.Severity // of all records; zero for none
	place
	words    []severityWord
	fallback filters.Severity
}

// severityWord is a glob for a word in lower case, and its severity.
type severityWord struct {
	glob     string
	severity filters.Severity
}

// apply returns whether the record has the severity that the rule looks for, or the rule has
// a default.
func (a *severityAction) apply(r *filters.Record) bool {
	if a.fixed != 0 {
		r.Severity = a.fixed
		return true
	}
	if severity := a.of(a.find(r)); severity != 0 {
		r.Severity = severity
		return true
	}
	if r.Severity == 0 {
		r.Severity = a.fallback
	}
	return a.fallback != 0
}

// maxWord is the length of the longest word that can be in a map.
const maxWord = 64

// of returns the severity that a word stands for; zero for none.
// Capital letters, and blanks around the word, do not matter.
func (a *severityAction) of(word []byte) filters.Severity {
	word = bytes.TrimSpace(word)
	if len(word) == 0 {
		return 0
	}
	if len(a.words) > 0 && len(word) <= maxWord {
		var lower [maxWord]byte
		for i, c := range word {
			if c >= 'A' && c <= 'Z' {
				c |= 0x20
			}
			lower[i] = c
		}
		for i := range a.words {
			if wildcard.Match(a.words[i].glob, lower[:len(word)]) {
				return a.words[i].severity
			}
		}
	}
	if ascii.Number(word) >= 0 {
		return 0 // the meaning of a number depends on the program
	}
	return filters.ParseSeverity(word)
}

// severityAction reads the name of a severity, or where it is found.
func (p *parser) severityAction(n *yaml.Node) *severityAction {
	a := new(severityAction)
	if n.Kind == yaml.ScalarNode {
		a.fixed, _ = p.severityName(n, p.text(n, "severity"))
		return a
	}
	found := p.object(n, "severity",
		a.patternMember(p, "severity"), a.keyMember(p),
		member{"map", func(n *yaml.Node) { a.words = p.severityWords(n) }},
		member{"default", func(n *yaml.Node) { a.fallback, _ = p.severityName(n, p.text(n, "default")) }},
	)
	if (found["pattern"] == nil) == (found["key"] == nil) && n.Kind == yaml.MappingNode {
		p.problem(n, "severity needs either key or pattern, which say where the severity is found")
	}
	return a
}

func (p *parser) severityWords(n *yaml.Node) (all []severityWord) {
	if n.Kind != yaml.MappingNode || len(n.Content) == 0 {
		p.problem(n, "map is %s; allowed: words with severities, as in map: {'5*': error}", kindOf(n))
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		word, value := n.Content[i], follow(n.Content[i+1])
		if len(word.Value) > maxWord || word.Value == "" {
			p.problem(word, "map has the word %q; allowed: 1 to %d characters", word.Value, maxWord)
		}
		if severity, ok := p.severityName(value, p.text(value, "map")); ok {
			all = append(all, severityWord{strings.ToLower(word.Value), severity})
		}
	}
	return all
}

// onlyGroup returns the number of the group of that name, or of the only group; 0, the
// whole match, for a pattern without groups.
func (p *parser) onlyGroup(n *yaml.Node, compiled *pattern, name string) int {
	if i := compiled.re.SubexpIndex(name); i > 0 {
		return i
	}
	if compiled.re.NumSubexp() > 1 {
		p.problem(n, "pattern has several groups, and none with the name %s: name one (?P<%s>…)", name, name)
	}
	return compiled.re.NumSubexp()
}
