package options

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/k8slog/k8slog/filters"
)

// Template is a text with places for what is known of a record's source and
// time, as in logs-{namespace|component|other}-{%Y.%m.%d}. In braces stand
// fields, of which the first that is known counts; the last may be any other
// word, which stands for itself. A date has the forms of strftime, in UTC.
//
// What a text says can never get into it: only who wrote the record, and when.
type Template struct {
	text  string
	parts []templatePart
}

// templatePart is a text that stands as it is, or a date, or fields.
type templatePart struct {
	literal string
	date    string
	fields  []string
	other   string
}

// TemplateFields are what can stand in braces.
var TemplateFields = []string{"cluster", "node", "namespace", "workload", "pod", "container", "component"}

// parseTemplate reads a template, and says what is wrong with it.
func parseTemplate(text string) (t Template, problem string) {
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
		case slices.Contains(TemplateFields, word):
			p.fields = append(p.fields, word)
		case i > 0 && i == len(words)-1 && word != "":
			p.other = word
		default:
			return p, "has the unknown field " + strconv.Quote(word)
		}
	}
	return p, ""
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

// Text makes the text for a record of that source and time (in nanoseconds
// since 1970). clean makes what is known of the source fit for the place where
// the text will stand; nil leaves it as it is.
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
				if value = fieldOf(s, field); value != "" {
					break
				}
			}
			if value == "" {
				value = p.other
			} else if clean != nil {
				value = clean(value)
			}
			text += value
		}
	}
	return text
}

func fieldOf(s *filters.Source, field string) string {
	switch field {
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
