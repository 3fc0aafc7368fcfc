package logsdata

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	collector "go.opentelemetry.io/proto/slim/otlp/collector/logs/v1"
	common "go.opentelemetry.io/proto/slim/otlp/common/v1"
	logs "go.opentelemetry.io/proto/slim/otlp/logs/v1"
	"google.golang.org/protobuf/proto"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/internal/msgpack"
	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/test/chunktest"
)

var _ backend.Encoder = (*Encoder)(nil)

const when = int64(1533958925658698744)

func source(s filters.Source) *filters.Source {
	s.Rendered = Render(&s)
	return &s
}

func pod(name string) *filters.Source {
	restart := 3
	return source(filters.Source{
		Kind: filters.Container, Namespace: "default", Pod: name, Container: "blog", ContainerID: "e3e2", PodUID: "b576",
		Restart: &restart, Node: "node-1", Cluster: "eu",
	})
}

func pack(v any) msgpack.Value { return chunktest.AppendValue(nil, v) }

func field(key string, value any) filters.Field {
	return filters.Field{Key: []byte(key), Value: pack(value)}
}

// decode reads requests the way a strict server does: every byte is a field that
// it knows, texts are UTF-8, no map has a key twice, no resource comes twice in
// a frame, and the message is written as the official types write it.
func decode(t testing.TB, frames ...[]byte) []*logs.ResourceLogs {
	t.Helper()
	var all []*logs.ResourceLogs
	for _, frame := range frames {
		var request collector.ExportLogsServiceRequest
		if err := proto.Unmarshal(frame, &request); err != nil {
			t.Fatalf("%v: % x", err, frame)
		}
		again, err := proto.MarshalOptions{Deterministic: true}.Marshal(&request)
		if err != nil || !bytes.Equal(again, frame) {
			at := 0
			for at < min(len(again), len(frame)) && again[at] == frame[at] {
				at++
			}
			t.Fatalf("from byte %d on it is % .40x, the official types write % .40x", at, frame[at:], again[at:])
		}
		seen := map[string]bool{}
		for _, r := range request.ResourceLogs {
			name := r.Resource.String()
			if seen[name] || len(r.ScopeLogs) != 1 || len(r.ScopeLogs[0].LogRecords) == 0 {
				t.Fatalf("resource %s comes twice, or is empty", name)
			}
			seen[name] = true
			unique(t, r.Resource.Attributes)
			if scope := r.ScopeLogs[0].Scope; scope.GetName() != "k8slog" {
				t.Fatalf("scope %v", scope)
			}
			for _, l := range r.ScopeLogs[0].LogRecords {
				unique(t, l.Attributes)
				uniqueIn(t, l.Body)
			}
		}
		all = append(all, request.ResourceLogs...)
	}
	joined := bytes.Join(frames, nil)
	var request collector.ExportLogsServiceRequest
	if err := proto.Unmarshal(joined, &request); err != nil || len(request.ResourceLogs) != len(all) {
		t.Fatalf("frames cannot be joined: %v", err)
	}
	return all
}

func unique(t testing.TB, pairs []*common.KeyValue) {
	t.Helper()
	seen := map[string]bool{}
	for _, p := range pairs {
		if seen[p.Key] {
			t.Fatalf("key %q twice", p.Key)
		}
		seen[p.Key] = true
		uniqueIn(t, p.Value)
	}
}

func uniqueIn(t testing.TB, v *common.AnyValue) {
	t.Helper()
	unique(t, v.GetKvlistValue().GetValues())
	for _, e := range v.GetArrayValue().GetValues() {
		uniqueIn(t, e)
	}
}

// show is a value as text: strings quoted, doubles with a point.
func show(v *common.AnyValue) string {
	switch v := v.GetValue().(type) {
	case *common.AnyValue_StringValue:
		return fmt.Sprintf("%q", v.StringValue)
	case *common.AnyValue_BoolValue:
		return fmt.Sprint(v.BoolValue)
	case *common.AnyValue_IntValue:
		return fmt.Sprint(v.IntValue)
	case *common.AnyValue_DoubleValue:
		if s := fmt.Sprint(v.DoubleValue); strings.ContainsAny(s, ".eNI") {
			return s
		}
		return fmt.Sprintf("%.1f", v.DoubleValue)
	case *common.AnyValue_BytesValue:
		return fmt.Sprintf("<%x>", v.BytesValue)
	case *common.AnyValue_ArrayValue:
		var parts []string
		for _, e := range v.ArrayValue.GetValues() {
			parts = append(parts, show(e))
		}
		return "[" + strings.Join(parts, ",") + "]"
	case *common.AnyValue_KvlistValue:
		return "{" + showPairs(v.KvlistValue.GetValues()) + "}"
	}
	return "null"
}

func showPairs(pairs []*common.KeyValue) string {
	var parts []string
	for _, p := range pairs {
		parts = append(parts, p.Key+"="+show(p.Value))
	}
	return strings.Join(parts, " ")
}

// showRecord is a record without its ID, which is checked.
func showRecord(t testing.TB, l *logs.LogRecord) string {
	t.Helper()
	var rest []*common.KeyValue
	ids := 0
	for _, a := range l.Attributes {
		if a.Key == "log.record.uid" {
			if ids++; len(a.Value.GetStringValue()) != filters.IDLen {
				t.Errorf("ID %v", a.Value)
			}
			continue
		}
		rest = append(rest, a)
	}
	if ids != 1 {
		t.Errorf("%d IDs", ids)
	}
	parts := []string{show(l.Body)}
	add := func(name string, value any, is bool) {
		if is {
			parts = append(parts, fmt.Sprintf("%s:%v", name, value))
		}
	}
	add("severity", fmt.Sprintf("%d,%s", l.SeverityNumber, l.SeverityText), l.SeverityNumber != 0 || l.SeverityText != "")
	add("trace", fmt.Sprintf("%x", l.TraceId), l.TraceId != nil)
	add("span", fmt.Sprintf("%x", l.SpanId), l.SpanId != nil)
	add("flags", l.Flags, l.Flags != 0)
	add("event", l.EventName, l.EventName != "")
	add("dropped", l.DroppedAttributesCount, l.DroppedAttributesCount != 0)
	if len(rest) > 0 {
		parts = append(parts, showPairs(rest))
	}
	return strings.Join(parts, " ")
}

// encode is the frame of records.
func encode(records ...*filters.Record) []byte {
	e := NewEncoder()
	for _, r := range records {
		e.Append(r)
	}
	return e.Frame()
}
