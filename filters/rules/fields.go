package rules

import (
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/filters/jsonlog"
	"github.com/k8slog/k8slog/internal/jsontext"
)

// maxFields is the largest number of fields that a rule makes of a text.
const maxFields = 128

// fieldsAction makes fields of a text.
type fieldsAction struct {
	patterns []fieldsPattern // of which the first that matches counts
	from     []string        // the field or member to read; nil for the text
	json     bool            // all members of a JSON text
	keys     []keyField
}

// fieldsPattern is a pattern with the fields of its groups.
type fieldsPattern struct {
	*pattern
	groups []group
}

// group is a group of a pattern, which becomes a field.
type group struct {
	index  int
	key    []byte
	number bool
}

// keyField is a member of a JSON or logfmt text, which becomes a field.
type keyField struct {
	path   []string
	key    []byte
	number bool
}

// apply returns whether the text has what the rule looks for.
func (a *fieldsAction) apply(r *filters.Record) bool {
	if a.json {
		return addMembers(r)
	}
	found := false
	for i := range a.keys {
		k := &a.keys[i]
		if value, ok := lookup(r, k.path); ok {
			found = true
			addValue(r, k.key, value, k.number)
		}
	}
	if len(a.patterns) == 0 {
		return found
	}
	text := shown(r)
	if a.from != nil {
		text, _ = lookup(r, a.from)
	}
	for i := range a.patterns {
		p := &a.patterns[i]
		at := p.find(text)
		if at == nil {
			continue
		}
		for _, g := range p.groups {
			if begin, end := at[2*g.index], at[2*g.index+1]; begin >= 0 {
				addValue(r, g.key, text[begin:end:end], g.number)
			}
		}
		return true
	}
	return found
}

// addValue sets a field, unless the value is empty. A value that should be a number and is
// none makes no field, so that the field has one type in all records.
func addValue(r *filters.Record, key, value []byte, number bool) {
	switch {
	case len(value) == 0:
	case !number:
		setField(r, filters.Field{Key: key, Text: filters.PlainText(value)})
	case jsonlog.IsNumber(value):
		setField(r, filters.Field{Key: key, JSON: value})
	}
}

// addMembers makes fields of all members of a text that is a JSON object.
func addMembers(r *filters.Record) bool {
	object, multiline, ok := jsonlog.Object(shown(r))
	if !ok {
		return false
	}
	if multiline {
		start := len(r.Scratch)
		r.Scratch = jsonlog.AppendOneLine(r.Scratch, object)
		object = r.Scratch[start:]
	}
	n := 0
	jsonlog.Each(object, func(key, value []byte) {
		if n++; n > maxFields {
			return
		}
		if inside, ok := jsonlog.String(value); ok {
			setField(r, filters.Field{Key: plainKey(r, key), Text: filters.EscapedText(inside)})
		} else if string(value) != "null" {
			setField(r, filters.Field{Key: plainKey(r, key), JSON: value})
		}
	})
	return true
}

// plainKey returns a key without its escapes.
func plainKey(r *filters.Record, key []byte) []byte {
	if !slices.Contains(key, '\\') {
		return key
	}
	start := len(r.Scratch)
	r.Scratch = jsontext.AppendUnescaped(r.Scratch, key)
	return r.Scratch[start:len(r.Scratch):len(r.Scratch)]
}

// fieldsAction reads how fields are made.
func (p *parser) fieldsAction(n *yaml.Node) *fieldsAction {
	a := new(fieldsAction)
	var numbers []string
	var numbersAt *yaml.Node
	found := p.object(n, "fields",
		member{"pattern", func(n *yaml.Node) {
			p.list(n, "pattern", func(n *yaml.Node) {
				if compiled := p.pattern(n, "pattern"); compiled != nil {
					a.patterns = append(a.patterns, fieldsPattern{compiled, p.groups(n, compiled)})
				}
			})
		}},
		member{"from", func(n *yaml.Node) { a.from = pathOf(p.text(n, "from")) }},
		member{"json", func(n *yaml.Node) { a.json = p.boolean(n, "json") }},
		member{"keys", func(n *yaml.Node) { a.keys = p.keyFields(n) }},
		member{"numbers", func(n *yaml.Node) { numbers, numbersAt = p.texts(n, "numbers"), n }},
	)
	if n.Kind != yaml.MappingNode {
		return a
	}
	given := 0
	for _, key := range []string{"pattern", "json", "keys"} {
		if found[key] != nil {
			given++
		}
	}
	switch {
	case given != 1:
		p.problem(n, "fields needs one of pattern, keys and json, which say where the fields are found")
	case found["from"] != nil && found["pattern"] == nil:
		p.problem(n, "from needs pattern: it says in which field the pattern is searched for")
	case found["json"] != nil && !a.json:
		p.problem(n, "json is false; leave fields out")
	case found["json"] != nil && numbers != nil:
		p.problem(n, "numbers needs pattern or keys: the members of JSON keep their types")
	}
	for _, name := range numbers {
		if !a.setNumber(name) {
			p.problem(numbersAt, "numbers has %q, which is no field of this rule", name)
		}
	}
	return a
}

func (a *fieldsAction) setNumber(name string) (known bool) {
	for i := range a.patterns {
		for j := range a.patterns[i].groups {
			if g := &a.patterns[i].groups[j]; string(g.key) == name {
				g.number, known = true, true
			}
		}
	}
	for i := range a.keys {
		if k := &a.keys[i]; string(k.key) == name {
			k.number, known = true, true
		}
	}
	return known
}

// groups returns the named groups of a pattern.
func (p *parser) groups(n *yaml.Node, compiled *pattern) (all []group) {
	for i, name := range compiled.re.SubexpNames() {
		if name == "" {
			continue
		}
		p.fieldName(n, name, "the group "+name)
		all = append(all, group{index: i, key: []byte(name)})
	}
	if len(all) == 0 {
		p.problem(n, "pattern has no named group, as in (?P<user>\\S+), and makes no fields")
	}
	return all
}

// keyFields reads a list of keys, or keys with the names of their fields.
func (p *parser) keyFields(n *yaml.Node) (all []keyField) {
	if n.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(n.Content); i += 2 {
			key, value := n.Content[i], follow(n.Content[i+1])
			name := p.text(value, "keys")
			p.fieldName(value, name, "the field "+name)
			all = append(all, keyField{path: pathOf(key.Value), key: []byte(name)})
		}
		return all
	}
	p.list(n, "keys", func(n *yaml.Node) {
		name := p.text(n, "keys")
		p.fieldName(n, name, "the field "+name)
		all = append(all, keyField{path: pathOf(name), key: []byte(name)})
	})
	return all
}

// fieldName refuses the names of fields that the plugin writes itself.
func (p *parser) fieldName(n *yaml.Node, name, what string) {
	if name == "" || p.config.Reserved == nil {
		return
	}
	if problem := p.config.Reserved(name); problem != "" {
		p.problem(n, "%s %s; allowed: %s", what, problem, fmt.Sprintf("another name, as in app_%s", name))
	}
}
