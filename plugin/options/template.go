package options

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/k8slog/k8slog/filters"
)

// Template is a text with places for the source and the time of a record, as in
// logs-{namespace|component|other}-{%Y.%m.%d}. Braces hold fields, and the first
// field that is known counts. The last word in braces may be any other word,
// which stands for itself. A date has the forms of strftime, in UTC.
//
// The text of a log never gets into the result: only the source and the time do.
// Names of pods and of others never meet in the result: see mark.
type Template struct {
	text   string
	parts  []templatePart
	marked bool // a field has a mark
}

// templatePart is a text that stands as it is, or a date, or fields.
type templatePart struct {
	literal string
	date    string
	fields  []templateField
	other   string
}

// templateField is a field in braces, and what precedes its value; empty for
// nothing.
type templateField struct{ name, mark string }

// TemplateFields are the fields that can stand in braces.
var TemplateFields = []string{
	"cluster", "node", "namespace", "workload", "pod", "container", "component", "cluster_name", "node_name", "component_name",
}

// TemplateRange describes the templates without a date.
var TemplateRange = "text with {field|field|word} in it, fields being " + strings.Join(TemplateFields, ", ") + LabelFields

// LabelFields describes the fields that are labels.
const LabelFields = ", and with metadata api the labels label:key, namespace_label:key and node_label:key"

// ParseTemplate reads a template. problem is what is wrong with it, and "" for a
// valid one.
func ParseTemplate(text string) (t Template, problem string) {
	t.text = text
	for rest := text; rest != ""; {
		before, behind, found := strings.Cut(rest, "{")
		if strings.Contains(before, "}") {
			return t, "has a } without {"
		}
		if before != "" {
			t.parts = append(t.parts, templatePart{literal: before})
		}
		if !found {
			break
		}
		inside, after, closed := strings.Cut(behind, "}")
		if !closed {
			return t, "has a { without }"
		}
		p, problem := parsePlace(inside)
		if problem != "" {
			return t, problem
		}
		t.parts = append(t.parts, p)
		rest = after
	}
	t.mark()
	return t, ""
}

func parsePlace(inside string) (p templatePart, problem string) {
	if strings.HasPrefix(inside, "%") {
		if strings.Contains(appendDate("", inside, time.Unix(0, 0)), "%") {
			return p, "has a date that is not made of %Y, %m, %d, %H, %G and %V"
		}
		return templatePart{date: inside}, ""
	}
	words := strings.Split(inside, "|")
	for i, word := range words {
		switch word = strings.TrimSpace(word); {
		case slices.Contains(TemplateFields, word), filters.IsLabelField(word):
			p.fields = append(p.fields, templateField{name: word})
		case i > 0 && i == len(words)-1 && word != "":
			p.other = word
		default:
			return p, "has the unknown field " + strconv.Quote(word)
		}
	}
	return p, ""
}

// String returns the template as it was written.
func (t Template) String() string { return t.text }

// Or returns the template of a text that is one; t for an empty text.
func (t Template) Or(text string) Template {
	if text == "" {
		return t
	}
	other, _ := ParseTemplate(text)
	return other
}

// IsZero says whether there is no template.
func (t Template) IsZero() bool { return t.text == "" }

// Constant says whether the text is the same for all sources.
func (t Template) Constant() bool {
	return !slices.ContainsFunc(t.parts, func(p templatePart) bool { return p.fields != nil })
}

// Timed says whether the time of a record matters.
func (t Template) Timed() bool {
	return slices.ContainsFunc(t.parts, func(p templatePart) bool { return p.date != "" })
}

// Text returns the text for a record of that source and time (in nanoseconds
// since 1970). clean makes a field of the source fit for the place of the text;
// nil leaves it as it is.
func (t Template) Text(s *filters.Source, ns int64, clean func(string) string) string {
	text := ""
	for _, p := range t.parts {
		switch {
		case p.date != "":
			text = appendDate(text, p.date, time.Unix(0, ns).UTC())
		case p.fields == nil:
			text += p.literal
		default:
			value := ""
			for _, field := range p.fields {
				if value = fieldOf(s, field.name); value != "" {
					value = t.markedValue(field, value, clean)
					break
				}
			}
			text += cmp.Or(value, p.other)
		}
	}
	return text
}

func fieldOf(s *filters.Source, field string) string {
	if filters.IsLabelField(field) {
		return s.LabelField(field)
	}
	switch strings.TrimSuffix(field, bareSuffix) {
	case "cluster":
		return s.Cluster
	case "node":
		return s.Node
	case "namespace":
		return s.Namespace
	case "workload":
		return s.Workload()
	case "pod":
		return s.Pod
	case "container":
		return s.Container
	}
	return s.Component
}

// appendDate appends a date; %G and %V are the year and the week of ISO 8601.
func appendDate(text, format string, t time.Time) string {
	year, week := t.ISOWeek()
	return text + strings.NewReplacer(
		"%Y", t.Format("2006"), "%m", t.Format("01"), "%d", t.Format("02"), "%H", t.Format("15"),
		"%G", fmt.Sprintf("%04d", year), "%V", fmt.Sprintf("%02d", week),
	).Replace(format)
}
