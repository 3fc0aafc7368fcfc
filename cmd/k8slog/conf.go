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

// section is one output of a configuration: [OUTPUT] in the classic format, an
// entry of pipeline.outputs in YAML. Source of both:
// https://docs.fluentbit.io/manual/administration/configuring-fluent-bit.
type section struct {
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
	var own []section
	for _, s := range all {
		if strings.EqualFold(s.get("name"), "k8slog") {
			own = append(own, s)
		}
	}
	return own, nil
}

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
	inOutput := false
	lines := bufio.NewScanner(bytes.NewReader(text))
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		switch {
		case line == "" || line[0] == '#':
		case line[0] == '[':
			if inOutput = strings.EqualFold(line, "[OUTPUT]"); inOutput {
				all = append(all, section{where: fmt.Sprintf("%s:%d", path, n)})
			}
		case len(line) > 9 && strings.EqualFold(line[:9], "@INCLUDE "):
			more, err := include(path, strings.TrimSpace(line[9:]), depth)
			if err != nil {
				return nil, fmt.Errorf("%s:%d: %w", path, n, err)
			}
			all, inOutput = append(all, more...), false
		case inOutput:
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
		Includes []string `yaml:"includes"`
		Pipeline struct {
			Outputs []yaml.Node `yaml:"outputs"`
		} `yaml:"pipeline"`
	}
	if err := yaml.Unmarshal(text, &conf); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	var all []section
	for _, node := range conf.Pipeline.Outputs {
		s := section{where: fmt.Sprintf("%s:%d", path, node.Line)}
		for i := 0; i+1 < len(node.Content); i += 2 {
			key, value := node.Content[i], node.Content[i+1]
			if value.Kind == yaml.SequenceNode && len(value.Content) > 0 {
				value = value.Content[0] // all that a plugin gets of a list
			}
			s.pairs = append(s.pairs, pair{key.Value, value.Value, key.Line})
		}
		all = append(all, s)
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
