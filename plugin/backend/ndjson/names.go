package ndjson

import (
	"bytes"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/options"
)

// FieldNames are the keys of a line that the plugin itself writes.
var FieldNames = []string{
	"time", "log", "stream", "severity", "severity_number", "component", "kubernetes", "kubernetes_namespace", "node", "cluster",
	"partial", "undecoded", "late", "metadata", "resource", "scope",
}

// IDKey is the option id_key, for backends whose records have no field of their
// own for an ID.
func IDKey(to *string) options.Option {
	return options.Option{
		Name: "id_key", Type: "name", Example: "record_id", FieldName: true,
		Range: "letters, digits and _, and no name that the plugin writes itself (docs/sources.md)",
		Doc:   "The field that holds the record's ID: 32 characters, the same for the same record whenever it is sent again, by which a reader can tell repeats. Unset, it is absent.",
		Set:   options.FieldName("_", to),
	}
}

// FieldPrefix stands before the name of an incoming field that has one of
// FieldNames.
const FieldPrefix = filters.FieldPrefix

// Reserved reports whether only the plugin itself writes a key: in any case, and
// with anything behind a dot, because there are readers to whom
// kubernetes.pod_name is the pod_name of kubernetes, and Severity severity.
// Keys that have the prefix already get another, so that none comes twice.
func Reserved(key []byte) bool {
	if len(key) > len(FieldPrefix) && bytes.EqualFold(key[:len(FieldPrefix)], []byte(FieldPrefix)) {
		return true
	}
	key = beforeDot(key)
	for _, own := range ownKeys {
		if bytes.EqualFold(key, own) {
			return true
		}
	}
	return false
}

// ownKeys are FieldNames as bytes.
var ownKeys = func() (keys [][]byte) {
	for _, key := range FieldNames {
		keys = append(keys, []byte(key))
	}
	return keys
}()

// isKey reports whether a key passes for one of the plugin's, in the same way.
func isKey(key []byte, own string) bool {
	return bytes.EqualFold(beforeDot(key), []byte(own))
}

func beforeDot(key []byte) []byte {
	if dot := bytes.IndexByte(key, '.'); dot >= 0 {
		key = key[:dot]
	}
	return key
}
