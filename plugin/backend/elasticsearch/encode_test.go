package elasticsearch

import (
	"strings"
	"testing"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/filters/jsonlog"
	"github.com/k8slog/k8slog/internal/msgpack"
	"github.com/k8slog/k8slog/plugin/chunk"
	"github.com/k8slog/k8slog/test/fake"
)

var restart = 3

const when = int64(1533958925658698744)

var (
	pod = filters.Source{
		Kind: filters.Container, Namespace: "default", Pod: "blog-1", Container: "blog", ContainerID: "e3e2",
		PodUID: "b576", Restart: &restart, Node: "node-1", Cluster: "eu",
	}
	kubelet = filters.Source{Kind: filters.Component, Component: "kubelet", Node: "node-1"}
)

// everything is a record of which all is known.
func everything() *filters.Record {
	return &filters.Record{
		Time: when, Log: filters.PlainText([]byte("x \"y\"")), Stream: filters.Stderr, Severity: filters.Warn,
		Flags: filters.Decoded | filters.Partial | filters.Undecoded | filters.Late,
		Fields: []filters.Field{
			field("n", msgpack.Value{7}), {Key: []byte("attrs"), JSON: []byte(`{"a":"b"}`)},
			{Key: []byte("log_processed"), JSON: []byte(`{"level":"warn"}`), Own: true},
		},
	}
}

// header is a record of a component, whose header was read.
func header() *filters.Record {
	own := func(key, text string) filters.Field {
		return filters.Field{Key: []byte(key), Text: filters.PlainText([]byte(text)), Own: true}
	}
	return &filters.Record{
		Time: when, Log: filters.PlainText([]byte("I0811 03:42:05.658698 12 proxier.go:345] text")), Severity: filters.Info,
		Fields: []filters.Field{
			own("caller", "proxier.go:345"), own("thread", "12"), own("message", "text"), own("program", "kubelet"),
			own("trace_id", strings.Repeat("a", 32)), own("span_id", strings.Repeat("b", 16)),
		},
	}
}

