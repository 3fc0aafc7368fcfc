package loki

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/internal/msgpack"
)

// metadataOf encodes a record and returns its structured metadata, as Loki
// counts it. It fails when a name comes twice, or Loki would refuse the entry.
func metadataOf(t testing.TB, b *Backend, r *filters.Record) map[string]string {
	t.Helper()
	e := b.NewEncoder()
	e.Append(r)
	m, size := map[string]string{}, 0
	pairs := decode(t, e.Frame())[0].Entries[0].StructuredMetadata
	for _, l := range pairs {
		if _, twice := m[l.Name]; twice {
			t.Errorf("%s comes twice", l.Name)
		}
		m[l.Name] = l.Value
		size += len(l.Name) + len(l.Value)
	}
	if len(pairs) > 128 || size > 64<<10 {
		t.Errorf("%d entries, %d bytes", len(pairs), size)
	}
	return m
}

func TestNamesThatBecomeTheSame(t *testing.T) {
	b := newBackend(t, "")
	m := metadataOf(t, b, &filters.Record{Source: pod(b, "p"), Log: filters.PlainText([]byte("x")), Fields: []filters.Field{
		field("a.b", "1"), field("a_b", "2"), field("a-b", "3"), field("c", "4"), field("pod", "5"), field("field_pod", "6"), field("pod", "7"),
		field("other_fields", "8"), field("fields_dropped", "9"), field("workload", "10"),
	}})
	for name, want := range map[string]string{
		"a_b": "1", "c": "4", "field_pod": "5", "pod": "", "other_fields": `{"a_b":"2","a-b":"3","field_pod":"6","pod":"7"}`,
		"field_other_fields": "8", "fields_dropped": "", "field_fields_dropped": "9", "field_workload": "10",
	} {
		if name == "other_fields" {
			var got map[string]string
			if err := json.Unmarshal([]byte(m[name]), &got); err != nil || got["a_b"] != "2" || got["a-b"] != "3" {
				t.Errorf("%s: %v, %v", m[name], got, err)
			}
		} else if name != "pod" && m[name] != want {
			t.Errorf("%s is %q, want %q", name, m[name], want)
		}
	}
}

func TestMetadataIsBounded(t *testing.T) {
	b := newBackend(t, "cluster")
	all := filters.Record{
		Source: pod(b, "p"), Log: filters.PlainText([]byte("x")), Stream: filters.Stderr, Severity: filters.Warn, Flags: filters.Partial | filters.Undecoded | filters.Late,
	}
	with := func(n, size int) map[string]string {
		r := all
		for i := range n {
			value := strings.Repeat("v", size)
			long := append([]byte{0xdb, 0, byte(size >> 16), byte(size >> 8), byte(size)}, value...)
			r.Fields = append(r.Fields, filters.Field{Key: fmt.Appendf(nil, "f%d", i), Value: long})
		}
		return metadataOf(t, b, &r)
	}
	if m := with(100, 10); m["f99"] == "" || m["other_fields"] != "" || m["partial"] != "true" {
		t.Errorf("100 fields: %v", m)
	}
	m := with(400, 10)
	var rest map[string]string
	if err := json.Unmarshal([]byte(m["other_fields"]), &rest); err != nil || len(rest) < 250 || rest["f399"] == "" || m["fields_dropped"] != "" {
		t.Errorf("400 fields: %v, %v", err, m)
	}
	if m := with(3000, 10); m["fields_dropped"] != "true" || m["f0"] == "" {
		t.Errorf("3000 fields: %v", m["fields_dropped"])
	}
	if m := with(40, 4000); m["fields_dropped"] != "true" || m["f0"] == "" {
		t.Error("160 KB")
	}
	if m := with(1, 1<<20); m["fields_dropped"] != "true" || m["partial"] != "true" {
		t.Error("one huge field")
	}
}

func FuzzMetadata(f *testing.F) {
	f.Add([]byte("a.b"), []byte("a_b"), []byte("v"), 3, 10)
	f.Add([]byte("\xff"), []byte("__x"), []byte("\xff\xff"), 200, 3000)
	b := newBackend(f, "pod,stream")
	f.Fuzz(func(t *testing.T, one, two, value []byte, n, size int) {
		n, size = n&0xff, size&0xffff
		value = bytes.Repeat(value, 1+size/(1+len(value)))
		value = value[:min(len(value), 0xffff)]
		r := filters.Record{Source: pod(b, "p"), Log: filters.PlainText([]byte("x"))}
		for i := range n {
			key := fmt.Appendf(bytes.Clone(one), "%d", i%150)
			if i%2 == 0 {
				key = two
			}
			v := append([]byte{0xda, byte(len(value) >> 8), byte(len(value))}, value...)
			r.Fields = append(r.Fields, filters.Field{Key: key, Value: msgpack.Value(v)})
		}
		metadataOf(t, b, &r)
	})
}

func TestWorkloadIsALabel(t *testing.T) {
	b := newBackend(t, "namespace,workload,app=$workload")
	e := b.NewEncoder()
	e.Append(&filters.Record{Source: pod(b, "blog-84bd9f6d5b-9f6kt"), Log: filters.PlainText([]byte("x"))})
	got := decode(t, e.Frame())[0]
	if got.Labels != `{app="blog", namespace="default", workload="blog"}` || !strings.Contains(fmt.Sprint(got.Entries[0].StructuredMetadata), "blog-84bd9f6d5b-9f6kt") {
		t.Errorf("%s %v", got.Labels, got.Entries)
	}
}

func TestLabelsAreBounded(t *testing.T) {
	b := newBackend(t, "component")
	e := b.NewEncoder()
	e.Append(&filters.Record{Source: source(b, filters.Source{Component: strings.Repeat("日\xff", 2000)}), Log: filters.PlainText([]byte("x"))})
	if got := decode(t, e.Frame())[0].Labels; len(got) > 2048 {
		t.Errorf("%d bytes", len(got))
	}
}

// The ID is the plugin's word.
func TestIDs(t *testing.T) {
	b := newBackendAt(t, "endpoint", "http://localhost", "id_key", "record_id")
	r := filters.Record{Source: pod(b, "p"), Log: filters.PlainText([]byte("x")), Fields: []filters.Field{field("record_id", "forged"), field("record.id", "forged")}}
	if m := metadataOf(t, b, &r); m["record_id"] != string(r.AppendID(nil)) || m["field_record_id"] != "forged" {
		t.Errorf("%v", m)
	}
}
