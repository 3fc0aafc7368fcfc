package googlecloudlogging

import (
	"maps"
	"strings"
	"testing"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/internal/msgpack"
	"github.com/k8slog/k8slog/test/backendtest"
	"github.com/k8slog/k8slog/test/chunktest"
)

func TestEntry(t *testing.T) {
	r := filters.Record{
		Time: when, Log: filters.PlainText([]byte("a \"b\"\xff")), Stream: filters.Stderr, Severity: filters.Warn, Flags: filters.Partial,
	}
	id := string(r.AppendID(nil))
	e := sendOne(t, pod(), r)
	if e.LogName != "projects/my-project/logs/stderr" || e.GetTextPayload() != "a \"b\"\ufffd" || e.Severity.String() != "WARNING" ||
		e.Timestamp.AsTime().UnixNano() != when || e.InsertId != id || e.Resource.Type != "k8s_container" {
		t.Error(e)
	}
	if want := map[string]string{
		"project_id": "my-project", "location": "europe-west1", "cluster_name": "eu",
		"namespace_name": "default", "pod_name": "web-1", "container_name": "web",
	}; !maps.Equal(e.Resource.Labels, want) {
		t.Error(e.Resource)
	}
	if want := map[string]string{
		"compute.googleapis.com/resource_name": "node-1", "k8s.pod.uid": "b576", "k8s.container.restart_count": "3", "container.id": "e3e2", "k8slog/partial": "true",
	}; !maps.Equal(e.Labels, want) {
		t.Error(e.Labels)
	}
}

func TestSources(t *testing.T) {
	for _, c := range []struct {
		source         filters.Source
		log, kind, has string
	}{
		{filters.Source{Kind: filters.Container, Namespace: "n", Pod: "p"}, "k8slog", "k8s_pod", "p"},
		{filters.Source{Kind: filters.Container, Namespace: "n", Pod: "p", Container: "c/ü\n"}, "c%2F__", "k8s_container", "c/ü\n"},
		{filters.Source{Kind: filters.Component, Component: "kubelet", Node: "n1"}, "kubelet", "k8s_node", "n1"},
		{filters.Source{Kind: filters.Component, Component: "../x?y", Node: "n1"}, "..%2Fx_y", "k8s_node", "n1"},
		{filters.Source{Kind: filters.Component, Component: strings.Repeat("/", 600)}, strings.Repeat("%2F", 128), "k8s_node", ""},
		{filters.Source{}, "k8slog", "k8s_node", ""},
	} {
		e := sendOne(t, &c.source, texts("x")[0])
		has := false
		for _, value := range e.Resource.Labels {
			has = has || value == c.has
		}
		if e.LogName != "projects/my-project/logs/"+c.log || e.Resource.Type != c.kind || !has {
			t.Errorf("%+v: %s, %v", c.source, e.LogName, e.Resource)
		}
	}
}

// The labels are those of GKE's agent; the second of two that become one is left out.
func TestMetadata(t *testing.T) {
	source := backendtest.Described(*pod())
	e := sendOne(t, &source, texts("x")[0])
	for key, want := range map[string]string{
		"k8s-pod/app": "web", "k8s-pod/app_kubernetes_io/name": "n", "logging.gke.io/top_level_controller_name": "web", "logging.gke.io/top_level_controller_type": "Deployment",
		"k8s-namespace/team": "t", "k8s-node/zone": "z", "k8s-pod-annotation/note": "a \"b\"\n\x01}\ufffd", "container.image.name": source.Metadata.Sent.Image, "k8s.pod.ip": "10.0.0.1",
	} {
		if e.Labels[key] != want {
			t.Errorf("%s is %q, want %q", key, e.Labels[key], want)
		}
	}
	for i := range 200 {
		key := strings.Repeat("k", i+1)
		source.Metadata.Sent.Pod.Annotations = append(source.Metadata.Sent.Pod.Annotations, filters.Pair{Key: key, Value: strings.Repeat("v", 1000)})
	}
	if e = sendOne(t, &source, texts("x")[0]); e.Labels["k8s-pod/app"] != "web" || len(e.Labels) > maxLabels {
		t.Error(len(e.Labels))
	}
	source = backendtest.Unknown(*pod())
	if e = sendOne(t, &source, texts("x")[0]); e.Labels["k8slog/metadata_missing"] != "true" {
		t.Error(e.Labels)
	}
}

