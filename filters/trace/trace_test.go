package trace

import (
	"fmt"
	"strings"
	"testing"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/test/chunktest"
)

const (
	traceID = "5b8efff798038103d269b633813fc60c"
	spanID  = "eee19b7ec3c1b174"
	whole   = traceID + " " + spanID + " 0"
	noSpan  = traceID + " 0000000000000000 0"
)

func show(s filters.SpanContext) string {
	if s == (filters.SpanContext{}) {
		return ""
	}
	return fmt.Sprintf("%x %x %x", s.TraceID, s.SpanID, s.Flags)
}

func field(key string, value any) filters.Field {
	return filters.Field{Key: []byte(key), Value: chunktest.AppendValue(nil, value)}
}

func TestTexts(t *testing.T) {
	for text, want := range map[string]string{
		`{"msg":"a","trace_id":"` + traceID + `","span_id":"` + spanID + `"}`:            whole,
		`{"spanId":"` + spanID + `" , "traceId" : "` + traceID + `","trace_flags":"01"}`: traceID + " " + spanID + " 1",
		`{"trace.id":"` + traceID + `","span.id":"` + spanID + `","n":{"trace_id":"x"}}`: whole,
		`{"@t":"x","@tr":"` + traceID + `","@sp":"` + spanID + `"}`:                      whole,
		`{"logging.googleapis.com/trace":"projects/p/traces/` + traceID + `"}`:           noSpan,
		`{"TRACE_ID":"` + traceID + `"}`:                                                 noSpan,
		`{"n":{"trace_id":"` + traceID + `"}}`:                                           "", // nested objects are ignored
		`{"span_id":"` + spanID + `","trace":"race"}`:                                    "", // a span without a trace
		`{"trace_id":"` + strings.Repeat("0", 32) + `"}`:                                 "",
		`{"dd.trace_id":"1234567890123456789012"}`:                                       "",
		`{"trace_id":"` + traceID + `","msg":"cu`:                                        noSpan, // truncated after it
		`level=info msg="a b" trace_id=` + traceID + ` span_id="` + spanID + `"`:         whole,
		`time=x traceID=` + traceID:                                                      noSpan,
		`msg=x span_id=` + spanID + ` trace=1`:                                           "",
		`a plain text with trace_id=` + traceID:                                          "",
		`trace_id=` + traceID:                                                            "", // not a key with which logfmt begins
		"":                                                                               "",
	} {
		for name, log := range map[string]filters.Text{
			"plain":   filters.PlainText([]byte(text)),
			"escaped": filters.EscapedText([]byte(strings.ReplaceAll(text, `"`, `\"`))),
		} {
			r := filters.Record{Log: log}
			if !(Filter{}).Apply(&r) {
				t.Fatal("dropped")
			}
			if got := show(r.Span); got != want {
				t.Errorf("%s, %s: %q, want %q", name, text, got, want)
			}
			if string(r.Plain()) != text {
				t.Errorf("the text became %q", r.Plain())
			}
		}
	}
}

func TestFields(t *testing.T) {
	other := strings.Repeat("1", 32)
	for _, c := range []struct {
		name   string
		fields []filters.Field
		log    string
		want   string
		left   string // keys
	}{
		{"both", []filters.Field{field("a", 1), field("trace_id", traceID), field("span_id", spanID), field("trace_flags", 1)}, "x", traceID + " " + spanID + " 1", "a"},
		{"before the text", []filters.Field{field("traceId", traceID)}, `{"trace_id":"` + other + `"}`, noSpan, ""},
		{"a second one stays", []filters.Field{field("trace_id", traceID), field("traceId", other)}, "", noSpan, "traceId"},
		{"no trace", []filters.Field{field("span_id", spanID), field("trace_flags", 1)}, "", "", "span_id trace_flags"},
		{"a field of the plugin's own", []filters.Field{{Key: []byte("trace_id"), Text: filters.PlainText([]byte(traceID)), Own: true}}, "", "", "trace_id"},
		{"as found in a text", []filters.Field{{Key: []byte("trace_id"), Text: filters.PlainText([]byte(traceID)), Metadata: true}}, "", noSpan, ""},
		{"other types", []filters.Field{field("trace_id", chunktest.Map{}), field("span_id", nil), field("trace_flags", 256), field("trace_flags", -1)}, "", "", "trace_id span_id trace_flags trace_flags"},
	} {
		r := filters.Record{Fields: c.fields, Log: filters.PlainText([]byte(c.log))}
		Filter{}.Apply(&r)
		var left []string
		for _, f := range r.Fields {
			left = append(left, string(f.Key))
		}
		if got := show(r.Span); got != c.want || strings.Join(left, " ") != c.left {
			t.Errorf("%s: %q, fields %v", c.name, got, left)
		}
	}
}

func TestAllocatesNothing(t *testing.T) {
	texts := []filters.Text{
		filters.PlainText([]byte("a plain line")),
		filters.EscapedText([]byte(`{\"msg\":\"a\",\"trace_id\":\"` + traceID + `\"}`)),
		filters.PlainText([]byte("level=info trace_id=" + traceID)),
	}
	var r filters.Record
	f := field("trace_id", traceID)
	if n := testing.AllocsPerRun(100, func() {
		for _, text := range texts {
			r.Reset()
			r.Log = text
			r.Fields = append(r.Fields, filters.Field{Key: f.Key})
			Filter{}.Apply(&r)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzApply(f *testing.F) {
	f.Add([]byte(`{"msg":"a","trace_id":"`+traceID+`","span_id":"`+spanID+`"}`), "trace_id", traceID)
	f.Add([]byte(`level=info traceId=`+traceID), "span_id", spanID)
	f.Add([]byte(`{"trace_id":`), "@tr", "")
	f.Fuzz(func(t *testing.T, text []byte, key, value string) {
		r := filters.Record{Log: filters.PlainText(text), Fields: []filters.Field{field(key, value)}}
		Filter{}.Apply(&r)
		if !r.Span.HasTraceID() && (r.Span != filters.SpanContext{} || len(r.Fields) != 1) {
			t.Fatalf("%+v, %d fields", r.Span, len(r.Fields))
		}
		if r.Span.HasTraceID() {
			// The record contains the ID in hexadecimal.
			where := strings.ToLower(string(text) + " " + value)
			if !strings.Contains(where, fmt.Sprintf("%x", r.Span.TraceID)) {
				t.Fatalf("%x in %q", r.Span.TraceID, where)
			}
		}
	})
}

func BenchmarkApply(b *testing.B) {
	for name, text := range map[string]string{
		"plain": "I0811 03:42:05.658378       1 main.go:83] a line of text that is a line of text",
		"json":  `{"level":"info","msg":"request handled","n":7,"ms":1.5,"path":"/api/v1/items"}`,
		"trace": `{"level":"info","msg":"request handled","trace_id":"` + traceID + `","span_id":"` + spanID + `"}`,
	} {
		b.Run(name, func(b *testing.B) {
			r := filters.Record{Log: filters.PlainText([]byte(text))}
			b.ReportAllocs()
			for b.Loop() {
				r.Span = filters.SpanContext{}
				Filter{}.Apply(&r)
			}
		})
	}
}
