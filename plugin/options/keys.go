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
	"workload", "other_fields", "fields_dropped",
	"program", "caller", "thread", "message", "attrs",
	"ecs", "event", "host", "k8slog", "orchestrator", "process", "service", "span", "trace", "data_stream",
	"_msg", "_time", "_stream", "_stream_id", "other_fields", "fields_cut",
}

func setMergeLogKey(c *Config, value string) string {
	c.MergeLogKey = value
	return checkKey(value, "_-", "_ and -")
}

func setIDKey(c *Config, value string) string {
	c.IDKey = value
	return checkKey(value, "_", "and _")
}

// checkKey says what is wrong with the name of a field that the plugin writes.
func checkKey(key, others, named string) string {
	letters := strings.IndexFunc(key, func(r rune) bool {
		return !strings.ContainsRune(others, r) && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	}) < 0
	name := strings.ToLower(metadataName(key))
	switch {
	case !letters:
		return "is not made of letters, digits, " + named
	case slices.Contains(ownKeys, name):
		return "is a name that the plugin writes itself"
	case strings.HasPrefix(name, "field_"), strings.HasPrefix(name, "__"):
		return "begins like names that are taken"
	}
	return ""
}

// checkKeys refuses a name for two things.
func (c *Config) checkKeys() error {
	merged := metadataName(c.MergeLogKey)
	// To Loki a name that a label has is another one's as structured metadata.
	for _, l := range c.Labels {
		if l.Name == merged {
			return &Error{"merge_log_key", c.MergeLogKey, "is one of labels; allowed: another name"}
		}
		if l.Name == c.IDKey {
			return &Error{"id_key", c.IDKey, "is one of labels; allowed: another name"}
		}
	}
	if strings.EqualFold(merged, c.IDKey) {
		return &Error{"id_key", c.IDKey, "is merge_log_key; allowed: another name"}
	}
	return nil
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
