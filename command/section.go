package command

import (
	"fmt"
	"strings"
)

// section is a part of a configuration: [SERVICE], [INPUT], [FILTER] or
// [OUTPUT] in the classic format, service or an entry of a list below pipeline
// in YAML. The format is documented in
// https://docs.fluentbit.io/manual/administration/configuring-fluent-bit.
type section struct {
	kind  string // service, input, filter or output
	file  string
	line  int
	pairs []pair
	// processors are the plugins that YAML can have inside an input or output.
	processors []processor
	env        *environment
}

// shape is what stands in the place of a value.
type shape int

const (
	scalar shape = iota
	list
	mapping
)

type pair struct {
	key    string
	values []string // one, or the elements of a list
	shape  shape
	line   int
}

type processor struct {
	name string
	line int
}

func (s *section) where() string { return fmt.Sprintf("%s:%d", s.file, s.line) }

// find returns the pair of a key whose value counts; nil for none. For what
// Fluent Bit itself reads, the last of several counts, and for what a plugin
// reads the first.
func (s *section) find(key string) (found *pair) {
	for i := range s.pairs {
		if p := &s.pairs[i]; strings.EqualFold(p.key, key) {
			if found = p; !lastCounts(key) {
				break
			}
		}
	}
	return found
}

// get returns the value of a key with the environment put in; "" for none.
func (s *section) get(key string) string {
	p := s.find(key)
	if p == nil {
		return ""
	}
	return s.env.expand(p.raw(key))
}

// lineOf returns the line of a key, and that of the section where there is none.
func (s *section) lineOf(key string) int {
	for i := range s.pairs {
		if strings.EqualFold(s.pairs[i].key, key) {
			return s.pairs[i].line
		}
	}
	return s.line
}

// raw returns the value that counts, of a list as of keys that stand twice.
func (p *pair) raw(key string) string {
	if len(p.values) == 0 {
		return ""
	}
	if lastCounts(key) {
		return p.values[len(p.values)-1]
	}
	return p.values[0]
}

// of returns the sections of a kind with that name; all names when it is empty.
func of(all []section, kind, name string) (some []*section) {
	for i := range all {
		if s := &all[i]; s.kind == kind && (name == "" || strings.EqualFold(s.get("name"), name)) {
			some = append(some, s)
		}
	}
	return some
}

// service returns a setting of the service, and the section and line that have
// it; nil for none.
func service(all []section, key string) (value string, at *section) {
	for _, s := range of(all, "service", "") {
		for _, p := range s.pairs {
			if strings.EqualFold(p.key, key) && len(p.values) > 0 {
				value, at = s.env.expand(p.values[len(p.values)-1]), s
			}
		}
	}
	return value, at
}
