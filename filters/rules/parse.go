package rules

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/k8slog/k8slog/filters/multiline"
)

// Config is what the rules of a file depend on.
type Config struct {
	// Zone is the zone of times without one; nil for UTC.
	Zone *time.Location
	// Reserved returns what is wrong with the name of a field, and "" for a name that is
	// free; nil for names that are all free.
	Reserved func(name string) (problem string)
	// Route returns what is wrong with the value of the option tenant or index, and "" for
	// a valid one; nil for values that are all valid.
	Route func(option, value string) (problem string)
	// RouteTo is Route for a destination with a backend of that name.
	RouteTo func(backend, option, value string) (problem string)
	// Multiline has the limits of messages of several lines, unless a rule has its own.
	Multiline multiline.Limits
	// NoFiles is true to leave out the files that the rules name. Nothing is redacted by
	// hash then.
	NoFiles bool
}

const maxFile = 1 << 20

// Load reads a rules file. The error is of the type Problems for a file that can be read.
func Load(path string, c Config) (*Set, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", path, reason(err))
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", path, reason(err))
	}
	if len(text) > maxFile {
		return nil, fmt.Errorf("cannot read %s: it is larger than %d bytes", path, maxFile)
	}
	return Parse(path, text, c)
}

func reason(err error) error {
	var e *fs.PathError
	if errors.As(err, &e) {
		return e.Err
	}
	return err
}

// Parse reads the text of a rules file. path names the file in problems, and its folder is
// where relative paths in it begin. The error is of the type Problems.
func Parse(path string, text []byte, c Config) (*Set, error) {
	p := &parser{config: c, file: path, dir: filepath.Dir(path)}
	set := p.parse(text)
	if len(p.problems) > 0 {
		return nil, p.problems
	}
	set.notes = p.notes
	return set, nil
}

