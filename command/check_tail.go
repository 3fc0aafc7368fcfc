package command

import "strings"

// checkTailKeys adds where an output and the tail inputs before it disagree on
// the name of a field. key is path_key or offset_key, and want its value in the
// output.
func (p *problems) checkTailKeys(key, want string, s *section, all []section) {
	tails, agreed, said := 0, false, false
	for _, input := range of(all, "input", "tail") {
		r := routed(input, s, all)
		if r == never {
			continue
		}
		tails++
		got := input.get(key)
		if agreed = agreed || got == want; got == want || r == perhaps {
			continue
		}
		switch {
		case want == "":
			p.add(input, input.lineOf(key), "%s is %q in this input, and not set in the k8slog output (%s): add %s %s there", key, got, s.where(), key, got)
		case got != "":
			p.add(input, input.lineOf(key), "%s is %q in this input, and %q in the k8slog output (%s): write the same name in both", key, got, want, s.where())
		case key == "offset_key":
			p.add(input, input.line, "this input has no offset_key, and the k8slog output has %q (%s): add offset_key %s, or lines that are split between two chunks stay split", want, s.where(), want)
		case mixes(input):
			p.add(input, input.line, "this input has no path_key, and the k8slog output has %q (%s): add path_key %s, or nothing tells which file a record is from", want, s.where(), want)
		default:
			continue // the tag tells the file
		}
		said = true
	}
	if want != "" && tails > 0 && !agreed && !said {
		p.add(s, s.lineOf(key), "%s is %q, and no tail input of this output has it: add it there, or remove it here", key, want)
	}
}

// mixes says whether a tail input gives several files one tag.
func mixes(input *section) bool {
	tag, path := input.get("tag"), input.get("path")
	several := strings.ContainsAny(path, "*?[,")
	return several && !strings.Contains(tag, "*") && !placeholder.MatchString(tag)
}

// checkMultiline adds Fluent Bit's filter that joins lines, where it cannot tell
// files apart: it has one buffer for an input and a tag
// (plugins/filter_multiline/ml.c). The multiline.parser of tail has a buffer for
// each file (plugins/in_tail/tail_file.c) and is no problem.
func (p *problems) checkMultiline(s *section, all []section) {
	const change = "remove it, and set multiline in the k8slog output"
	for _, input := range of(all, "input", "tail") {
		if !mixes(input) || routed(input, s, all) != always {
			continue
		}
		for _, filter := range of(all, "filter", "multiline") {
			if routed(input, filter, all) == always {
				p.add(filter, filter.line, "the filter multiline mixes the lines of different files, because all files of an input (%s) have the tag %q: %s", input.where(), tagOf(input, all), change)
			}
		}
		for _, one := range append(input.processors, s.processors...) {
			if one.name == "multiline" {
				at := input
				for i := range s.processors {
					if one == s.processors[i] {
						at = s
					}
				}
				p.add(at, one.line, "the processor multiline mixes the lines of different files, because all files of an input (%s) have the tag %q: %s", input.where(), tagOf(input, all), change)
			}
		}
	}
}
