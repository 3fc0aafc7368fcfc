package logsdata

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/internal/msgpack"
	"github.com/k8slog/k8slog/test/chunktest"
)

func TestRecords(t *testing.T) {
	plain := filters.PlainText([]byte("x"))
	span := filters.SpanContext{TraceID: [16]byte{0: 1, 15: 2}, SpanID: [8]byte{7: 3}, Flags: 1}
	for _, c := range []struct {
		name   string
		record filters.Record
		want   string
	}{
		{"the usual", filters.Record{Log: plain, Stream: filters.Stderr, Severity: filters.Warn}, `"x" severity:13,warn log.iostream="stderr"`},
		{"stdout", filters.Record{Log: plain, Stream: filters.Stdout, Severity: filters.Fatal}, `"x" severity:21,fatal log.iostream="stdout"`},
		{"no stream, no severity", filters.Record{Log: plain}, `"x"`},
		{"an escaped text", filters.Record{Log: filters.EscapedText([]byte(`\"a\"\u003c\n`))}, `"\"a\"<\n"`},
		{"an empty text", filters.Record{Log: filters.PlainText([]byte{})}, `""`},
		{"flags", filters.Record{Log: plain, Flags: filters.Partial | filters.Undecoded | filters.Late}, `"x" k8slog.partial=true k8slog.undecoded=true k8slog.late=true`},
		{"a span", filters.Record{Log: plain, Span: span}, `"x" trace:01000000000000000000000000000002 span:0000000000000003 flags:1`},
		{"a trace only", filters.Record{Log: plain, Span: filters.SpanContext{TraceID: span.TraceID}}, `"x" trace:01000000000000000000000000000002`},
		{"fields beside a text", filters.Record{Log: plain, Fields: []filters.Field{
			field("user.name", "u"), field("n", -5), field("zero", 0), {Key: []byte("b"), Value: msgpack.Value{0xc3}}, field("nothing", nil), field("empty", ""),
			{Key: []byte("d"), Value: msgpack.Value{0xca, 0x3f, 0xc0, 0, 0}}, {Key: []byte("list"), Value: msgpack.Value{0x93, 1, 0xa1, 'a', 0x90}},
			field("map", chunktest.Map{"a", 1, "b", chunktest.Map{"c", nil}}), field("ä", "f"), field("raw", []byte{0xff}),
			{Key: []byte("attrs"), JSON: []byte(` {"a" : [1, 2.5, -0, true,null,"\u00e4\n"], "n":{} } `)},
		}}, `"x" user.name="u" n=-5 zero=0 b=true nothing=null empty="" d=1.5 list=[1,"a",[]] map={a=1 b={c=null}} field_ä="f" raw=<ff> attrs={a=[1,2.5,0,true,null,"ä\n"] n={}}`},
		{"numbers of JSON", filters.Record{Log: plain, Fields: []filters.Field{{Key: []byte("j"), JSON: []byte(`[9223372036854775807,-9223372036854775808,9223372036854775808,1e3,1E400,0.1]`)}}},
			`"x" j=[9223372036854775807,-9223372036854775808,"9223372036854775808",1000.0,"1E400",0.1]`},
		{"numbers of MessagePack", filters.Record{Log: plain, Fields: []filters.Field{{Key: []byte("u"), Value: msgpack.Value{0xcf, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}}, {Key: []byte("e"), Value: msgpack.Value{0xd4, 7, 9}}}},
			`"x" u="18446744073709551615" e=<09>`},
		{"no JSON", filters.Record{Log: plain, Fields: []filters.Field{{Key: []byte("a"), JSON: []byte(`{"a":`)}, {Key: []byte("b"), JSON: []byte(`[1]2`)}, {Key: []byte("c"), JSON: []byte(`nope`)}, {Key: []byte("e")}}},
			`"x" a="{\"a\":" b="[1]2" c="nope" e=""`},
		{"found in the text", filters.Record{Log: plain, Fields: []filters.Field{{Key: []byte("caller"), Text: filters.QuotedText([]byte(`a\"b`)), Own: true}}}, `"x" caller="a\"b"`},
		{"keys twice", filters.Record{Log: plain, Fields: []filters.Field{
			field("a", 1), field("a", 2), field("log.record", 1), field("log.record", 2), field("b", chunktest.Map{"c", 1, "c", 2, "d", 3}), {Key: []byte("j"), JSON: []byte(`{"a":1,"\u0061":2,"b":{"a":3}}`)},
		}}, `"x" dropped:2 a=1 field_log.record=1 b={c=1 d=3} j={a=1 b={a=3}}`},
		{"without a text", filters.Record{Severity: filters.Info, Fields: []filters.Field{
			field("msg", "a"), field("k8s.pod.name", "b"), field("n", 1), field("n", 2), {Key: []byte("resource"), Value: pack(chunktest.Map{"x", 1}), Own: true},
		}}, `{msg="a" k8s.pod.name="b" n=1} severity:9,info k8slog.resource={x=1}`},
		{"nothing at all", filters.Record{}, `null`},
		{"invalid UTF-8", filters.Record{Log: filters.PlainText([]byte("a\xff")), Fields: []filters.Field{field("a\xc3", "b\xc3"), field("k8s\xff", 1), {Key: []byte("t"), Text: filters.PlainText([]byte("\xfe"))}}},
			"\"a\ufffd\" a\ufffd=\"b\ufffd\" field_k8s\ufffd=1 t=\"\ufffd\""},
		{"metadata of the event", filters.Record{Log: plain, Fields: []filters.Field{{Key: []byte("metadata"), Value: pack(chunktest.Map{"a", 1}), Own: true}, {Key: []byte("scope"), Value: pack(chunktest.Map{"name", "lib"}), Own: true}}},
			`"x" k8slog.metadata={a=1} k8slog.scope={name="lib"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.record.Source, c.record.Time, c.record.Observed = pod("p"), when, when+5
			l := decode(t, encode(&c.record))[0].ScopeLogs[0].LogRecords[0]
			if got := showRecord(t, l); got != c.want {
				t.Errorf("\ngot  %s\nwant %s", got, c.want)
			}
			if l.TimeUnixNano != uint64(when) || l.ObservedTimeUnixNano != uint64(when)+5 {
				t.Errorf("times %d, %d", l.TimeUnixNano, l.ObservedTimeUnixNano)
			}
		})
	}
}

// What came by OTLP goes on as what it was.
func TestMetadataGoesBackToItsPlace(t *testing.T) {
	metadata := func(key string, value any) filters.Field {
		f := field(key, value)
		f.Metadata = true
		return f
	}
	r := filters.Record{
		Source: pod("p"), Time: when, Observed: when, Severity: filters.Critical,
		Fields: []filters.Field{
			field("event_name", "the body's own"),
			metadata("severity_text", "ERROR2"), metadata("otlp_event_name", "device.crash"), metadata("observed_timestamp", int(when)+7),
			metadata("attributes", chunktest.Map{"http.status", 500, "k8s.pod.name", "evil", "http.status", 501}),
			metadata("dropped_attributes_count", 4), metadata("trace_flags", 0), metadata("something", "new"),
		},
	}
	l := decode(t, encode(&r))[0].ScopeLogs[0].LogRecords[0]
	const want = `{event_name="the body's own"} severity:18,ERROR2 event:device.crash dropped:5 http.status=500 field_k8s.pod.name="evil" something="new"`
	if got := showRecord(t, l); got != want {
		t.Errorf("\ngot  %s\nwant %s", got, want)
	}
	if l.ObservedTimeUnixNano != uint64(when)+7 {
		t.Errorf("observed %d", l.ObservedTimeUnixNano)
	}
	r.Fields = []filters.Field{metadata("attributes", "no map"), metadata("attributes", chunktest.Map{}), metadata("trace_flags", 1)}
	l = decode(t, encode(&r))[0].ScopeLogs[0].LogRecords[0]
	if got := showRecord(t, l); got != `null severity:18,critical attributes="no map" field_trace_flags=1` {
		t.Error(got)
	}
}

func TestResources(t *testing.T) {
	restart := 0
	for _, c := range []struct {
		source filters.Source
		want   string
	}{
		{*pod("p"), `service.name="blog" k8s.cluster.name="eu" k8s.node.name="node-1" k8s.namespace.name="default" k8s.pod.name="p" k8s.pod.uid="b576" k8s.container.name="blog" k8s.container.restart_count=3 container.id="e3e2"`},
		{filters.Source{Kind: filters.Component, Component: "kubelet", Node: "n"}, `service.name="kubelet" k8s.node.name="n"`},
		{filters.Source{Kind: filters.Container, Pod: "p", Restart: &restart}, `service.name="p" k8s.pod.name="p" k8s.container.restart_count=0`},
		{filters.Source{Cluster: "a\xff"}, "k8s.cluster.name=\"a\ufffd\""},
		{filters.Source{Node: strings.Repeat("n", 200)}, `k8s.node.name="` + strings.Repeat("n", 200) + `"`},
		{filters.Source{}, ""},
	} {
		r := filters.Record{Source: source(c.source), Time: when}
		if got := showPairs(decode(t, encode(&r))[0].Resource.Attributes); got != c.want {
			t.Errorf("\ngot  %s\nwant %s", got, c.want)
		}
	}
}

func TestRecordsKeepTheirOrderInTheirResource(t *testing.T) {
	e := NewEncoder()
	for range 2 { // the second frame is built in the memory of the first
		e.Reset()
		for i := range 6 {
			// Each time another source, but of the same two pods.
			r := filters.Record{Time: when, Source: pod(fmt.Sprint("p", i%2)), Log: filters.PlainText(fmt.Append(nil, i))}
			e.Append(&r)
		}
		var got []string
		for _, r := range decode(t, e.Frame()) {
			for _, l := range r.ScopeLogs[0].LogRecords {
				got = append(got, l.Body.GetStringValue())
			}
		}
		if strings.Join(got, "") != "024135" {
			t.Errorf("order %v", got)
		}
	}
}

func TestTimesOfAllKinds(t *testing.T) {
	for ns, want := range map[int64]uint64{0: 0, 1: 1, -1: 0, math.MinInt64: 0, when: uint64(when), math.MaxInt64: math.MaxInt64} {
		r := filters.Record{Time: ns, Observed: ns, Source: pod("p")}
		l := decode(t, encode(&r))[0].ScopeLogs[0].LogRecords[0]
		if l.TimeUnixNano != want || l.ObservedTimeUnixNano != want {
			t.Errorf("%d became %d, observed %d", ns, l.TimeUnixNano, l.ObservedTimeUnixNano)
		}
	}
}

func TestLengthsOfAllWidths(t *testing.T) {
	for _, n := range []int{0, 1, 20, 30, 50, 60, 90, 100, 126, 127, 128, 129, 16_300, 16_383, 16_384, 2_097_151, 2_097_152} {
		text := strings.Repeat("a", n)
		r := filters.Record{Time: when, Source: pod("p"), Log: filters.PlainText([]byte(text)), Fields: []filters.Field{
			{Key: []byte("j"), JSON: []byte(`{"k":["` + text + `"]}`)}, {Key: []byte("u"), Text: filters.PlainText([]byte(text + "\xff"))},
		}}
		l := decode(t, encode(&r, &r))[0].ScopeLogs[0].LogRecords[1]
		if l.Body.GetStringValue() != text || l.Attributes[1].Value.GetKvlistValue().Values[0].Value.GetArrayValue().Values[0].GetStringValue() != text ||
			l.Attributes[2].Value.GetStringValue() != text+"\ufffd" {
			t.Errorf("a text of %d bytes came out wrong", n)
		}
	}
}

func TestSizeIsAboutTheFrames(t *testing.T) {
	e := NewEncoder()
	if e.Size() != 0 || len(e.Frame()) != 0 {
		t.Error("an empty frame has a size")
	}
	for i := range 100 {
		e.Append(&filters.Record{Time: when, Source: pod(fmt.Sprint(i % 10)), Log: filters.PlainText([]byte("a line of text"))})
	}
	if size, frame := e.Size(), len(e.Frame()); size < frame || size > frame+200 {
		t.Errorf("size %d, the frame has %d", size, frame)
	}
	if e.Reset(); e.Size() != 0 {
		t.Error("size after Reset:", e.Size())
	}
}

// A record that the backend's own limits cut has an ID for each piece.
func TestPiecesHaveIDsOfTheirOwn(t *testing.T) {
	a := filters.Record{Time: when, Source: pod("p"), Log: filters.PlainText([]byte("x")), Position: filters.Position{Offset: 5, Raw: []byte("r")}}
	b := a
	b.Position.Piece = 1
	records := decode(t, encode(&a, &b, &a))[0].ScopeLogs[0].LogRecords
	id := func(i int) string { return records[i].Attributes[0].Value.GetStringValue() }
	if id(0) == id(1) || id(0) != id(2) || id(0) != string(a.AppendID(nil)) {
		t.Errorf("%s %s %s", id(0), id(1), id(2))
	}
}

// What filters found in a text is bounded, and nothing else.
func TestFoundFieldsAreBounded(t *testing.T) {
	large := bytes.Repeat([]byte("x"), maxFound)
	r := filters.Record{Time: when, Source: pod("p"), Log: filters.PlainText([]byte("x")), Fields: []filters.Field{
		{Key: []byte("caller"), Text: filters.PlainText([]byte("a.go:1")), Own: true},
		{Key: []byte("message"), Text: filters.PlainText(large), Own: true},
		{Key: []byte("log_processed"), JSON: []byte(`{"a":"b"}`), Own: true},
		{Key: []byte("large"), Value: append(msgpack.Value{0xda, byte(len(large) >> 8), byte(len(large) & 0xff)}, large...)},
	}}
	l := decode(t, encode(&r))[0].ScopeLogs[0].LogRecords[0]
	if got := showRecord(t, l); !strings.HasPrefix(got, `"x" dropped:1 caller="a.go:1" log_processed={a="b"} large="xxx`) {
		t.Errorf("%.200s", got)
	}
}

func TestAppendAllocatesNothing(t *testing.T) {
	one, two := pod("one"), pod("two")
	e := NewEncoder()
	records := []filters.Record{
		{Time: when, Source: one, Log: filters.EscapedText([]byte(`a \"b\"\n`)), Stream: filters.Stderr, Severity: filters.Info, Span: filters.SpanContext{TraceID: [16]byte{1}}},
		{Time: when, Source: two, Log: filters.PlainText([]byte("text\xff")), Stream: filters.Stdout, Fields: []filters.Field{field("user.name", "u\xff"), field("m", chunktest.Map{"a", 1})}},
		{Time: when, Source: one, Fields: []filters.Field{field("msg", "a"), {Key: []byte("log"), JSON: []byte(`{"a":[1,2.5,"c"],"b":{"c":null}}`)}}},
	}
	fill := func() {
		e.Reset()
		for range 10 {
			for i := range records {
				records[i].Scratch = records[i].Scratch[:0]
				e.Append(&records[i])
			}
		}
		e.Frame()
	}
	fill()
	if n := testing.AllocsPerRun(100, fill); n != 0 {
		t.Errorf("%v allocations a frame", n)
	}
}

func BenchmarkFrame(b *testing.B) {
	const records = 100
	sources := []*filters.Source{pod("one"), pod("two")}
	e := NewEncoder()
	r := filters.Record{Time: when, Observed: when, Stream: filters.Stderr, Severity: filters.Info,
		Log: filters.EscapedText([]byte(`I0811 03:42:05.658378       1 main.go:83] GCE config: \u0026{Project:\"blog\"}`))}
	fill := func() {
		e.Reset()
		for i := range records {
			r.Source = sources[i/10%2]
			e.Append(&r)
		}
	}
	fill()
	b.SetBytes(int64(len(e.Frame())))
	b.ReportAllocs()
	for b.Loop() {
		fill()
		e.Frame()
	}
}
