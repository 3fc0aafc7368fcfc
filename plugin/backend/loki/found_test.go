package loki

import (
	"bytes"
	"testing"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/test/backendtest"
)

// What filters found in a text never makes an entry that Loki refuses.
func TestFoundFieldsAreBounded(t *testing.T) {
	b := newBackend(t, "cluster")
	large := bytes.Repeat([]byte("x"), maxFound)
	r := filters.Record{Source: pod(b, "p"), Log: filters.PlainText([]byte("x")), Fields: []filters.Field{
		{Key: []byte("caller"), Text: filters.PlainText([]byte("a.go:1")), Own: true},
		{Key: []byte("message"), Text: filters.PlainText(large), Own: true},
		{Key: []byte("log_processed"), JSON: []byte(`{"a":"b"}`), Own: true},
		{Key: []byte("attrs"), JSON: []byte(`{"c":"d"}`)},
	}}
	found := func() map[string]string {
		e := b.NewEncoder()
		e.Append(&r)
		m := map[string]string{}
		for _, l := range decode(t, e.Frame())[0].Entries[0].StructuredMetadata {
			m[l.Name] = l.Value
		}
		return m
	}
	if got := found(); got["caller"] != "a.go:1" || got["message"] != "" || got["log_processed"] != `{"a":"b"}` || got["attrs"] != `{"c":"d"}` {
		t.Errorf("%.200v", got)
	}
	r.Fields[1].Text = filters.PlainText(large[:1000])
	if got := found(); len(got["message"]) != 1000 || got["log_processed"] != `{"a":"b"}` {
		t.Errorf("%.200v", got)
	}
}

// What a text says can never be configured to stand under one of these.
func TestReservedNamesAreNoMergeLogKeys(t *testing.T) {
	for _, name := range []string{
		"cluster", "node", "namespace", "pod", "container", "component", "container_id", "container-id", "pod_uid",
		"restart_count", "stream", "severity", "severity_number", "partial", "undecoded", "metadata", "resource", "scope", "__a",
	} {
		if b := newBackend(t, ""); name != "container-id" && !b.reserved([]byte(name)) {
			t.Errorf("%s is not reserved", name)
		}
		if _, _, err := backendtest.Parse[Config]("backend", "loki", "endpoint", "http://localhost", "merge_log_key", name); err == nil {
			t.Errorf("merge_log_key %s was taken", name)
		}
	}
}
