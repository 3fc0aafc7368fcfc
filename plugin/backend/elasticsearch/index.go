package elasticsearch

import (
	"strings"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/options"
)

// maxIndexName is the greatest length of the name of an index, in bytes.
const maxIndexName = 255

// setIndex takes a template whose text is the name of an index, also for a
// source of which nothing is known. indexName makes the values in it fit.
func (c *Config) setIndex(value string) (problem string) {
	if c.Index, problem = options.ParseTemplate(value); problem != "" {
		return problem
	}
	for _, sample := range []filters.Source{
		{Cluster: "x", Node: "x", Namespace: "x", Pod: "x", Container: "x", Component: "x"}, {},
	} {
		if text := c.Index.Text(&sample, 0, nil); indexName(text) != text {
			return "makes names that no index can have"
		}
	}
	return ""
}

// indexName makes the name of an index of a text: lower-case letters, digits,
// dots, - and _, not beginning with one of the last three, and not too long
// (https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-indices-create).
// The servers take a few characters more; these are safe in every tool.
func indexName(text string) string {
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
