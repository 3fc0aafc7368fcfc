package command

import (
	"fmt"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"
)

// readYAML reads the format in YAML (src/config_format/flb_cf_yaml.c). It walks
// the tree itself: keys may stand twice, and aliases are not followed.
func (r *reader) readYAML(path string, text []byte) error {
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil {
		line := 1
		message := strings.TrimPrefix(err.Error(), "yaml: ")
		if _, e := fmt.Sscanf(message, "line %d:", &line); e == nil {
			_, message, _ = strings.Cut(message, ": ")
		}
		return &problem{path, line, "is no valid YAML: " + message}
	}
	if len(document.Content) == 0 {
		return nil
	}
	root := document.Content[0]
	if root.Kind != yaml.MappingNode {
		return &problem{path, root.Line, "is no configuration: there is no mapping at the top"}
	}
	for key, value := range entries(root) {
		switch strings.ToLower(key.Value) {
		case "env":
			if err := r.yamlEnv(path, value); err != nil {
				return err
			}
		case "includes":
			for _, name := range value.Content {
				if err := r.include(path, name.Line, name.Value); err != nil {
					return err
				}
			}
		case "service":
			r.yamlSection("service", path, value)
		case "pipeline":
			for kind, plugins := range entries(value) {
				for _, plugin := range plugins.Content {
					if name := strings.TrimSuffix(strings.ToLower(kind.Value), "s"); kinds[name] != "" {
						r.yamlSection(name, path, plugin)
					}
				}
			}
		}
	}
	return nil
}

// entries yields the keys and values of a mapping; nothing for other nodes.
func entries(node *yaml.Node) func(yield func(key, value *yaml.Node) bool) {
	return func(yield func(key, value *yaml.Node) bool) {
		if node.Kind != yaml.MappingNode {
			return
		}
		for i := 0; i+1 < len(node.Content); i += 2 {
			if !yield(node.Content[i], node.Content[i+1]) {
				return
			}
		}
	}
}

// yamlEnv reads variables: a mapping, or a list of name, and value or uri.
func (r *reader) yamlEnv(path string, node *yaml.Node) error {
	add := func(name, value string, line int) error {
		if err := r.env.add(name, value); err != nil {
			return &problem{path, line, err.Error()}
		}
		return nil
	}
	for key, value := range entries(node) {
		if err := add(key.Value, value.Value, key.Line); err != nil {
			return err
		}
	}
	if node.Kind != yaml.SequenceNode {
		return nil
	}
	for _, entry := range node.Content {
		var name, value string
		for key, node := range entries(entry) {
			switch key.Value {
			case "name":
				name = node.Value
			case "value", "uri":
				value = node.Value
			}
		}
		if err := add(name, value, entry.Line); err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) yamlSection(kind, path string, node *yaml.Node) {
	if node.Kind != yaml.MappingNode {
		return
	}
	s := section{kind: kind, file: path, line: node.Line, env: r.env}
	for key, value := range entries(node) {
		p := pair{key: snakeCase(key.Value), line: key.Line}
		switch value.Kind {
		case yaml.ScalarNode:
			p.values = []string{strings.TrimSpace(value.Value)}
		case yaml.SequenceNode:
			p.shape = list
			for _, element := range value.Content {
				if element.Kind != yaml.ScalarNode {
					p.shape = mapping // which Fluent Bit refuses as well
				}
				p.values = append(p.values, strings.TrimSpace(element.Value))
			}
		default:
			p.shape = mapping
		}
		switch p.key {
		case "processors":
			s.processors = processorsOf(value)
		case "routes", "telemetry": // of Fluent Bit's own
		default:
			s.pairs = append(s.pairs, p)
		}
	}
	r.sections = append(r.sections, s)
}

func processorsOf(node *yaml.Node) (all []processor) {
	for _, kind := range entries(node) { // logs, metrics, traces
		for _, one := range kind.Content {
			for key, value := range entries(one) {
				if strings.EqualFold(key.Value, "name") {
					all = append(all, processor{strings.ToLower(value.Value), one.Line})
				}
			}
		}
	}
	return all
}

// snakeCase translates a key as Fluent Bit does: retryLimit is retry_limit.
func snakeCase(key string) string {
	if key == "" || !unicode.IsLower(rune(key[0])) || strings.Contains(key, "_") {
		return strings.ToLower(key)
	}
	var b strings.Builder
	for _, c := range key {
		if unicode.IsUpper(c) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(c))
	}
	return b.String()
}
