package kafka

import (
	"strings"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/options"
)

// maxTopic is the greatest length of the name of a topic
// (org.apache.kafka.common.internals.Topic).
const maxTopic = 249

// setTopic takes a template whose text is the name of a topic, also for a source of which
// nothing is known. topicName makes the values in it fit.
func (c *Config) setTopic(value string) (problem string) {
	if c.Topic, problem = options.ParseTemplate(value); problem != "" {
		return problem
	}
	for _, sample := range []filters.Source{
		{Cluster: "x", Node: "x", Namespace: "x", Pod: "x", Container: "x", Component: "x"}, {},
	} {
		if text := c.Topic.Text(&sample, 0, nil); topicName(text) != text {
			return "makes names that no topic can have"
		}
	}
	return ""
}

// topicName makes the name of a topic of a text: letters, digits, dots, - and _. Two
// underscores at the beginning are for the topics of Kafka itself, as in __consumer_offsets.
func topicName(text string) string {
	name := strings.Map(topicRune, text)
	name = name[:min(len(name), maxTopic)]
	for strings.HasPrefix(name, "__") {
		name = name[1:]
	}
	switch name {
	case "":
		return "unnamed"
	case ".", "..":
		return "_"
	}
	return name
}

func topicRune(r rune) rune {
	switch {
	case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '.', r == '-', r == '_':
		return r
	}
	return '_'
}