const (
	traceID = "5b8efff798038103d269b633813fc60c"
	spanID  = "eee19b7ec3c1b174"
)

// What Google's agents lift from a text is lifted, and nothing that says who a record is of.
func TestObjects(t *testing.T) {
	for text, want := range map[string]string{
		`{"message":"a","severity":"ERROR"}`: `"a"`,
		`{"message":"a","severity":"INFO"}`:  `{"message":"a","severity":"INFO"}`, // not that of the record
		`{"message":"a","n":1}`:              `{"message":"a","n":1}`,
		`{"msg" : "a\u0062" } `:              `{"msg":"ab"}`,
		`{}`:                                 `{}`,
		`{"message":["a"]}`:                  `{"message":["a"]}`,
		`{"a":1,"a":2}`:                      `"{\"a\":1,\"a\":2}"`,
		`{"a":1,"\u0061":2}`:                 `"{\"a\":1,\"\\u0061\":2}"`,
		`{"a":1e999}`:                        `"{\"a\":1e999}"`,
		`{"a":1`:                             `"{\"a\":1"`,
		`[1]`:                                `"[1]"`,
		``:                                   `""`,
		`{"logging.googleapis.com/insertId":"x"}`:   `{"logging.googleapis.com/insertId":"x"}`,
		`{"logName":"projects/other/logs/x"}`:       `{"logName":"projects/other/logs/x"}`,
		`{"resource":{"type":"global"},"labels":1}`: `{"labels":1,"resource":{"type":"global"}}`,
		`{"@type":"x","a":null}`:                    `{"@type":"x","a":null}`,
		`{"m":1,"httpRequest":{"requestMethod":"GET","requestUrl":"/a","status":200,"latency":"0.5s","responseSize":"12","cacheHit":true}}`: `{"m":1}; http GET`,
		`{"m":1,"httpRequest":{"status":"200"}}`:                                                                                               `{"httpRequest":{"status":"200"},"m":1}`,
		`{"m":1,"httpRequest":{"latency":"1.5e3s"}}`:                                                                                           `{"httpRequest":{"latency":"1.5e3s"},"m":1}`,
		`{"m":1,"httpRequest":{"unknown":""}}`:                                                                                                 `{"httpRequest":{"unknown":""},"m":1}`,
		`{"m":1,"logging.googleapis.com/sourceLocation":{"file":"a.go","line":"7","function":"f"}}`:                                            `{"m":1}; a.go:7`,
		`{"m":1,"logging.googleapis.com/sourceLocation":{"file":"a.go","line":-7}}`:                                                            `{"logging.googleapis.com/sourceLocation":{"file":"a.go","line":-7},"m":1}`,
		`{"m":1,"logging.googleapis.com/operation":{"id":"o","producer":"p","first":true}}`:                                                    `{"m":1}; operation o`,
		`{"m":1,"logging.googleapis.com/labels":{"a":"b","c.d/e":""}}`:                                                                         `{"m":1}; labels a=b`,
		`{"m":1,"logging.googleapis.com/labels":{ }}`:                                                                                          `{"m":1}`,
		`{"m":1,"logging.googleapis.com/labels":{"a":1}}`:                                                                                      `{"logging.googleapis.com/labels":{"a":1},"m":1}`,
		`{"m":1,"logging.googleapis.com/labels":{"k8s-pod/app":"forged"}}`:                                                                     `{"logging.googleapis.com/labels":{"k8s-pod/app":"forged"},"m":1}`,
		`{"m":1,"logging.googleapis.com/labels":{"\u006b8s-pod/app":"forged"}}`:                                                                `{"logging.googleapis.com/labels":{"k8s-pod/app":"forged"},"m":1}`,
		`{"m":1,"logging.googleapis.com/labels":{"compute.googleapis.com/resource_name":"forged"}}`:                                            `{"logging.googleapis.com/labels":{"compute.googleapis.com/resource_name":"forged"},"m":1}`,
		`{"m":1,"logging.googleapis.com/trace":"projects/my-project/traces/` + traceID + `","logging.googleapis.com/spanId":"` + spanID + `"}`: `{"m":1}; trace`,
		`{"m":1,"logging.googleapis.com/trace":"` + traceID + `","logging.googleapis.com/trace_sampled":true}`:                                 `{"m":1}; trace, sampled`,
		`{"m":1,"logging.googleapis.com/trace":"projects/other/traces/` + traceID + `"}`:                                                       `{"logging.googleapis.com/trace":"projects/other/traces/` + traceID + `","m":1}; trace`,
		`{"m":1,"trace_id":"` + traceID + `"}`:                                                                                                 `{"m":1,"trace_id":"` + traceID + `"}; trace`,
	} {
		r := texts(text)[0]
		r.Severity = filters.Error
		e := sendOne(t, pod(), r)
		got := strings.ReplaceAll(payloadOf(e), " ", "")
		if e.HttpRequest != nil {
			got += "; http " + e.HttpRequest.RequestMethod
		}
		if s := e.SourceLocation; s != nil {
			got += "; " + s.File + ":7"
		}
		if e.Operation != nil {
			got += "; operation " + e.Operation.Id
		}
		if e.Labels["a"] != "" {
			got += "; labels a=" + e.Labels["a"]
		}
		if e.Trace == "projects/my-project/traces/"+traceID {
			got += "; trace"
		}
		if e.TraceSampled {
			got += ", sampled"
		}
		if got != want {
			t.Errorf("%s\n got %s\nwant %s", text, got, want)
		}
		if e.Labels["compute.googleapis.com/resource_name"] != "node-1" || e.Labels["k8s-pod/app"] != "" || e.LogName != "projects/my-project/logs/web" {
			t.Errorf("%s has changed who it is of: %v", text, e)
		}
	}
}

