package ndjson

import (
	"testing"

	"github.com/k8slog/k8slog/plugin/options"
)

// What a text says can never be configured to stand under one of these.
func TestOwnKeysAreNoMergeLogKeys(t *testing.T) {
	for _, key := range ownKeys {
		set := map[string]string{"backend": options.Stdout, "merge_log_key": string(key)}
		if _, err := options.Parse(func(name string) string { return set[name] }); err == nil {
			t.Errorf("merge_log_key %s was taken: add it to ownKeys in plugin/options/keys.go", key)
		}
	}
}
