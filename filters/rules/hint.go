package rules

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/k8slog/k8slog/internal/spelling"
)

// What a mistake in a rules file probably means.

// otherWords are words that people use for keys.
var otherWords = map[string]string{
	"level": "severity", "loglevel": "severity", "log": "text", "message": "text", "msg": "text", "line": "text", "regex": "pattern", "regexp": "pattern",
	"deployment": "workload", "app": "workload", "replace": "with", "replacement": "with", "mask": "with",
	"if": "when", "exclude": "drop", "include": "keep", "add": "set", "parse": "fields", "timestamp": "time",
}

// hintOfKey returns which of the keys is probably meant; empty if that is not known.
func hintOfKey(key string, keys []string) string {
	if word := otherWords[strings.ToLower(key)]; slices.Contains(keys, word) {
		return word
	}
	return spelling.Nearest(key, keys)
}

// hintOfYAML returns what is probably wrong in a line, about which the parser of YAML says
// something.
func hintOfYAML(message, line string) string {
	indent := line[:len(line)-len(strings.TrimLeft(line, " \t"))]
	switch {
	case strings.Contains(indent, "\t"):
		return "the line is indented with a tab; allowed: spaces"
	case strings.HasPrefix(message, "did not find expected key"), strings.HasPrefix(message, "did not find expected '-' ind"):
		return "in this line or below it, a key of an object, or a - of a list, does not begin in the column of the others"
	case strings.HasPrefix(message, "mapping values are not allowed"):
		return "a text with a colon needs single quotes, and all keys of an object begin in the same column"
	}
	return "texts with special characters need single quotes, as in '\\d+' and '!kube-*'"
}

// hintOfPattern returns what is probably meant with a regular expression that is none; empty
// if that is not known.
func hintOfPattern(expr string) string {
	switch {
	case strings.HasPrefix(expr, "*") || strings.HasPrefix(expr, "+"):
		return "; any text is .*, and a pattern matches anywhere without it"
	case strings.Contains(expr, "(?=") || strings.Contains(expr, "(?!") || strings.Contains(expr, "(?<=") || strings.Contains(expr, "(?<!"):
		return "; Go has no lookahead and no lookbehind: say it with {not: PATTERN}"
	}
	return ""
}

// hintOfText returns what is probably meant with keys and values where a text is expected.
func hintOfText(n *yaml.Node) string {
	if n.Kind == yaml.MappingNode && n.Style&yaml.FlowStyle != 0 {
		return "; a text with { at its beginning needs quotes, as in '{namespace}'"
	}
	return ""
}

// badName returns why no name of Kubernetes can match a glob; empty if one can.
func badName(glob string) string {
	switch {
	case strings.Contains(glob, ","):
		return "a list of names stands in brackets, as in [a, b]"
	case strings.ContainsAny(glob, "^$|+()\\") || strings.Contains(glob, ".*"):
		return "it is no regular expression: * stands for any text and ? for any character"
	case strings.ContainsAny(glob, "/ "):
		return "no name has a slash or a blank; the namespace has a key of its own"
	}
	return ""
}

// inQuotes returns a text in quotes, with its backslashes as they are.
func inQuotes(text string) string {
	if strings.Contains(text, "\\") && !strings.ContainsAny(text, "'\n") {
		return "'" + text + "'"
	}
	return fmt.Sprintf("%q", text)
}