var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)`)

// yamlParser are the messages of the parser of YAML, which counts lines from 0.
var yamlParser = regexp.MustCompile(`expected (',' or|'-' ind|key)`)

func (p *parser) parse(text []byte) *Set {
	var document, second yaml.Node
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	err := decoder.Decode(&document)
	if err == nil {
		if err = decoder.Decode(&second); err == nil {
			p.problem(&second, "the file has a second document; allowed: one")
			return nil
		}
	}
	if err != nil && !errors.Is(err, io.EOF) {
		problem := Problem{File: p.file, Text: "is not YAML: " + err.Error()}
		if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
			problem.Line, _ = strconv.Atoi(m[1])
			if yamlParser.MatchString(m[2]) {
				problem.Line++
			}
			problemLine := nth(text, problem.Line)
			problem.Text = "is not YAML: " + m[2] + "; " + hintOfYAML(m[2], problemLine)
		}
		p.problems = append(p.problems, problem)
		return nil
	}
	if len(document.Content) == 0 {
		p.problem(&document, "is empty; allowed: rules: and a list of rules")
		return nil
	}
	set := &Set{file: p.file}
	var list, destinations, routes *yaml.Node
	root := follow(document.Content[0])
	if root.Kind == yaml.SequenceNode {
		p.problem(root, "is a list; allowed: rules: in a line above the list")
		return nil
	}
	p.object(root, "the file", member{"rules", func(n *yaml.Node) { list = n }},
		member{"destinations", func(n *yaml.Node) { destinations = n }}, member{"routes", func(n *yaml.Node) { routes = n }})
	p.readRoutes(set, destinations, routes)
	switch {
	case len(p.problems) > 0 && list == nil:
	case list == nil && routes == nil:
		p.problem(root, "has no rules; allowed: rules: and a list of rules")
	case list == nil:
	case list.Kind != yaml.SequenceNode:
		p.problem(list, "rules is %s; allowed: a list, each with - before it", kindOf(list))
	}
	if list == nil || list.Kind != yaml.SequenceNode {
		return set
	}
	lines, finishing := map[string]int{}, 0
	for i, n := range list.Content {
		r := p.readRule(follow(n), i)
		if other := lines[r.name]; other > 0 && r.name != "" {
			p.rule = r.name
			p.problem(n, "the name is that of the rule in line %d; allowed: a name of its own", other)
			p.rule = ""
		}
		lines[r.name] = n.Line
		set.rules = append(set.rules, r)
		if r.text != nil || r.remove != nil {
			if finishing++; finishing == maxFinish+1 {
				p.problem(n, "is one of more than %d rules with text or remove: put some of them together", maxFinish)
			}
		}
	}
	return set
}

// nth returns a line of a text, counted from 1; empty for none.
func nth(text []byte, n int) string {
	for line := range bytes.Lines(text) {
		if n--; n == 0 {
			return string(line)
		}
	}
	return ""
}

// readRule reads a rule. index is its number in the file, from 0.
func (p *parser) readRule(n *yaml.Node, index int) *rule {
	r := &rule{line: n.Line, counts: new(counters)}
	p.rule = fmt.Sprintf("number %d", index+1)
	defer func() { p.rule = "" }()
	if n.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == "name" && n.Content[i+1].Value != "" {
				p.rule = n.Content[i+1].Value
			}
		}
	}
	found := p.object(n, "the rule", p.ruleMembers(r)...)
	if n.Kind != yaml.MappingNode {
		return r
	}
	if found["name"] == nil {
		p.problem(n, "has no name, by which metrics and problems call it")
	}
	if found["match"] == nil {
		p.problem(n, "has no match, which says what sources it is for; match: {} is all sources")
	}
	if len(found) > 0 && len(found)-count(found, "name", "match", "when") == 0 && found["name"] != nil {
		p.problem(n, "does nothing: it has no key besides name, match and when")
	}
	if found["when"] != nil {
		for _, key := range []string{"multiline", "redact", "tenant", "index"} {
			if found[key] != nil {
				p.problem(found[key], "%s and when exclude each other: %s must not depend on what a log says", key, key)
			}
		}
	}
	if found["stream"] != nil || r.match.stream != 0 {
		for _, key := range []string{"tenant", "index"} {
			if found[key] != nil {
				p.problem(found[key], "%s and match: {stream: …} exclude each other: both streams of a container have one %s", key, key)
			}
		}
	}
	return r
}

func count(found map[string]*yaml.Node, keys ...string) (n int) {
	for _, key := range keys {
		if found[key] != nil {
			n++
		}
	}
	return n
}

// ruleMembers returns the keys of a rule, in the order of the documentation.
func (p *parser) ruleMembers(r *rule) []member {
	route := func(to *string, option string) func(*yaml.Node) {
		return func(n *yaml.Node) {
			*to = p.text(n, option)
			if *to == "" || p.config.Route == nil {
				return
			}
			if problem := p.routeProblem(option, *to); problem != "" {
				p.problem(n, "%s %q %s", option, *to, problem)
			}
		}
	}
	return []member{
		{"name", func(n *yaml.Node) { r.name = p.name(n) }},
		{"match", func(n *yaml.Node) { r.match = p.match(n) }},
		{"when", func(n *yaml.Node) { r.when = p.condition(n, "when") }},
		{"multiline", func(n *yaml.Node) { r.multiline = p.multiline(n) }},
		{"redact", func(n *yaml.Node) { r.redact = p.redactions(n) }},
		{"preset", func(n *yaml.Node) { r.preset = p.preset(n) }},
		{"fields", func(n *yaml.Node) { r.fields = p.fieldsAction(n) }},
		{"severity", func(n *yaml.Node) { r.severity = p.severityAction(n) }},
		{"time", func(n *yaml.Node) { r.time = p.timeAction(n) }},
		{"drop", func(n *yaml.Node) { r.drop = p.conditionOrAll(n, "drop") }},
		{"keep", func(n *yaml.Node) { r.keep = p.condition(n, "keep") }},
		{"sample", func(n *yaml.Node) { r.sample = p.sampling(n) }},
		{"set", func(n *yaml.Node) { r.set = p.set(n) }},
		{"remove", func(n *yaml.Node) { r.remove = p.paths(n, "remove") }},
		{"text", func(n *yaml.Node) { r.text = p.paths(n, "text") }},
		{"tenant", route(&r.tenant, "tenant")},
		{"index", route(&r.index, "index")},
	}
}

// name reads the name of a rule, which is the value of a label in metrics.
func (p *parser) name(n *yaml.Node) string {
	name := p.text(n, "name")
	if len(name) > 63 || strings.ContainsFunc(name, func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && !strings.ContainsRune("-_./", c)
	}) {
		p.problem(n, "name is %q; allowed: 63 letters, digits, -, _, . and / at most", name)
	}
	if !p.steering && strings.HasPrefix(name, annotationRules) {
		p.problem(n, "name is %q; %s begins the names of rules of annotations", name, annotationRules)
	}
	return name
}
