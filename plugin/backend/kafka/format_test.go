package kafka

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	common "go.opentelemetry.io/proto/slim/otlp/common/v1"
	logs "go.opentelemetry.io/proto/slim/otlp/logs/v1"
	"google.golang.org/protobuf/proto"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/backend"
)

// value is a value of kafka_format otlp, as the Collector's receiver reads it. It must be
// written as the official types write it, with one record.
func value(t *testing.T, b []byte) (resource []*common.KeyValue, record *logs.LogRecord) {
	t.Helper()
	var data logs.LogsData
	if err := proto.Unmarshal(b, &data); err != nil {
		t.Fatalf("%v: % x", err, b)
	}
	if again, err := (proto.MarshalOptions{Deterministic: true}).Marshal(&data); err != nil || !bytes.Equal(again, b) {
		t.Fatalf("% x, the official types write % x", b, again)
	}
	if len(data.ResourceLogs) != 1 || len(data.ResourceLogs[0].ScopeLogs) != 1 || len(data.ResourceLogs[0].ScopeLogs[0].LogRecords) != 1 {
		t.Fatalf("not one record: %v", &data)
	}
	scope := data.ResourceLogs[0].ScopeLogs[0]
	if scope.Scope.GetName() != "k8slog" {
		t.Errorf("scope %v", scope.Scope)
	}
	return data.ResourceLogs[0].Resource.Attributes, scope.LogRecords[0]
}

// attribute is the text of an attribute; empty when there is none.
func attribute(all []*common.KeyValue, key string) string {
	for _, a := range all {
		if a.Key == key {
			return a.Value.GetStringValue()
		}
	}
	return ""
}

// With kafka_format otlp, each record is a message of its own with its resource.
func TestOTLP(t *testing.T) {
	c := cluster(t, kfake.SeedTopics(1, "k8slog"))
	b := newBackend(t, c, "kafka_format", "otlp", "message_key", "{namespace}")
	when := time.Now().Add(-time.Second)
	var sent []*filters.Record
	want := map[string]*filters.Record{}
	for _, namespace := range []string{"shop", "test", "shop"} {
		for _, text := range []string{"x", strings.Repeat("long ", 5000), "\xff"} {
			r := record(b, namespace, text)
			r.Time, r.Stream, r.Severity = when.UnixNano()+int64(len(sent)), filters.Stderr, filters.Error
			r.Position.Offset = int64(len(sent))
			r.Span = filters.SpanContext{TraceID: [16]byte{0: 1, 15: 2}, SpanID: [8]byte{7: 3}}
			sent = append(sent, r)
			want[string(r.AppendID(nil))] = r
		}
	}
	if err := send(t, b, sent...); err != nil {
		t.Fatal(err)
	}
	for _, r := range read(t, c.ListenAddrs(), len(sent), []string{"k8slog"}) {
		resource, l := value(t, r.Value)
		id := attribute(l.Attributes, "log.record.uid")
		w := want[id]
		if delete(want, id); w == nil {
			t.Fatalf("ID %q is unknown, or comes twice", id)
		}
		if attribute(resource, "k8s.namespace.name") != w.Source.Namespace || string(r.Key) != w.Source.Namespace || attribute(resource, "k8s.container.name") != "app" {
			t.Errorf("key %q, resource %v", r.Key, resource)
		}
		if text := strings.ToValidUTF8(string(w.Plain()), "\ufffd"); l.Body.GetStringValue() != text || l.TimeUnixNano != uint64(w.Time) || l.SeverityNumber != 17 ||
			attribute(l.Attributes, "log.iostream") != "stderr" || !bytes.Equal(l.TraceId, w.Span.TraceID[:]) || !bytes.Equal(l.SpanId, w.Span.SpanID[:]) {
			t.Errorf("%.300v", l)
		}
		if len(r.Headers) != 1 || string(r.Headers[0].Value) != id {
			t.Errorf("headers %v", r.Headers)
		}
	}
	if len(want) > 0 {
		t.Errorf("%d records are missing", len(want))
	}
}

// The limit of a text is that of the format: JSON escapes, protobuf does not.
func TestFormats(t *testing.T) {
	c := cluster(t)
	for _, f := range []struct {
		format, traceIDs string
		escaped          bool
		filters          int
	}{{"json", "on", true, 0}, {"otlp", "on", false, 1}, {"otlp", "off", false, 0}} {
		b := newBackend(t, c, "kafka_format", f.format, "trace_ids", f.traceIDs)
		if limit := b.TextLimit(); limit.Escaped != f.escaped || limit.Bytes != 1e6-fieldsReserve {
			t.Errorf("%s: %+v", f.format, limit)
		}
		if n := len(b.Filters()); n != f.filters {
			t.Errorf("%s, trace_ids %s: %d filters", f.format, f.traceIDs, n)
		}
	}
}

func TestAppendAllocatesNothing(t *testing.T) {
	c := cluster(t)
	for _, format := range []string{"json", "otlp"} {
		b := newBackend(t, c, "kafka_format", format, "topic", "logs-{%Y}", "message_key", "{namespace}")
		var e backend.Encoder = b.NewEncoder()
		records := []*filters.Record{record(b, "shop", "a \"text\""), record(b, "test", strings.Repeat("x", 500)+"\xff")}
		records[0].Fields = []filters.Field{{Key: []byte("attrs"), JSON: []byte(`{"a":[1,2.5,"c"],"b":{"c":null}}`)}}
		fill := func() {
			e.Reset()
			for range 10 {
				for _, r := range records {
					r.Scratch = r.Scratch[:0]
					e.Append(r)
				}
			}
			e.Frame()
		}
		fill()
		if n := testing.AllocsPerRun(100, fill); n != 0 {
			t.Errorf("%s: %v allocations a frame", format, n)
		}
	}
}
