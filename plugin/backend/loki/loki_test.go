package loki

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/grafana/loki/pkg/push"
	"github.com/klauspost/compress/snappy"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/internal/msgpack"
	"github.com/k8slog/k8slog/plugin/options"
	"github.com/k8slog/k8slog/test/backendtest"
)

const when = int64(1533958925658698744)

// newBackend takes labels as the option labels is written.
func newBackend(t testing.TB, labels string) *Backend {
	t.Helper()
	return newBackendAt(t, "endpoint", "http://localhost:3100/base", "labels", labels)
}

func newBackendAt(t testing.TB, set ...string) *Backend {
	t.Helper()
	return backendtest.New(t, New, append([]string{"backend", "loki"}, set...)...)
}

func source(b *Backend, s filters.Source) *filters.Source {
	s.Rendered = b.Render(&s)
	return &s
}

func pod(b *Backend, name string) *filters.Source {
	restart := 3
	return source(b, filters.Source{
		Kind: filters.Container, Namespace: "default", Pod: name, Container: "blog", ContainerID: "e3e2", PodUID: "b576",
		Restart: &restart, Node: "node-1", Cluster: "eu",
	})
}

func text(s string) msgpack.Value { return append([]byte{0xd9, byte(len(s))}, s...) }

func field(key, value string) filters.Field {
	return filters.Field{Key: []byte(key), Value: text(value)}
}

// decode reads a request the way Loki does.
func decode(t testing.TB, frames ...[]byte) []push.Stream {
	t.Helper()
	b := newBackend(t, "")
	body, err := b.Pack(frames)
	if err != nil || len(body.Parts) != 1 {
		t.Fatal(err)
	}
	defer body.Release()
	plain, err := snappy.Decode(nil, body.Parts[0])
	if err != nil {
		t.Fatal(err)
	}
	var request push.PushRequest
	if err := request.Unmarshal(plain); err != nil {
		t.Fatalf("%v: % x", err, plain)
	}
	for _, s := range request.Streams {
		for _, e := range s.Entries {
			if !utf8.ValidString(e.Line) || !utf8.ValidString(fmt.Sprint(e.StructuredMetadata)) {
				t.Fatalf("not UTF-8: %q", e)
			}
		}
	}
	return request.Streams
}

// show is one line a stream or entry, for comparison.
func show(streams []push.Stream) string {
	var b strings.Builder
	for _, s := range streams {
		fmt.Fprintln(&b, s.Labels)
		for _, e := range s.Entries {
			fmt.Fprintf(&b, "  %s %q", e.Timestamp.UTC().Format(time.RFC3339Nano), e.Line)
			for _, l := range e.StructuredMetadata {
				fmt.Fprintf(&b, " %s=%q", l.Name, l.Value)
			}
			fmt.Fprintln(&b)
		}
	}
	return b.String()
}

func check(t *testing.T, streams []push.Stream, want ...string) {
	t.Helper()
	if got := show(streams); got != strings.Join(want, "\n")+"\n" {
		t.Errorf("got\n%swant\n%s", got, strings.Join(want, "\n"))
	}
}

func TestNewUsesItsOptions(t *testing.T) {
	u, _ := url.Parse("http://host/base/")
	header := http.Header{"X-Scope-Orgid": {"a"}}
	c := &Config{Labels: []Label{{Name: "s", Field: "stream"}}}
	c.Endpoints, c.Headers = []*url.URL{u}, header
	b, err := New(c, &options.Config{})
	if err != nil || !b.byStream || b.bySeverity || b.Close() != nil {
		t.Errorf("%+v, %v", b, err)
	}
	if len(header) != 1 {
		t.Error("the configuration's headers were changed")
	}
}

