package ndjson

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/internal/msgpack"
)

func text(s string) msgpack.Value { return append([]byte{0xd9, byte(len(s))}, s...) }

func field(key string, value msgpack.Value) filters.Field {
	return filters.Field{Key: []byte(key), Value: value}
}

func source(s filters.Source) *filters.Source {
	s.Rendered = Render(&s)
	return &s
}

var (
	restart   = 3
	container = source(filters.Source{
		Kind: filters.Container, Namespace: "default", Pod: "blog-1", Container: "blog", ContainerID: "e3e2",
		PodUID: "b576", Restart: &restart, Node: "node-1", Cluster: "eu",
	})
	nowhere = source(filters.Source{})
)

const (
	when = int64(1533958925658698744)
	time = `"time":"2018-08-11T03:42:05.658698744Z"`
)

func TestAppend(t *testing.T) {
	zero := 0
	for _, c := range []struct {
		name   string
		record filters.Record
		want   string
	}{
		{"nothing is known", filters.Record{Source: nowhere}, `{` + time + `}`},
		{"text", filters.Record{Source: nowhere, Log: filters.PlainText([]byte("a \"b\"\n"))}, `{` + time + `,"log":"a \"b\"\n"}`},
		{"an empty text", filters.Record{Source: nowhere, Log: filters.PlainText([]byte{})}, `{` + time + `,"log":""}`},
		{"a text that was JSON", filters.Record{Source: nowhere, Log: filters.EscapedText([]byte(`\u0026\n`))}, `{` + time + `,"log":"\u0026\n"}`},
		{"everything", filters.Record{
			Source: container, Log: filters.PlainText([]byte("x")), Stream: filters.Stderr, Severity: filters.Warn, Flags: filters.Decoded | filters.Partial,
			Fields: []filters.Field{field("n", msgpack.Value{7}), {Key: []byte("attrs"), JSON: []byte(`{"a":"b"}`)}},
		}, `{` + time + `,"log":"x","stream":"stderr","severity":"warn","severity_number":13,"partial":true,` +
			`"kubernetes":{"namespace_name":"default","pod_name":"blog-1","container_name":"blog","docker_id":"e3e2","pod_id":"b576","restart_count":3},` +
			`"node":"node-1","cluster":"eu","n":7,"attrs":{"a":"b"}}`},
		{"what could not be decoded", filters.Record{Source: nowhere, Stream: filters.Stdout, Flags: filters.Undecoded}, `{` + time + `,"stream":"stdout","undecoded":true}`},
		{"a component", filters.Record{Source: source(filters.Source{Kind: filters.Component, Component: "kubelet", Node: "n"})},
			`{` + time + `,"component":"kubelet","node":"n"}`},
		{"a container of which only the uid is known", filters.Record{Source: source(filters.Source{Kind: filters.Container, PodUID: "u", Restart: &zero})},
			`{` + time + `,"kubernetes":{"pod_id":"u","restart_count":0}}`},
		{"a container of which nothing is known", filters.Record{Source: source(filters.Source{Kind: filters.Container})}, `{` + time + `}`},
		{"a name that needs escapes", filters.Record{Source: source(filters.Source{Node: "a\"b\xff"})}, `{` + time + `,"node":"a\"b` + "\ufffd" + `"}`},
		{"metadata of the event", filters.Record{Source: nowhere, Fields: []filters.Field{{Key: []byte("metadata"), Value: msgpack.Value{0x80}, Own: true}}},
			`{` + time + `,"metadata":{}}`},
		{"keys that need escapes", filters.Record{Source: nowhere, Fields: []filters.Field{field("a\"\xff\n", text("b"))}},
			`{` + time + `,"a\"` + "\ufffd" + `\n":"b"}`},
		{"an empty key", filters.Record{Source: nowhere, Fields: []filters.Field{field("", text(""))}}, `{` + time + `,"":""}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.record.Time = when
			var e Encoder
			e.Append(&c.record)
			if got := string(e.Frame()); got != c.want+"\n" || e.Size() != len(got) {
				t.Errorf("got  %swant %s", got, c.want)
			}
			if alone := AppendRecord([]byte("x"), &c.record); string(alone) != "x"+c.want+"\n" {
				t.Errorf("AppendRecord: %s", alone)
			}
		})
	}
}

// Nothing in a container's message may set or replace what the plugin says.
func TestFieldsNeverTakeTheRecordsKeys(t *testing.T) {
	own := []string{
		"time", "log", "stream", "severity", "severity_number", "component", "kubernetes", "node", "cluster", "partial", "undecoded", "late", "metadata", "resource", "scope",
	}
	r := filters.Record{
		Time: when, Source: container, Log: filters.PlainText([]byte("x")), Stream: filters.Stdout, Severity: filters.Info, Flags: filters.Partial | filters.Undecoded | filters.Late,
	}
	for _, key := range own {
		r.Fields = append(r.Fields, field(key, text("forged")), filters.Field{Key: []byte(key), JSON: []byte(`"forged"`)})
	}
	line := AppendRecord(nil, &r)
	var got map[string]any
	if err := json.Unmarshal(line, &got); err != nil {
		t.Fatal(err)
	}
	for _, key := range own {
		if got[key] == "forged" || got[FieldPrefix+key] != "forged" {
			t.Errorf("%s is %v, %s%s is %v", key, got[key], FieldPrefix, key, got[FieldPrefix+key])
		}
	}
	for _, key := range keysOf(t, line) {
		if slices.Contains(own, key) && strings.Count(string(line), `"`+key+`":`) != 1 {
			t.Errorf("%s is there twice: %s", key, line)
		}
	}
	// As an object of their own, the fields have the same names.
	if got := string(AppendFields(nil, r.Fields[:3])); got != `{"field_time":"forged","field_time":"forged","field_log":"forged"}` {
		t.Error(got)
	}
	if got := string(AppendFields(nil, nil)); got != `{}` {
		t.Error(got)
	}
}

// keysOf returns the keys of an object in their order.
func keysOf(t *testing.T, object []byte) (keys []string) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(object))
	if token, err := d.Token(); err != nil || token != json.Delim('{') {
		t.Fatal(token, err)
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, key.(string))
		if err := d.Decode(new(json.RawMessage)); err != nil {
			t.Fatal(err)
		}
	}
	return keys
}

func TestFramesAreJoined(t *testing.T) {
	var e Encoder
	r := filters.Record{Source: nowhere, Log: filters.PlainText([]byte("x"))}
	e.Append(&r)
	one := bytes.Clone(e.Frame())
	e.Reset()
	if e.Size() != 0 {
		t.Error("size after Reset:", e.Size())
	}
	for range 3 {
		e.Append(&r)
	}
	if !bytes.Equal(e.Frame(), bytes.Repeat(one, 3)) {
		t.Errorf("got %s", e.Frame())
	}
}

func TestAppendAllocatesNothing(t *testing.T) {
	r := filters.Record{
		Source: container, Log: filters.PlainText([]byte("a \"b\"\xff")), Stream: filters.Stderr, Severity: filters.Warn,
		Fields: []filters.Field{field("n", msgpack.Value{0x92, 1, 0x81, 0xa1, 'k', 0xc0}), field("log", text("b"))},
	}
	var e Encoder
	e.Append(&r)
	if n := testing.AllocsPerRun(100, func() { e.Reset(); r.Time += 1e9; e.Append(&r) }); n != 0 {
		t.Errorf("%v allocations a record", n)
	}
}

func FuzzAppend(f *testing.F) {
	f.Add(when, []byte("text\n"), []byte("log"), []byte("value"), uint8(1), uint8(13), uint8(7), "node")
	f.Add(int64(-1), []byte("\xff\x00\"\\"), []byte("a\"\xff"), []byte{0xff}, uint8(2), uint8(0), uint8(0), "\xff\"")
	f.Fuzz(func(t *testing.T, at int64, log, key, value []byte, stream, severity, flags uint8, name string) {
		value = value[:min(len(value), 255)]
		r := filters.Record{
			Time: at, Log: filters.PlainText(log), Stream: filters.Stream(stream % 3), Severity: filters.Severity(severity % 24), Flags: filters.Flags(flags % 8),
			Source: source(filters.Source{Kind: filters.Kind(flags % 3), Node: name, Component: name, Pod: name, Cluster: name}),
			Fields: []filters.Field{field(string(key), text(string(value))), field(string(value), msgpack.Value{0xc0})},
		}
		line := AppendRecord(nil, &r)
		if !json.Valid(line) || !utf8.Valid(line) || bytes.Count(line, []byte("\n")) != 1 || line[len(line)-1] != '\n' {
			t.Fatalf("became %q", line)
		}
		keys := keysOf(t, line)
		if keys[0] != "time" || slices.Contains(keys[1:], "time") {
			t.Fatalf("keys %q", keys)
		}
	})
}

func BenchmarkAppend(b *testing.B) {
	for name, log := range map[string]filters.Text{
		"plain":   filters.PlainText([]byte("I0811 03:42:05.658378       1 main.go:83] Adding new service port at 10.59.249.194:3000/TCP")),
		"escaped": filters.EscapedText([]byte(`I0811 03:42:05.658378       1 main.go:83] GCE config: \u0026{Project:\"blog\"}`)),
	} {
		b.Run(name, func(b *testing.B) {
			r := filters.Record{Time: when, Source: container, Log: log, Stream: filters.Stderr, Severity: filters.Info}
			var e Encoder
			e.Append(&r)
			b.SetBytes(int64(e.Size()))
			b.ReportAllocs()
			for b.Loop() {
				e.Reset()
				e.Append(&r)
			}
		})
	}
}

func TestReservedInAnyCase(t *testing.T) {
	for key, want := range map[string]bool{
		"severity": true, "Severity": true, "severity_number": true, "KUBERNETES.pod_name": true, "\u017feverity": true, "\u212aubernetes": true,
		"field_x": true, "Field_X": true, "field_": false, "pod_name": false, "severity_text": false, "": false, ".": false,
	} {
		if got := Reserved([]byte(key)); got != want {
			t.Errorf("%q: %v", key, got)
		}
	}
}
