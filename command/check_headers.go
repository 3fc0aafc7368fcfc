package command

import (
	"regexp"
	"strings"

	"github.com/k8slog/k8slog/filters/rules"
)

// secretHeader matches the names of headers whose values are secrets.
var secretHeader = regexp.MustCompile(`(?i)auth|token|secret|passw|cred|cookie|(^|[-_])key$|api-?key`)

// shortestSecret is the length below which a value is taken for a placeholder.
const shortestSecret = 6

// secretHeaders returns the names of headers in the value of an option whose secrets stand in
// the value itself, and not in a variable.
func secretHeaders(value string) (names []string) {
	for header := range strings.SplitSeq(value, "|") {
		name, content, _ := strings.Cut(header, ":")
		if name = strings.TrimSpace(name); secretHeader.MatchString(name) && len(strings.TrimSpace(content)) >= shortestSecret && !strings.Contains(content, "${") {
			names = append(names, name)
		}
	}
	return names
}

// inlineNote returns what to do about a secret in an option.
func inlineNote(option, header string) string {
	instead := "header_files " + header + ": /path/of/it"
	if strings.EqualFold(header, "Authorization") {
		instead = "authorization_file"
	}
	return "option " + option + " has the secret of " + header + " in this file, for all who read the file: write it into a file of its own, and set " + instead
}

// areHeaders reports whether an option has headers with their values.
func areHeaders(option string) bool {
	o, known := schema()[option]
	return known && o.Type == "headers" && option != "header_files" && option != "record_headers"
}

// addInline adds notes about the secrets in an output's own options.
func (p *problems) addInline(s *section) {
	for i := range s.pairs {
		option := strings.ToLower(s.pairs[i].key)
		if !areHeaders(option) {
			continue
		}
		for _, name := range secretHeaders(s.pairs[i].raw(option)) {
			p.add(s, s.pairs[i].line, "note: %s", inlineNote(option, name))
		}
	}
}

// addInlineOf is addInline for the destinations of a rules file, where nothing is expanded.
func (p *problems) addInlineOf(set *rules.Set) {
	for _, d := range set.Destinations() {
		for _, one := range d.Settings {
			if !areHeaders(one.Name) {
				continue
			}
			for _, name := range secretHeaders(one.Value) {
				p.addRules(rules.Problems{d.Problem(set.File(), one.Name, inlineNote(one.Name, name))}, "note: ")
			}
		}
	}
}
