package loki

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/backend"
)

// lineOf encodes a record without structured metadata, and returns its line.
func lineOf(t testing.TB, b *Backend, r *filters.Record) string {
	t.Helper()
	e := b.NewEncoder()
	e.Append(r)
	entry := decode(t, e.Frame())[0].Entries[0]
	if len(entry.StructuredMetadata) > 0 || !json.Valid([]byte(entry.Line)) || len(entry.Line) > 256<<10 {
		t.Fatalf("%d bytes, %.500s, %v", len(entry.Line), entry.Line, entry.StructuredMetadata)
	}
	return entry.Line
}

func TestWithoutStructuredMetadata(t *testing.T) {
	b := newBackendAt(t, "endpoint", "http://h", "labels", "cluster,pod", "structured_metadata", "off", "id_key", "id")
	if got := b.TextLimit(); got != (backend.TextLimit{Bytes: maxLineText, Escaped: true}) {
		t.Errorf("%+v", got)
	}
	r := filters.Record{
		Source: pod(b, "p"), Log: filters.EscapedText([]byte(`a \"b\"`)), Stream: filters.Stderr, Severity: filters.Warn, Flags: filters.Partial,
		Fields: []filters.Field{field("pod", "forged"), field("log", "forged"), field("n.a", "1"), field("n_a", "2"), {Key: []byte("o"), JSON: []byte(`{"x":[1]}`)}},
	}
	id := string(r.AppendID(nil))
	const want = `{"log":"a \"b\"","node":"node-1","namespace":"default","container":"blog","container_id":"e3e2","pod_uid":"b576","restart_count":"3",` +
		`"stream":"stderr","severity":"warn","severity_number":13,"partial":true,"id":"ID","field_pod":"forged","field_log":"forged","n_a":"1","o":{"x":[1]},"fields_dropped":true}`
	if got := lineOf(t, b, &r); got != string(bytes.ReplaceAll([]byte(want), []byte("ID"), []byte(id))) {
		t.Error(got)
	}
	large := make([]byte, 300<<10)
	r.Fields = append(r.Fields, filters.Field{Key: []byte("large"), Text: filters.PlainText(large)})
	text := bytes.Repeat([]byte("x"), maxLineText)
	r.Log = filters.PlainText(text)
	lineOf(t, b, &r)
	empty := newBackendAt(t, "endpoint", "http://h", "labels", "pod", "structured_metadata", "off")
	if got := lineOf(t, empty, &filters.Record{Source: source(empty, filters.Source{Pod: "p"})}); got != "{}" {
		t.Error(got)
	}
	e := b.NewEncoder()
	fill := func() {
		e.Reset()
		e.Append(&r)
		e.Frame()
	}
	fill()
	if n := testing.AllocsPerRun(100, fill); n != 0 {
		t.Errorf("%v allocations a frame", n)
	}
}
