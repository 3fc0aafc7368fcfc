package ndjson

import (
	"testing"

	"github.com/k8slog/k8slog/filters"
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

// The ID is the plugin's word, whatever a record brings.
func TestIDs(t *testing.T) {
	r := filters.Record{Time: when, Source: nowhere, Log: filters.PlainText([]byte("x")), Fields: []filters.Field{
		field("record_id", text("forged")), field("Record_ID.x", text("forged")), field("record_idx", text("mine")),
	}}
	e := Encoder{IDKey: "record_id"}
	e.Append(&r)
	want := `{` + time + `,"log":"x","record_id":"` + string(r.AppendID(nil)) + `","field_record_id":"forged","field_Record_ID.x":"forged","record_idx":"mine"}` + "\n"
	if got := string(e.Frame()); got != want {
		t.Errorf("got  %swant %s", got, want)
	}
	if n := testing.AllocsPerRun(100, func() { e.Reset(); e.Append(&r) }); n != 0 {
		t.Errorf("%v allocations a record", n)
	}
}
