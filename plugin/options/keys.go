package options

import (
	"slices"
	"strings"
)

// ownKeys are the names that the plugin itself writes, in any backend: what a
// text says must not stand under one of them.
var ownKeys = []string{
	"time", "log", "stream", "severity", "severity_number", "component", "kubernetes", "node", "cluster",
	"partial", "undecoded", "metadata", "resource", "scope",
	"namespace", "pod", "container", "container_id", "pod_uid", "restart_count",
	"program", "caller", "thread", "message", "attrs",
	"ecs", "event", "host", "k8slog", "orchestrator", "process", "service", "span", "trace", "data_stream",
	"_msg", "_time", "_stream", "_stream_id", "other_fields", "fields_cut",
}

func setMergeLogKey(c *Config, value string) string {
	letters := strings.IndexFunc(value, func(r rune) bool {
		return r != '_' && r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	}) < 0
	name := strings.ToLower(metadataName(value))
	switch {
	case !letters:
		return "is not made of letters, digits, _ and -"
	case slices.Contains(ownKeys, name):
		return "is a name that the plugin writes itself"
	case strings.HasPrefix(name, "field_"), strings.HasPrefix(name, "__"):
		return "begins like names that are taken"
	}
	c.MergeLogKey = value
	return ""
}

// metadataName is a key as Loki's structured metadata has it.
func metadataName(key string) string { return strings.ReplaceAll(key, "-", "_") }

func setTimeKeys(c *Config, value string) string {
	c.TimeKeys = nil
	for key := range strings.SplitSeq(value, ",") {
		if key = strings.TrimSpace(key); key == "" {
			return "has an empty name"
		}
		c.TimeKeys = append(c.TimeKeys, key)
	}
	if len(c.TimeKeys) > 16 {
		return "has more than 16 names"
	}
	return ""
}
