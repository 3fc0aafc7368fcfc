package command

import (
	"strings"
)

// kinds are the sections that are read, by their names in the classic format.
var kinds = map[string]string{"service": "service", "input": "input", "filter": "filter", "output": "output"}

// readClassic reads the classic format (src/config_format/flb_cf_fluentbit.c).
// Commands and sections begin a line, and keys are indented.
func (r *reader) readClassic(path string, text []byte) error {
	current, group := -1, false // the section that keys belong to; its groups are not read
	n := 0
	for line := range strings.Lines(string(text)) {
		n++
		line = strings.TrimRight(line, "\r\n")
		trimmed := strings.TrimSpace(line)
		word, rest, _ := strings.Cut(trimmed, " ")
		rest = strings.TrimSpace(rest)
		switch {
		case trimmed == "" || trimmed[0] == '#':
		case line[0] == '[':
			name, _, closed := strings.Cut(line[1:], "]")
			if !closed {
				return &problem{path, n, "the name of the section has no ]"}
			}
			current, group = -1, false
			if kind := kinds[strings.ToLower(name)]; kind != "" {
				r.sections = append(r.sections, section{kind: kind, file: path, line: n, env: r.env})
				current = len(r.sections) - 1
			}
		case line[0] == '@' && strings.EqualFold(word, "@INCLUDE"):
			if err := r.include(path, n, rest); err != nil {
				return err
			}
		case line[0] == '@':
			name, value, found := strings.Cut(rest, "=")
			if strings.EqualFold(word, "@SET") && found {
				if err := r.env.add(name, value); err != nil {
					return &problem{path, n, err.Error()}
				}
			}
		case trimmed[0] == '[':
			group = true
		case current >= 0 && !group:
			s := &r.sections[current]
			s.pairs = append(s.pairs, pair{key: word, values: []string{rest}, line: n})
		}
	}
	return nil
}
