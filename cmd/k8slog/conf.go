package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"
)

// section is a part of a configuration: [SERVICE], [INPUT] or [OUTPUT] in the
// classic format, service or an entry of pipeline.inputs and pipeline.outputs
// in YAML. Source of both:
// https://docs.fluentbit.io/manual/administration/configuring-fluent-bit.
type section struct {
	kind  string // service, input or output
	where string // file and line, for errors
	pairs []pair
}

type pair struct {
	key, value string
	line       int
}

// get returns the value of a key; the first of several counts, as in Fluent
// Bit. The environment is put in.
func (s *section) get(key string) string {
	for _, p := range s.pairs {
		if strings.EqualFold(p.key, key) {
			return expand(p.value)
		}
	}
	return ""
}

// expand puts the environment in for ${NAME}; a variable that is not set is empty.
func expand(value string) string {
	for {
		begin := strings.Index(value, "${")
		if begin < 0 {
			return value
		}
		end := strings.IndexByte(value[begin:], '}')
		if end < 0 {
			return value
		}
		value = value[:begin] + os.Getenv(value[begin+2:begin+end]) + value[begin+end+1:]
	}
}

// outputs reads the k8slog outputs of a configuration and what it includes.
func outputs(path string) ([]section, error) {
	all, err := readConf(path, 0)
	if err != nil {
		return nil, err
	}
	return of(all, "output", "k8slog"), nil
}

// of returns the sections of a kind with that name.
func of(all []section, kind, name string) (some []section) {
	for _, s := range all {
		if s.kind == kind && strings.EqualFold(s.get("name"), name) {
			some = append(some, s)
		}
	}
	return some
}

// kinds are those that are read, by the name in the classic format.
var kinds = map[string]string{"[service]": "service", "[input]": "input", "[output]": "output"}

func readConf(path string, depth int) ([]section, error) {
	if depth > 10 {
		return nil, fmt.Errorf("%s: includes go too deep", path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("cannot read the configuration: %w", err)
	}
	if ext := filepath.Ext(path); ext == ".yaml" || ext == ".yml" {
		return readYAML(path, text, depth)
	}
	return readClassic(path, text, depth)
}

func readClassic(path string, text []byte, depth int) ([]section, error) {
	var all []section
	inside := false
	lines := bufio.NewScanner(bytes.NewReader(text))
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		switch {
		case line == "" || line[0] == '#':
		case line[0] == '[':
			var kind string
			if kind, inside = kinds[strings.ToLower(line)]; inside {
				all = append(all, section{kind: kind, where: fmt.Sprintf("%s:%d", path, n)})
			}
		case len(line) > 9 && strings.EqualFold(line[:9], "@INCLUDE "):
			more, err := include(path, strings.TrimSpace(line[9:]), depth)
			if err != nil {
				return nil, fmt.Errorf("%s:%d: %w", path, n, err)
			}
			all, inside = append(all, more...), false
		case inside:
			key, value, _ := strings.Cut(line, " ")
			s := &all[len(all)-1]
			s.pairs = append(s.pairs, pair{key, strings.TrimSpace(value), n})
		}
	}
	return all, lines.Err()
}

// include reads the files of a pattern, which is relative to the file that has it.
func include(from, pattern string, depth int) (all []section, err error) {
	pattern = expand(pattern)
	if !filepath.IsAbs(pattern) {
		pattern = filepath.Join(filepath.Dir(from), pattern)
	}
	names, err := filepath.Glob(pattern)
	if err != nil || len(names) == 0 {
		return nil, fmt.Errorf("cannot include %s: there is no such file", pattern)
	}
	for _, name := range names {
		more, err := readConf(name, depth+1)
		if err != nil {
			return nil, err
		}
		all = append(all, more...)
	}
	return all, nil
}

func readYAML(path string, text []byte, depth int) ([]section, error) {
	var conf struct {
		Includes []string  `yaml:"includes"`
		Service  yaml.Node `yaml:"service"`
		Pipeline struct {
			Inputs  []yaml.Node `yaml:"inputs"`
			Outputs []yaml.Node `yaml:"outputs"`
		} `yaml:"pipeline"`
	}
	if err := yaml.Unmarshal(text, &conf); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	var all []section
	add := func(kind string, node *yaml.Node) {
		if node.Kind != yaml.MappingNode {
			return
		}
		s := section{kind: kind, where: fmt.Sprintf("%s:%d", path, node.Line)}
		for i := 0; i+1 < len(node.Content); i += 2 {
			key, value := node.Content[i], node.Content[i+1]
			if value.Kind == yaml.SequenceNode && len(value.Content) > 0 {
				value = value.Content[0] // all that a plugin gets of a list
			}
			s.pairs = append(s.pairs, pair{key.Value, value.Value, key.Line})
		}
		all = append(all, s)
	}
	add("service", &conf.Service)
	for i := range conf.Pipeline.Inputs {
		add("input", &conf.Pipeline.Inputs[i])
	}
	for i := range conf.Pipeline.Outputs {
		add("output", &conf.Pipeline.Outputs[i])
	}
	for _, pattern := range conf.Includes {
		more, err := include(path, pattern, depth)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		all = append(all, more...)
	}
	return all, nil
}
