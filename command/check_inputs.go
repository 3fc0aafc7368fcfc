package command

import (
	"path/filepath"
	"slices"
	"strings"
)

// checkMatch adds an output that gets nothing, because its Match fits the tag of no input. A
// part of a configuration may have no inputs.
func (p *problems) checkMatch(s *section, all []section) {
	inputs := of(all, "input", "")
	if len(inputs) == 0 || slices.ContainsFunc(inputs, func(input *section) bool { return routed(input, s, all) != never }) {
		return
	}
	var tags []string
	for _, input := range inputs {
		tags = append(tags, tagOf(input, all))
	}
	key, value := "match", s.get("match")
	if value == "" && s.get("match_regex") != "" {
		key, value = "match_regex", s.get("match_regex")
	}
	if value == "" {
		p.add(s, s.line, "this output has neither match nor match_regex, and gets no record: set match to * or to the tag of an input (%s)", strings.Join(tags, ", "))
		return
	}
	p.add(s, s.lineOf(key), "%s is %q, which fits no input, so the output gets no record: the tags are %s", key, value, strings.Join(tags, ", "))
}

// checkDatabases adds inputs that share a database: each deletes the positions of the other.
func (p *problems) checkDatabases(s *section, all []section) {
	first := map[string]*section{}
	for _, input := range of(all, "input", "") {
		db := input.get("db")
		if db == "" {
			continue
		}
		db = filepath.Clean(db)
		if other := first[db]; other == nil {
			first[db] = input
		} else if routed(input, s, all) != never || routed(other, s, all) != never {
			p.add(input, input.lineOf("db"), "db is %q, as that of another input (%s): at a start each of them deletes the positions of the other; write another", db, other.where())
		}
	}
}

// checkParsers adds what takes the envelope of the container runtime off in front of the
// plugin: then the length of the line in the file is unknown, so pieces of a line stay
// pieces, and the ledger of the disk does not know what was read.
func (p *problems) checkParsers(s *section, all []section) {
	for _, input := range of(all, "input", "tail") {
		if routed(input, s, all) != always {
			continue
		}
		for _, key := range []string{"parser", "multiline.parser"} {
			for name := range strings.SplitSeq(input.get(key), ",") {
				if name = strings.ToLower(strings.TrimSpace(name)); isRuntimeParser(name) {
					p.add(input, input.lineOf(key), "%s is %q: the plugin reads the lines of Docker and CRI itself, and needs them as they are in the file; remove it", key, input.get(key))
					break
				}
			}
		}
		if isOn(input.get("docker_mode")) {
			p.add(input, input.lineOf("docker_mode"), "docker_mode is on: the plugin puts the pieces of a line together itself; remove it")
		}
	}
}

// isRuntimeParser reports whether a parser is one of a container runtime, by its usual names
// (conf/parsers.conf of Fluent Bit, and those of its documentation).
func isRuntimeParser(name string) bool {
	for word := range strings.FieldsFuncSeq(name, func(c rune) bool { return c == '-' || c == '_' || c == '.' }) {
		if word == "docker" || word == "cri" || word == "containerd" || word == "crio" {
			return true
		}
	}
	return false
}

// checkStorage adds files of the plugin in Fluent Bit's own folder of chunks. Fluent Bit takes
// each folder there for a stream, and each file for a chunk.
func (p *problems) checkStorage(s *section, all []section) {
	storage, _ := service(all, "storage.path")
	if storage == "" {
		return
	}
	storage = realPath(storage)
	for _, key := range []string{"dead_letter_path", "park_path", "disk_ledger_path", "file_path"} {
		value := s.get(key)
		if value == "" {
			continue
		}
		if path := realPath(value); path == storage || strings.HasPrefix(path, strings.TrimSuffix(storage, "/")+"/") {
			p.add(s, s.lineOf(key), "option %s: %q is in storage.path of the service (%s), where Fluent Bit keeps its chunks: write a path outside", key, value, storage)
		}
	}
}