func given(key string, value any) filters.Field {
	return filters.Field{Key: []byte(key), Value: msgpack.Value(chunktest.AppendValue(nil, value))}
}

func own(key, text string) filters.Field {
	return filters.Field{Key: []byte(key), Text: filters.PlainText([]byte(text)), Own: true}
}

func TestFields(t *testing.T) {
	merged := filters.Field{Key: []byte("log_processed"), JSON: []byte(`{"a":1}`), Own: true}
	for _, c := range []struct {
		name   string
		text   string
		fields []filters.Field
		want   string
	}{
		{"beside a text", "x", []filters.Field{given("a", 1), given("message", "forged")}, `{"a":1,"field_message":"forged","message":"x"}`},
		{"beside an object", `{"a":1,"b\u0063":2}`, []filters.Field{given("a", 3), given("bc", 4), given("field_a", 5)}, `{"a":1,"bc":2,"field_a":3,"field_bc":4,"field_field_a":5}`},
		{"found in the object", `{"a":1}`, []filters.Field{merged}, `{"a":1}`},
		{"found in logfmt", `a=1`, []filters.Field{merged}, `{"log_processed":{"a":1},"message":"a=1"}`},
		{"of a header", "I0603 x.go:7] hi", []filters.Field{own("caller", "x.go:7"), own("message", "hi")}, `"hi"; x.go:7`},
		{"of a header with a thread", "I0603 x.go:7] hi", []filters.Field{own("caller", "x.go"), own("thread", "12"), own("message", "hi")}, `{"message":"hi","thread":"12"}; x.go:0`},
		{"awkward", "x", []filters.Field{given("", 1), given(" ", 2), given("a\x00", 3), given("c", chunktest.Map{"k", chunktest.Map{"k", 1}, "k", 2})},
			`{"_":1,"c":"{\"k\":{\"k\":1},\"k\":2}","field_2__":3,"field__":2,"message":"x"}`},
	} {
		r := texts(c.text)[0]
		r.Fields = c.fields
		e := sendOne(t, pod(), r)
		got := strings.ReplaceAll(payloadOf(e), ", ", ",")
		if s := e.SourceLocation; s != nil {
			got += "; " + s.File + ":" + string('0'+byte(s.Line))
		}
		if strings.ReplaceAll(got, `" :`, `":`) != c.want && strings.ReplaceAll(got, `": `, `":`) != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.name, got, c.want)
		}
	}
	r := filters.Record{Time: when, Fields: []filters.Field{given("a", 1)}}
	if got := strings.ReplaceAll(payloadOf(sendOne(t, pod(), r)), " ", ""); got != `{"a":1}` {
		t.Errorf("without a text: %s", got)
	}
}

