package rules

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// parser reads a rules file. It goes on after a problem, so that one check finds all.
type parser struct {
	config   Config
	file     string // as the problems name it
	dir      string // that relative paths begin at
	rule     string // that is being read
	problems Problems
	notes    Problems
	steering bool     // the rule is made of an annotation
	backends []string // of the destinations
}

func (p *parser) problem(n *yaml.Node, format string, args ...any) {
	p.problems = append(p.problems, Problem{File: p.file, Line: n.Line, Rule: p.rule, Text: fmt.Sprintf(format, args...)})
}

// note notes what is valid, and may be unexpected.
func (p *parser) note(n *yaml.Node, format string, args ...any) {
	p.notes = append(p.notes, Problem{File: p.file, Line: n.Line, Rule: p.rule, Text: fmt.Sprintf(format, args...)})
}

// follow returns the node that an alias stands for.
func follow(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

// kindOf names the kind of a value, for problems.
func kindOf(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return "keys with values"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case n.Tag == "!!null":
		return "empty"
	}
	return inQuotes(n.Value)
}

// member is a key with the function that reads its value.
type member struct {
	key  string
	read func(value *yaml.Node)
}

// object reads a mapping of known keys. what is its name in problems. It returns the
// nodes of the keys that are there.
func (p *parser) object(n *yaml.Node, what string, members ...member) map[string]*yaml.Node {
	found := map[string]*yaml.Node{}
	if n.Kind != yaml.MappingNode {
		p.problem(n, "%s is %s; allowed: keys with values, namely %s", what, kindOf(n), keysOf(members))
		return found
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], follow(n.Content[i+1])
		at := slices.IndexFunc(members, func(m member) bool { return m.key == key.Value })
		switch {
		case found[key.Value] != nil:
			p.problem(key, "key %q is given twice in %s", key.Value, what)
		case at < 0:
			if value.Tag == "!!null" && n.Style&yaml.FlowStyle != 0 {
				p.problem(key, "%q has no value in %s; a list stands in brackets, as in [a, b]", key.Value, what)
				continue
			}
			p.unknown(key, what, members)
		default:
			found[key.Value] = key
			members[at].read(value)
		}
	}
	return found
}

func (p *parser) unknown(key *yaml.Node, what string, members []member) {
	var words []string
	for _, m := range members {
		words = append(words, m.key)
	}
	if best := hintOfKey(key.Value, words); best != "" {
		p.problem(key, "unknown key %q in %s; did you mean %s?", key.Value, what, best)
		return
	}
	p.problem(key, "unknown key %q in %s; allowed: %s", key.Value, what, keysOf(members))
}

func keysOf(members []member) string {
	var words []string
	for _, m := range members {
		words = append(words, m.key)
	}
	return strings.Join(words, ", ")
}

// scalar returns the text of a value that is a text, a number or a switch.
func (p *parser) scalar(n *yaml.Node, what string) (text string, ok bool) {
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		p.problem(n, "%s is %s; allowed: one text%s", what, kindOf(n), hintOfText(n))
		return "", false
	}
	if strings.HasPrefix(n.Tag, "!") && !strings.HasPrefix(n.Tag, "!!") {
		p.problem(n, "%s begins with !, which YAML reads as a type: write it in quotes, as in '%s'", what, n.Tag+n.Value)
		return "", false
	}
	return n.Value, true
}

// text is scalar for a text that is not empty.
func (p *parser) text(n *yaml.Node, what string) string {
	text, ok := p.scalar(n, what)
	if ok && text == "" {
		p.problem(n, "%s is empty", what)
	}
	return text
}

// into returns a read function that stores a text.
func (p *parser) into(to *string, what string) func(*yaml.Node) {
	return func(n *yaml.Node) { *to = p.text(n, what) }
}

// list calls read for each element of a list, and for a single value that stands for a
// list of one.
func (p *parser) list(n *yaml.Node, what string, read func(n *yaml.Node)) {
	if n.Kind != yaml.SequenceNode {
		read(n)
		return
	}
	if len(n.Content) == 0 {
		p.problem(n, "%s is an empty list", what)
	}
	for _, element := range n.Content {
		read(follow(element))
	}
}

// texts returns the elements of a list of texts.
func (p *parser) texts(n *yaml.Node, what string) (all []string) {
	p.list(n, what, func(n *yaml.Node) {
		if text := p.text(n, what); text != "" {
			all = append(all, text)
		}
	})
	return all
}

// boolean returns the value of a switch.
func (p *parser) boolean(n *yaml.Node, what string) bool {
	var on bool
	if n.Kind != yaml.ScalarNode || n.Decode(&on) != nil {
		p.problem(n, "%s is %s; allowed: true, false", what, kindOf(n))
	}
	return on
}

// number returns a whole number between two bounds.
func (p *parser) number(n *yaml.Node, what string, least, most int) int {
	var value int
	if n.Kind != yaml.ScalarNode || n.Decode(&value) != nil || value < least || value > most {
		p.problem(n, "%s is %s; allowed: a number from %d to %d", what, kindOf(n), least, most)
		return least
	}
	return value
}
