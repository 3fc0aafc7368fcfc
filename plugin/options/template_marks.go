package options

import (
	"fmt"
	"slices"
	"strings"

	"github.com/k8slog/k8slog/filters"
)

// This file keeps the names in a template apart. Who may create a namespace or a
// pod chooses its name, and must not get the tenant or the index of a component,
// of a node or of a cluster by it, nor the other way round.
//
// A mark is the name of the field with an underscore, as in component_kubelet.
// Names of Kubernetes have no underscore, and headers, tenants of Loki and Mimir,
// and indices of Elasticsearch and Splunk may have one.

// podFields are the fields whose values are names of Kubernetes.
var podFields = []string{"namespace", "workload", "pod", "container"}

// bareSuffix ends the names of the fields that never have a mark.
const bareSuffix = "_name"

// isPodField reports whether the value is a name of Kubernetes or a label, which may have an
// underscore.
func isPodField(f templateField) bool {
	return slices.Contains(podFields, f.name) || filters.IsLabelField(f.name)
}

func (p templatePart) namesPods() bool { return slices.ContainsFunc(p.fields, isPodField) }

// mark sets the marks: of a component in a template that also names pods,
// because a record has one of both, and of a node or a cluster in braces that also
// name pods, because it takes their place.
func (t *Template) mark() {
	pods := slices.ContainsFunc(t.parts, templatePart.namesPods)
	for _, p := range t.parts {
		for i := range p.fields {
			f := &p.fields[i]
			switch {
			case f.name == "component" && pods, (f.name == "node" || f.name == "cluster") && p.namesPods():
				f.mark = f.name + "_"
				t.marked = true
			}
		}
	}
}

// markedValue returns the value of a field as it gets into the text. clean is
// that of Text.
func (t Template) markedValue(f templateField, value string, clean func(string) string) string {
	if clean != nil {
		value = clean(value)
	}
	if t.marked && isPodField(f) && startsMarked(value) {
		// A name of Docker's may begin so, and where dots become underscores,
		// that of a pod.
		return strings.ReplaceAll(value, "_", "-")
	}
	return f.mark + value
}

// startsMarked reports whether a value begins like one with a mark, in any case:
// indices are in lower case.
func startsMarked(value string) bool {
	field, _, found := strings.Cut(value, "_")
	return found && slices.Contains([]string{"component", "node", "cluster"}, strings.ToLower(field))
}

// CheckTemplate adds what the user must know of a template: a note about marks,
// and, where the text decides who gets the records (a tenant, an index), a warning
// about what can be the name of a pod's namespace as well.
func (c *Config) CheckTemplate(option string, t Template, decides bool) {
	pods := slices.ContainsFunc(t.parts, templatePart.namesPods)
	said := map[string]bool{}
	for _, p := range t.parts {
		for _, f := range p.fields {
			field, bare := strings.CutSuffix(f.name, bareSuffix)
			switch {
			case said[f.name]:
			case filters.IsLabelField(f.name) && !c.Metadata.On():
				c.Warn(option, "option %s: %s in %s is not known without metadata api", option, f.name, t.text)
			case decides && strings.HasPrefix(f.name, "label:"):
				c.Warn(option, "option %s: whoever may create a pod sets its label, and so chooses what {%s} in %s comes to; namespace_label: is for the labels of the namespace", option, f.name, t.text)
			case f.mark != "":
				c.Note(option, "option %s writes a %s with %s before its name in %s, so that no namespace has the same name; %s is the name alone", option, f.name, f.mark, t.text, f.name+bareSuffix)
			case decides && bare && (p.namesPods() || pods && field == "component"):
				c.Warn(option, "option %s: %s in %s can be the name of a namespace as well, and the records of both are in one place then; write %s, which has %s_ before the name", option, f.name, t.text, field, field)
			}
			said[f.name] = true
		}
		if decides && p.namesPods() && isLabel(p.other) {
			c.Warn(option, "option %s: the word %s in %s can be the name of a namespace as well, and the records of both are in one place then; write a word with an underscore, as in %s_", option, p.other, t.text, p.other)
		}
	}
}

// Note adds what the user may want to know of a valid option.
func (c *Config) Note(option, format string, args ...any) {
	c.notes = append(c.notes, Notice{option, fmt.Sprintf(format, args...)})
}

// Notes returns what was noted of valid options.
func (c *Config) Notes() []Notice { return c.notes }

// isLabel reports whether a word can be the name of a namespace, in any case.
func isLabel(word string) bool {
	return word != "" && len(word) <= 63 && strings.Trim(word, "-") == word &&
		strings.Trim(strings.ToLower(word), "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}
