package rules

import (
	"cmp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/k8slog/k8slog/filters"
)

// This file makes rules of the annotations of pods and their namespaces. Such a rule is for
// the one container that its annotation is of, and can do nothing that a rule of the operator
// could not do for that container. The operator's rules come behind it, so that theirs count
// where both set the same.

// steering is what annotations may decide.
type steering struct {
	config  Config
	actions []*steered
	warnf   func(format string, args ...any)
}

// steered is one of the things that annotations may decide.
type steered struct {
	name   string // as in the annotation
	counts counters
}

// The prefixes of the annotations. Those of Fluent Bit are exclude and parser.
const (
	ownPrefix       = "k8slog.io/"
	fluentBitPrefix = "fluentbit.io/"
)

// annotationRules begins the names of rules that are made of annotations.
const annotationRules = "annotation/"

// steerOrder is the order of the rules of a source: that of the keys in a rule, and what is
// dropped before everything else.
var steerOrder = []string{"exclude", "multiline", "parser", "severity", "sample", "tenant"}

// Steered returns the rules of s, which may be nil, and those that annotations make, as far as
// actions has them. warnf is told of annotations that are not valid.
func (s *Set) Steered(actions []string, c Config, warnf func(format string, args ...any)) *Set {
	all := new(Set)
	if s != nil {
		*all = *s
	}
	if len(actions) == 0 {
		return s
	}
	c.NoFiles = true
	all.steering = &steering{config: c, warnf: warnf}
	for _, name := range steerOrder {
		if slices.Contains(actions, name) {
			all.steering.actions = append(all.steering.actions, &steered{name: name})
		}
	}
	return all
}

// rules returns the rules of a source.
func (s *steering) rules(source *filters.Source) (all []*rule) {
	if s == nil || source.Metadata == nil || !source.Metadata.Known {
		return nil
	}
	for _, a := range s.actions {
		out, err := a.find(source, filters.Stdout), a.find(source, filters.Stderr)
		switch {
		case out == err:
			all = append(all, s.rule(source, a, out, filters.NoStream)...)
		case a.name == "tenant": // both streams of a container have one
			all = append(all, s.rule(source, a, cmp.Or(out, err), filters.NoStream)...)
		default:
			all = append(all, s.rule(source, a, out, filters.Stdout)...)
			all = append(all, s.rule(source, a, err, filters.Stderr)...)
		}
	}
	return all
}

// find returns the value of the annotation that counts for a stream of a container; empty for
// none. One of the pod comes before one of the namespace, and one that names the container
// before one that does not.
func (a *steered) find(source *filters.Source, stream filters.Stream) string {
	for _, tags := range []filters.Pairs{source.Metadata.Pod.Annotations, source.Metadata.Namespace.Annotations} {
		for _, container := range []string{source.Container, ""} {
			if value := a.value(tags, container, stream); value != "" {
				return value
			}
		}
	}
	return ""
}

// value returns the value of an annotation; empty for none. container is empty for the
// annotation of all containers.
func (a *steered) value(tags filters.Pairs, container string, stream filters.Stream) string {
	own, fluentBit := ownPrefix+a.name, ""
	if container != "" {
		own += "." + container
		fluentBit = "-" + container
	}
	if value, ok := tags.Get(own); ok {
		value = strings.TrimSpace(value)
		if one, isStream := filters.ParseStream([]byte(value)); a.name == "exclude" && isStream {
			return map[bool]string{true: "true", false: "false"}[one == stream]
		}
		return value
	}
	if a.name != "exclude" && a.name != "parser" {
		return ""
	}
	for _, which := range []string{"_" + stream.String(), ""} {
		if value, ok := tags.Get(fluentBitPrefix + a.name + which + fluentBit); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// rule returns the rule that a value makes, for a stream or, with NoStream, for both; none for a
// value that makes none.
func (s *steering) rule(source *filters.Source, a *steered, value string, stream filters.Stream) []*rule {
	if value == "" || a.name == "exclude" && value == "false" {
		return nil
	}
	p := &parser{config: s.config, file: "annotation " + a.name}
	key, node := a.node(p, value)
	if node == nil || len(p.problems) > 0 {
		s.warn(source, a, p.problems)
		return nil
	}
	match := &yaml.Node{Kind: yaml.MappingNode}
	if stream != filters.NoStream {
		match.Content = []*yaml.Node{text("stream"), text(stream.String())}
	}
	p.steering = true
	r := p.readRule(&yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{
		text("name"), text(annotationRules + a.name), text("match"), match, text(key), node,
	}}, 0)
	if len(p.problems) > 0 {
		s.warn(source, a, p.problems)
		return nil
	}
	r.counts = &a.counts
	return []*rule{r}
}

func (s *steering) warn(source *filters.Source, a *steered, problems Problems) {
	what := "it is not valid"
	if len(problems) > 0 {
		what = problems[0].Text
	}
	s.warnf("annotation %s of pod %s/%s is left out: %s", a.name, source.Namespace, source.Pod, what)
}

func text(value string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: value}
}