func TestAppend(t *testing.T) {
	const action = `{"create":{"_index":"logs-k8slog-default"`
	for _, c := range []struct {
		name   string
		set    []string
		source filters.Source
		record *filters.Record
		action string
		doc    string
	}{
		{"nothing is known", nil, filters.Source{}, &filters.Record{Time: when}, "", `{"@timestamp":"2018-08-11T03:42:05.658698744Z"}`},
		{"everything", nil, pod, everything(), "",
			`{"@timestamp":"2018-08-11T03:42:05.658698744Z","log":"x \"y\"","stream":"stderr","severity":"warn","severity_number":13,"partial":true,"undecoded":true,"late":true,` +
				`"kubernetes":{"namespace_name":"default","pod_name":"blog-1","container_name":"blog","docker_id":"e3e2","pod_id":"b576","restart_count":3},` +
				`"node":"node-1","cluster":"eu","n":7,"attrs":{"a":"b"},"log_processed":{"level":"warn"}}`},
		{"a component", nil, kubelet, header(), "",
			`{"@timestamp":"2018-08-11T03:42:05.658698744Z","log":"I0811 03:42:05.658698 12 proxier.go:345] text","severity":"info","severity_number":9,` +
				`"component":"kubelet","node":"node-1","caller":"proxier.go:345","thread":"12","message":"text","program":"kubelet",` +
				`"trace_id":"` + strings.Repeat("a", 32) + `","span_id":"` + strings.Repeat("b", 16) + `"}`},
		{"no id", []string{"document_id", "off"}, filters.Source{}, &filters.Record{Time: when}, `{"create":{"_index":"logs-k8slog-default"}}`,
			`{"@timestamp":"2018-08-11T03:42:05.658698744Z"}`},
		{"ECS, nothing is known", []string{"schema", "ecs"}, filters.Source{}, &filters.Record{Time: when}, "",
			`{"@timestamp":"2018-08-11T03:42:05.658698744Z","ecs":{"version":"8.17.0"}}`},
		{"ECS, everything", []string{"schema", "ecs"}, pod, everything(), "",
			`{"@timestamp":"2018-08-11T03:42:05.658698744Z","message":"x \"y\"","stream":"stderr","log":{"level":"warn","flags":["partial","undecoded","late"]},` +
				`"event":{"severity":13},"ecs":{"version":"8.17.0"},"orchestrator":{"type":"kubernetes","cluster":{"name":"eu"}},` +
				`"kubernetes":{"namespace":"default","pod":{"name":"blog-1","uid":"b576"},"container":{"name":"blog","status":{"restarts":3}},"node":{"name":"node-1"}},` +
				`"container":{"id":"e3e2"},"host":{"name":"node-1"},"k8slog":{"n":7,"attrs":{"a":"b"},"log_processed":{"level":"warn"}}}`},
		{"ECS, a component", []string{"schema", "ecs"}, kubelet, header(), "",
			`{"@timestamp":"2018-08-11T03:42:05.658698744Z","message":"text","log":{"level":"info","origin":{"file":{"name":"proxier.go","line":345}}},` +
				`"event":{"severity":9,"original":"I0811 03:42:05.658698 12 proxier.go:345] text"},"process":{"name":"kubelet","thread":{"id":12}},` +
				`"trace":{"id":"` + strings.Repeat("a", 32) + `"},"span":{"id":"` + strings.Repeat("b", 16) + `"},` +
				`"ecs":{"version":"8.17.0"},"service":{"name":"kubelet"},"kubernetes":{"node":{"name":"node-1"}},"host":{"name":"node-1"}}`},
		{"ECS, what has no place in it", []string{"schema", "ecs"}, kubelet, &filters.Record{
			Time: when, Log: filters.PlainText([]byte("x")), Flags: filters.Undecoded, Fields: []filters.Field{
				field("message", text("forged")), field("caller", text("forged")), {Key: []byte("thread"), Text: filters.PlainText([]byte("main")), Own: true},
				{Key: []byte("caller"), Text: filters.PlainText([]byte("etcdserver")), Own: true},
			}}, "",
			`{"@timestamp":"2018-08-11T03:42:05.658698744Z","message":"x","log":{"flags":["undecoded"],"origin":{"file":{"name":"etcdserver"}}},` +
				`"ecs":{"version":"8.17.0"},"service":{"name":"kubelet"},"kubernetes":{"node":{"name":"node-1"}},"host":{"name":"node-1"},` +
				`"k8slog":{"message":"forged","caller":"forged","thread":"main"}}`},
		{"ECS, a piece without more", []string{"schema", "ecs"}, filters.Source{Kind: filters.Container}, &filters.Record{Time: when, Flags: filters.Partial}, "",
			`{"@timestamp":"2018-08-11T03:42:05.658698744Z","log":{"flags":["partial"]},"ecs":{"version":"8.17.0"}}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := &fake.Elasticsearch{}
			b := newBackend(t, append(c.set, "endpoint", serve(t, server))...)
			c.record.Source = source(b, c.source)
			got := lines(b, c.record)
			if c.action == "" {
				c.action = action + `,"_id":"` + string(c.record.AppendID(nil)) + `"}}`
			}
			if len(got) != 2 || got[0] != c.action || got[1] != c.doc {
				t.Errorf("got  %s\nwant %s\n%s", strings.Join(got, "\n"), c.action, c.doc)
			}
			if err := send(t, b, 1, frame(b, c.record)); err != nil {
				t.Error(err)
			}
		})
	}
}

// Whatever a sender calls its fields, the document is taken, says what the
// plugin says, and has all of them.
func TestHostileFields(t *testing.T) {
	nested := func(value msgpack.Value, levels int) msgpack.Value {
		for range levels {
			value = append(msgpack.Value{0x81, 0xa1, 'k'}, value...)
		}
		return value
	}
	for _, c := range []struct {
		name   string
		fields []filters.Field
		want   string // of the document's other fields
	}{
		{"the document's own", []filters.Field{field("@timestamp", text("f")), field("log", text("f")), field("Kubernetes.pod_name", text("f"))},
			`"field_@timestamp":"f","field_log":"f","field_Kubernetes_pod_name":"f"`},
		{"the server's own", []filters.Field{field("_id", text("f")), field("_source", text("f")), field("_pid", text("f")), field("data_stream", text("f"))},
			`"field__id":"f","field__source":"f","_pid":"f","field_data_stream":"f"`},
		{"twice", []filters.Field{field("a", text("1")), field("a", text("2")), field("a", text("3")), field("a", text("4"))},
			`"a":"1","field_a":"2","field_2_a":"3","field_3_a":"4"`},
		{"twice, reserved", []filters.Field{field("log", text("1")), field("log", text("2")), field("field_log", text("3")), field("field_1_log", text("4"))},
			`"field_log":"1","field_1_log":"2","field_field_log":"3","field_field_1_log":"4"`},
		{"twice, own and another's", []filters.Field{field("resource", text("1")), {Key: []byte("resource"), Value: msgpack.Value{0x80}, Own: true},
			{Key: []byte("resource"), Value: msgpack.Value{0x80}, Own: true}},
			`"field_resource":"1","resource":{},"field_2_resource":{}`},
		{"no names", []filters.Field{field("", text("1")), field(" ", text("2")), field("a\x00b", text("3")), field(".", text("4")), field("a.b", text("5")), field("a..", text("6"))},
			`"_":"1","field__":"2","field_2__":"3","field_3__":"4","a_b":"5","a__":"6"`},
		{"a long name", []filters.Field{field(strings.Repeat("x", 2000), text("1"))}, `"` + strings.Repeat("x", 512) + `":"1"`},
		{"keys twice inside", []filters.Field{field("a", msgpack.Value{0x82, 0xa1, 'k', 1, 0xa1, 'k', 2})}, `"field_a":"{\"k\":1,\"k\":2}"`},
		{"keys twice inside, and the name is taken", []filters.Field{field("log", text("1")), {Key: []byte("log"), JSON: []byte(`[{"k":1,"\u006b":2}]`)}},
			`"field_log":"1","field_1_log":"[{\"k\":1,\"\\u006b\":2}]"`},
		{"keys twice, apart", []filters.Field{{Key: []byte("a"), JSON: []byte(`[{"k":{"k":1},"l":2},{"k":"k"}]`)}}, `"a":[{"k":{"k":1},"l":2},{"k":"k"}]`},
		{"keys twice, in and out", []filters.Field{{Key: []byte("a"), JSON: []byte(`{"a":{"b":1},"b":{"a":1}}`)}}, `"a":{"a":{"b":1},"b":{"a":1}}`},
		{"found in the text, with keys twice", []filters.Field{{Key: []byte("log_processed"), JSON: []byte(`{"k":1,"k":2}`), Own: true}, field("b", msgpack.Value{1})}, `"b":1`},
		{"a blank key inside", []filters.Field{{Key: []byte("a"), JSON: []byte(`{" ":1}`)}}, `"field_a":"{\" \":1}"`},
		{"a NUL inside", []filters.Field{{Key: []byte("a"), JSON: []byte(`{"\u0000":1}`)}}, `"field_a":"{\"\\u0000\":1}"`},
		{"deep enough", []filters.Field{field("a", nested(msgpack.Value{1}, 16))}, `"a":` + strings.Repeat(`{"k":`, 16) + "1" + strings.Repeat("}", 16)},
		{"too deep", []filters.Field{field("a", nested(msgpack.Value{1}, 17))}, `"field_a":"` + strings.Repeat(`{\"k\":`, 17) + "1" + strings.Repeat("}", 17) + `"`},
	} {
		for schema, place := range map[string]string{"fluentbit": `"node":"node-1","cluster":"eu",` + c.want, "ecs": `"k8slog":{` + c.want + "}"} {
			t.Run(c.name+", "+schema, func(t *testing.T) {
				server := &fake.Elasticsearch{}
				b := newBackend(t, "schema", schema, "endpoint", serve(t, server))
				r := filters.Record{Time: when, Source: source(b, pod), Log: filters.PlainText([]byte("x")), Fields: c.fields}
				if doc := lines(b, &r)[1]; !strings.HasSuffix(doc, ","+place+"}") {
					t.Errorf("got  %s\nwant %s", doc, place)
				}
				if err := send(t, b, 1, frame(b, &r)); err != nil || len(server.Docs()) != 1 {
					t.Errorf("%v, %q", err, server.Refused())
				}
			})
		}
	}
}

// A record of thousands of fields costs no comparison of each with each.
func TestManyFields(t *testing.T) {
	server := &fake.Elasticsearch{}
	b := newBackend(t, "endpoint", serve(t, server))
	r := filters.Record{Time: when, Source: source(b, pod)}
	for range 20_000 {
		r.Fields = append(r.Fields, field("k", msgpack.Value{1}))
	}
	if err := send(t, b, 1, frame(b, &r)); err != nil {
		t.Error(err)
	}
	if n := len(server.Docs()[0].Source); n != 20_000+4 { // @timestamp, kubernetes, node, cluster
		t.Errorf("%d fields", n)
	}
}

func FuzzAppend(f *testing.F) {
	f.Add([]byte("text\n"), []byte("log"), []byte("value"), []byte(`{"a":{"a":[1]}}`), uint8(1), uint8(13), uint8(7), "node")
	f.Add([]byte("\xff\x00\"\\"), []byte("a\"\xff."), []byte{0xff}, []byte(`[{"\u0061":1,"a":2}]`), uint8(2), uint8(0), uint8(0), "\xff\"")
	f.Fuzz(func(t *testing.T, log, key, value, object []byte, stream, severity, flags uint8, name string) {
		server := &fake.Elasticsearch{}
		url := serve(t, server)
		for _, schema := range []string{"fluentbit", "ecs"} {
			b := newBackend(t, "endpoint", url, "schema", schema, "index", "logs-"+schema+"-{namespace|component|node|x}")
			r := filters.Record{
				Time: when, Log: filters.PlainText(log), Stream: filters.Stream(stream % 3), Severity: filters.Severity(severity % 24), Flags: filters.Flags(flags % 8),
				Source: source(b, filters.Source{Kind: filters.Kind(flags % 3), Node: name, Component: name, Pod: name, Cluster: name, Namespace: name}),
				Fields: []filters.Field{
					field(string(key), text(string(value[:min(len(value), 1000)]))), field(string(value), msgpack.Value{0xc0}),
					{Key: []byte("message"), Text: filters.PlainText(value), Own: true}, {Key: []byte("caller"), Text: filters.PlainText(key), Own: true},
				},
			}
			if value, ok := chunkValue(object); ok {
				r.Fields = append(r.Fields, filters.Field{Key: key, Value: value})
			}
			if object, broken, ok := jsonlog.Object(object); ok && !broken {
				r.Fields = append(r.Fields, filters.Field{Key: key, JSON: object}, filters.Field{Key: []byte("log_processed"), JSON: object, Own: true})
			}
			if err := send(t, b, 1, frame(b, &r)); err != nil {
				t.Fatalf("%v: %s", err, frame(b, &r))
			}
		}
		if len(server.Docs()) != 2 || len(server.Refused()) > 0 {
			t.Fatalf("%d documents, %q", len(server.Docs()), server.Refused())
		}
	})
}

// chunkValue returns a value as a chunk's reader would, if it is one.
func chunkValue(value []byte) (msgpack.Value, bool) {
	event := append([]byte{0x92, 1, 0x81, 0xa1, 'k'}, value...)
	r := chunk.NewReader(event)
	var ev chunk.Event
	if !r.Next(&ev) || len(ev.Raw) != len(event) {
		return nil, false
	}
	fields := ev.Body.Fields()
	_, read, ok := fields.Next()
	return read, ok
}

func TestAppendAllocatesNothing(t *testing.T) {
	for _, schema := range []string{"fluentbit", "ecs"} {
		b := newBackend(t, "schema", schema, "index", "logs-{namespace|component|x}-{%Y.%m.%d}")
		e := b.NewEncoder()
		records := []*filters.Record{everything(), header(), {Time: when, Fields: []filters.Field{
			field("a", msgpack.Value{0x82, 0xa1, 'k', 1, 0xa1, 'k', 2}), field("log", text("f")), {Key: []byte("o"), JSON: []byte(`{"a":[{"b":1}]}`)},
		}}}
		for i, s := range []filters.Source{pod, kubelet, {}} {
			records[i].Source = source(b, s)
		}
		all := func() {
			e.Reset()
			for _, r := range records {
				e.Append(r)
			}
		}
		all()
		if n := testing.AllocsPerRun(100, all); n != 0 {
			t.Errorf("%s: %v allocations for 3 records", schema, n)
		}
	}
}

func BenchmarkAppend(b *testing.B) {
	for name, set := range map[string][]string{
		"fluentbit": nil, "ecs": {"schema", "ecs"}, "dated": {"index", "logs-{namespace|x}-{%Y.%m.%d}"}, "no id": {"document_id", "off"},
	} {
		for kind, make := range map[string]func() *filters.Record{"everything": everything, "header": header} {
			b.Run(name+"/"+kind, func(b *testing.B) {
				to := newBackend(b, set...)
				r := make()
				r.Source = source(to, pod)
				e := to.NewEncoder()
				e.Append(r)
				b.SetBytes(int64(e.Size()))
				b.ReportAllocs()
				for b.Loop() {
					e.Reset()
					e.Append(r)
				}
			})
		}
	}
}
