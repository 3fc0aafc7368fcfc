package ndjson

import (
	"testing"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/options"
	"github.com/k8slog/k8slog/test/backendtest"
)

// idConfig is the options of a backend that writes lines.
type idConfig struct{ key string }

func (c *idConfig) Options() []options.Option { return []options.Option{IDKey(&c.key)} }
func (c *idConfig) FieldNames() []string      { return FieldNames }

// What a text says can never be configured to stand under one of these.
func TestOwnKeysAreNoMergeLogKeys(t *testing.T) {
	for _, key := range ownKeys {
		if _, _, err := backendtest.Parse[idConfig]("backend", "x", "merge_log_key", string(key)); err == nil {
			t.Errorf("merge_log_key %s was taken", key)
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