func TestAppend(t *testing.T) {
	const stamp = "2018-08-11T03:42:05.658698744Z"
	const known = ` node="node-1" container_id="e3e2" pod_uid="b576" restart_count="3"`
	plain := filters.PlainText([]byte("x"))
	for _, c := range []struct {
		name, labels string
		record       filters.Record // Source is a pod unless set
		want         []string
	}{
		{"the usual", "", filters.Record{Log: plain, Stream: filters.Stderr, Severity: filters.Warn},
			[]string{`{cluster="eu", container="blog", namespace="default", pod="p", stream="stderr"}`, `  ` + stamp + ` "x"` + known + ` severity="warn" severity_number="13"`}},
		{"labels of choice", "job=k8s, ns=$namespace, severity", filters.Record{Log: plain, Stream: filters.Stdout, Severity: filters.Error},
			[]string{`{job="k8s", ns="default", severity="error"}`,
				`  ` + stamp + ` "x" cluster="eu" node="node-1" pod="p" container="blog" container_id="e3e2" pod_uid="b576" restart_count="3" stream="stdout" severity_number="17"`}},
		{"no stream, no severity", "stream,severity,cluster", filters.Record{Log: plain},
			[]string{`{cluster="eu"}`, `  ` + stamp + ` "x" node="node-1" namespace="default" pod="p" container="blog" container_id="e3e2" pod_uid="b576" restart_count="3"`}},
		{"an escaped text", "cluster", filters.Record{Source: &filters.Source{Cluster: "eu"}, Log: filters.EscapedText([]byte(`\"a\"\u003c\n`))},
			[]string{`{cluster="eu"}`, `  ` + stamp + ` "\"a\"<\n"`}},
		{"an empty text", "cluster", filters.Record{Source: &filters.Source{Cluster: "eu"}, Log: filters.PlainText([]byte{})},
			[]string{`{cluster="eu"}`, `  ` + stamp + ` ""`}},
		{"flags", "cluster", filters.Record{Source: &filters.Source{Cluster: "eu"}, Log: plain, Flags: filters.Partial | filters.Undecoded | filters.Late},
			[]string{`{cluster="eu"}`, `  ` + stamp + ` "x" partial="true" undecoded="true" late="true"`}},
		{"no label", "", filters.Record{Source: &filters.Source{}, Log: plain},
			[]string{`{job="k8slog"}`, `  ` + stamp + ` "x"`}},
		{"a label that needs escapes", "cluster", filters.Record{Source: &filters.Source{Cluster: "a\"b\\ä\n"}, Log: plain},
			[]string{`{cluster="a\"b\\ä\n"}`, `  ` + stamp + ` "x"`}},
		{"fields beside a text", "cluster", filters.Record{Source: &filters.Source{Cluster: "eu"}, Log: plain, Fields: []filters.Field{
			field("trace_id", "7"), {Key: []byte("n"), Value: msgpack.Value{0x92, 1, 0xc0}}, {Key: []byte("attrs"), JSON: []byte(`{"a":"b"}`)}, field("user.na-me", "u"), field("1st", "d"), field("", "e"), field("ä", "f"),
		}}, []string{`{cluster="eu"}`, `  ` + stamp + ` "x" trace_id="7" n="[1,null]" attrs="{\"a\":\"b\"}" user_na_me="u" _st="d" _="e" field___="f"`}},
		{"fields without a text", "cluster", filters.Record{Source: &filters.Source{Cluster: "eu"}, Fields: []filters.Field{field("msg", "a"), field("log", "b")}},
			[]string{`{cluster="eu"}`, `  ` + stamp + ` "{\"msg\":\"a\",\"field_log\":\"b\"}"`}},
		{"nothing", "cluster", filters.Record{Source: &filters.Source{Cluster: "eu"}}, []string{`{cluster="eu"}`, `  ` + stamp + ` "{}"`}},
		{"invalid UTF-8", "cluster", filters.Record{Source: &filters.Source{Cluster: "eu", Node: "\xff"}, Log: filters.PlainText([]byte("a\xff")), Fields: []filters.Field{field("a", "b\xc3")}},
			[]string{`{cluster="eu"}`, `  ` + stamp + ` "a` + "\ufffd" + `" node="` + "\ufffd" + `" a="b` + "\ufffd" + `"`}},
		{"metadata of the event", "cluster", filters.Record{Source: &filters.Source{Cluster: "eu"}, Log: plain, Fields: []filters.Field{{Key: []byte("resource"), Value: msgpack.Value{0x80}, Own: true}}},
			[]string{`{cluster="eu"}`, `  ` + stamp + ` "x" resource="{}"`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBackend(t, c.labels)
			c.record.Time = when
			if c.record.Source == nil {
				c.record.Source = pod(b, "p")
			} else {
				c.record.Source = source(b, *c.record.Source)
			}
			e := b.NewEncoder()
			e.Append(&c.record)
			check(t, decode(t, e.Frame()), c.want...)
		})
	}
}

// Nothing in a container's message may set or repeat what the plugin says,
// however its key is spelt.
func TestFieldsNeverTakeNamesOfThePlugin(t *testing.T) {
	b := newBackend(t, "cluster,stream,severity")
	r := filters.Record{Time: when, Source: pod(b, "p"), Log: filters.PlainText([]byte("x")), Flags: filters.Partial | filters.Undecoded | filters.Late}
	own := []string{
		"cluster", "node", "namespace", "pod", "container", "component", "container_id", "pod_uid", "restart_count",
		"stream", "severity", "severity_number", "partial", "undecoded", "late", "metadata", "resource", "scope",
	}
	for _, key := range own {
		r.Fields = append(r.Fields, field(key, "forged"))
	}
	for _, key := range []string{"container.id", "pod-uid", "pod uid", "restart/count"} {
		r.Fields = append(r.Fields, field(key, "forged"))
	}
	e := b.NewEncoder()
	e.Append(&r)
	entry := decode(t, e.Frame())[0].Entries[0]
	forged := 0
	for _, l := range entry.StructuredMetadata {
		if l.Name == otherFields { // those whose names have come already
			forged += strings.Count(l.Value, `:"forged"`)
		}
		if l.Value != "forged" {
			continue
		}
		if forged++; !strings.HasPrefix(l.Name, "field_") {
			t.Errorf("a field took the name %s", l.Name)
		}
	}
	if forged != len(own)+4 {
		t.Errorf("%d fields arrived", forged)
	}
}
