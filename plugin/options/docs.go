package options

import (
	"cmp"
	"fmt"
	"strings"
)

// Markdown returns docs/options.md.
func (s Schema) Markdown() string {
	var b strings.Builder
	b.WriteString(`# Options

<!-- Generated from the options that plugin/options and plugin/backend declare, by "make docs". Do not edit. -->

These are the options of an [OUTPUT] section with the name k8slog. Fluent Bit itself reads match, workers, retry_limit, storage.total_limit_size and a few others there. An invalid value stops Fluent Bit at start, with a line that says what is allowed. Fluent Bit does not notice a misspelt name; "k8slog check" does.

Sizes are bytes, with K, M, G for powers of 1000 or KiB, MiB, GiB for powers of 1024. Durations are written as in 250ms, 15s, 2m; a plain number is seconds.

| option | type | default | backends | meaning |
|---|---|---|---|---|
`)
	entries := s.Entries()
	for i := range entries {
		e := &entries[i]
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n",
			e.Name, e.Type, cell(e.defaultText()), cmp.Or(strings.Join(e.Backends, ", "), "all"), cell(e.meaning()))
	}
	b.WriteString("\nExamples:\n\n```\n")
	for i := range entries {
		fmt.Fprintf(&b, "%-18s %s\n", entries[i].Name, entries[i].Example)
	}
	b.WriteString("```\n")
	return b.String()
}

func (e *Entry) defaultText() string {
	if text := e.defaults.text(e.Default); text != "" {
		return text
	}
	if e.Required {
		return "none, must be set"
	}
	return "none"
}

func (e *Entry) meaning() string {
	text := e.Doc
	for _, n := range e.notes {
		text += " For " + and(n.backends) + ": " + n.text
	}
	if allowed := e.ranges.text(e.Range); allowed != "" {
		text += " Allowed: " + allowed + "."
	}
	if len(e.Aliases) > 0 {
		text += " Formerly " + strings.Join(e.Aliases, ", ") + "."
	}
	return text
}

// text returns the first variant, and the others with the names of their
// backends. common is the text of an option without variants.
func (v variants) text(common string) string {
	text := common
	for i, other := range v {
		if i > 0 {
			text += "; for " + and(other.backends) + " " + cmp.Or(other.text, "none")
		}
	}
	return text
}

// and joins words as a sentence does.
func and(words []string) string {
	last := len(words) - 1
	if last == 0 {
		return words[0]
	}
	return strings.Join(words[:last], ", ") + " and " + words[last]
}

// cell makes text fit for a cell of a table.
func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }
