package options

import (
	"strings"

	"github.com/k8slog/k8slog/filters"
)

// maxIndexName is how many bytes the name of an index may have.
const maxIndexName = 255

// setIndex takes a template that makes the name of an index, also where nothing
// is known of a source. What it is filled with IndexName makes fit.
func setIndex(c *Config, value string) (problem string) {
	if c.Index, problem = parseTemplate(value); problem != "" {
		return problem
	}
	for _, sample := range []filters.Source{
		{Cluster: "x", Node: "x", Namespace: "x", Pod: "x", Container: "x", Component: "x"}, {},
	} {
		if text := c.Index.Text(&sample, 0, nil); IndexName(text) != text {
			return "makes names that no index can have"
		}
	}
	return ""
}

// IndexName makes the name of an index of a text: lower-case letters, digits,
// dots, - and _, not beginning with one of the last three, and not too long
// (https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-indices-create).
// The servers take a few characters more; what is left is safe in every tool.
func IndexName(text string) string {
	name := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '.', r == '-', r == '_':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return '_'
	}, text)
	name = strings.TrimLeft(name, ".-_")
	if name == "" {
		return "unnamed"
	}
	return name[:min(len(name), maxIndexName)]
}