// presetNames are the presets for names that Fluent Bit's parsers have.
var presetNames = map[string]string{
	"nginx": "nginx-access", "apache": "apache-access", "apache2": "apache-access", "k8s-nginx-ingress": "ingress-nginx-access",
	"envoy": "envoy-access", "istio-envoy-proxy": "istio-access", "mysql_error": "mysql", "mysql_slow": "mysql",
}

// node returns the key of a rule, and the value that it gets. It adds what is wrong to the
// problems of p.
func (a *steered) node(p *parser, value string) (key string, n *yaml.Node) {
	switch a.name {
	case "exclude":
		if value != "true" {
			p.problem(text(""), "%q; allowed: true, false, and with %sexclude also stdout and stderr", value, ownPrefix)
		}
		return "drop", text("true")
	case "parser":
		return "preset", text(cmp.Or(presetNames[value], value))
	case "tenant":
		if strings.Trim(value, tenantCharacters) != "" || len(value) > maxTenant || isMarked(value) {
			p.problem(text(""), "%q; allowed: letters, digits, -, _ and ., and none that begins like that of a component or a node", value)
		}
		return "tenant", text(value)
	}
	n = valueNode(value)
	if n == nil {
		p.problem(text(""), "it is not YAML, or has aliases")
		return a.name, nil
	}
	if a.name == "multiline" {
		if n.Kind == yaml.ScalarNode {
			// The whole value is the pattern, whatever YAML would make of it.
			n = &yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{text("start"), text(value)}}
		}
		for i := 0; i+1 < len(n.Content); i += 2 {
			if k := n.Content[i].Value; !slices.Contains([]string{"start", "continue", "unfinished", "end"}, k) {
				p.problem(n, "unknown key %q; allowed: start, continue, unfinished, end", k)
			}
		}
	}
	return a.name, n
}

const (
	tenantCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."
	maxTenant        = 63
)

// isMarked reports whether a tenant begins like that of a component, a node or a cluster in a
// template.
func isMarked(value string) bool {
	before, _, found := strings.Cut(strings.ToLower(value), "_")
	return found && slices.Contains([]string{"component", "node", "cluster"}, before)
}

// valueNode reads a value as YAML; nil for one that is none, or has aliases. A text that is no
// YAML is itself.
func valueNode(value string) *yaml.Node {
	var document yaml.Node
	if yaml.Unmarshal([]byte(value), &document) != nil || len(document.Content) != 1 || document.Content[0].Kind == yaml.ScalarNode {
		return text(value)
	}
	if hasAlias(&document) {
		return nil
	}
	return document.Content[0]
}

func hasAlias(n *yaml.Node) bool {
	return n.Kind == yaml.AliasNode || slices.ContainsFunc(n.Content, hasAlias)
}

// each calls f for the counters of the annotations.
func (s *steering) each(f func(rule, action string, n int64)) {
	if s == nil {
		return
	}
	for _, a := range s.actions {
		action, ok := map[string]action{"exclude": dropped, "sample": sampledOut, "parser": unparsed, "severity": unparsed}[a.name]
		if ok {
			f(annotationRules+a.name, action.String(), a.counts[action].Load())
		}
	}
}