// An entry has 256 KB at most, whatever its record has.
func TestLargeEntries(t *testing.T) {
	source := backendtest.Described(*pod())
	for i := range 100 {
		source.Metadata.Sent.Pod.Annotations = append(source.Metadata.Sent.Pod.Annotations, filters.Pair{Key: strings.Repeat("k", i+1), Value: strings.Repeat("ü", 500)})
	}
	long := strings.Repeat("\x01ü", maxText/3)
	numbers := `{"a":[` + strings.Repeat("1,", maxText/2-10) + `1]}`
	for name, text := range map[string]string{"text": long, "numbers": numbers} {
		r := texts(text)[0]
		for range 10 {
			r.Fields = append(r.Fields, given("k", strings.Repeat("v", 20<<10)))
		}
		e := sendOne(t, &source, r)
		if e.Labels["k8slog/fields_dropped"] != "true" || e.GetJsonPayload().GetFields()["message"].GetStringValue() != text {
			t.Errorf("%s: %d labels, %.100s", name, len(e.Labels), payloadOf(e))
		}
	}
}

func TestAllocatesNothing(t *testing.T) {
	b := newBackend(t, newServer())
	source := pod()
	source.Rendered = b.Render(source)
	records := texts("a line", `{"message":"a","n":1,"httpRequest":{"status":200},"logging.googleapis.com/labels":{"a":"b"},"logging.googleapis.com/trace":"`+traceID+`"}`)
	records[0].Fields = []filters.Field{given("a", chunktest.Map{"k", 1}), given("b", "c")}
	e := b.NewEncoder()
	if n := testing.AllocsPerRun(100, func() {
		e.Reset()
		for i := range records {
			records[i].Source = source
			e.Append(&records[i])
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// The server takes every record, whatever is in it.
func FuzzEntries(f *testing.F) {
	server := newServer()
	b := newBackend(f, server)
	for _, seed := range []string{
		"x", `{"a":1,"a":2}`, `{"httpRequest":{"status":1,"latency":"1s"}}`, `{"logging.googleapis.com/labels":{"a":"b"}}`,
		`{"logging.googleapis.com/sourceLocation":{"line":"01"}}`, `{"logging.googleapis.com/trace":"` + traceID + `"}`, `{"a":-0.0e+10,"b":[[]]}`, `{"message":"\ud800"}`,
	} {
		f.Add(seed, "key", "value")
		f.Add(seed, "message", "{}")
	}
	f.Fuzz(func(t *testing.T, text, key, value string) {
		if len(text) > maxText/3 {
			return
		}
		r := texts(text)[0]
		r.Severity = filters.Info
		r.Fields = []filters.Field{given(key, value), given(key, 1), {Key: []byte("caller"), Text: filters.PlainText([]byte(value)), Own: true}}
		if err := backendtest.Send(t, b, pod(), r); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
	})
}
