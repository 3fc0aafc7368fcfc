package splunk

import (
	"maps"
	"strings"
	"testing"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/test/chunktest"
	"github.com/k8slog/k8slog/test/fake"
)

func field(key string, v any) filters.Field {
	return filters.Field{Key: []byte(key), Value: chunktest.AppendValue(nil, v)}
}

// taken sends a record, and returns the event.
func taken(t *testing.T, r filters.Record) fake.Event {
	t.Helper()
	server := fake.Splunk{Token: token}
	b := newBackend(t, &server)
	if err := send(t, b, pod(), r); err != nil {
		t.Fatal(err)
	}
	return server.Events()[0]
}

// Splunk refuses an event of which nothing can be seen. It comes as an object,
// with its text as it is.
func TestBlankTexts(t *testing.T) {
	for _, text := range []string{"", " ", "\t \n", "\u00a0\u3000", "\x00", "\x7f"} {
		e := taken(t, filters.Record{Time: when, Log: filters.PlainText([]byte(text))})
		if e.Text() != "" || len(e.Event) < len(`{"log":""}`) || !maps.Equal(e.Fields, identity()) {
			t.Errorf("%q: %s, %v", text, e.Event, e.Fields)
		}
	}
	if e := taken(t, filters.Record{Log: filters.EscapedText([]byte(`\t\u0020\n`))}); string(e.Event) != `{"log":"\t\u0020\n"}` {
		t.Errorf("%s", e.Event)
	}
	for _, text := range []string{"a", " a", "\x1b[0m", "ä", "\xff", "\t\"", "."} {
		want := strings.ToValidUTF8(text, "\ufffd")
		if e := taken(t, filters.Record{Log: filters.PlainText([]byte(text))}); e.Text() != want {
			t.Errorf("%q: %s", text, e.Event)
		}
	}
}

func TestRecordsWithoutText(t *testing.T) {
	e := taken(t, filters.Record{Stream: filters.Stdout, Fields: []filters.Field{field("a", 1), field("host", "evil")}})
	if string(e.Event) != `{"a":1,"host":"evil"}` || !maps.Equal(e.Fields, identity("log.iostream", "stdout")) || e.Host != "node-1" {
		t.Errorf("%+v, %s", e, e.Event)
	}
	if e := taken(t, filters.Record{}); string(e.Event) != `{"log":""}` {
		t.Errorf("%s", e.Event)
	}
}

// Indexed fields are texts, under names of their own.
func TestFields(t *testing.T) {
	text := filters.PlainText([]byte("text"))
	e := taken(t, filters.Record{Log: text, Fields: []filters.Field{
		field("n", 7), field("o", chunktest.Map{"a", "b"}), field("s", "a \"b\""), field("nothing", ""), field("k\" x::y", "z"),
		{Key: []byte("program"), Text: filters.PlainText([]byte("sshd")), Own: true},
		{Key: []byte("log_processed"), JSON: []byte(`{"a":"b"}`), Own: true},
	}})
	want := identity("n", "7", "o", `{"a":"b"}`, "s", `a "b"`, "k__x__y", "z", "program", "sshd")
	if e.Text() != "text" || !maps.Equal(e.Fields, want) {
		t.Errorf("%q", e.Fields)
	}
	for _, name := range []string{
		"", "host", "Source", "sourcetype", "index", "time", "_time", "_raw", "_anything", "date_hour", "k8s.pod.name", "K8S.Pod.Name",
		"container.id", "log.iostream", "severity", "component", "partial", "linecount", "punct", "splunk_server", "field_host", "\"", "ä",
	} {
		e := taken(t, filters.Record{Log: text, Fields: []filters.Field{field(name, "evil")}})
		evil := 0
		for key, value := range e.Fields {
			if value != "evil" {
				continue
			}
			if evil++; !strings.HasPrefix(key, "field_") {
				t.Errorf("%q became %q", name, key)
			}
		}
		if delete(e.Fields, "field_"+strings.NewReplacer("\"", "_", "ä", "__").Replace(name)); evil != 1 || !maps.Equal(e.Fields, identity()) {
			t.Errorf("%q: %q", name, e.Fields)
		}
	}
}

func TestTimes(t *testing.T) {
	for ns, want := range map[int64]string{0: "0.000000000", 1: "0.000000001", when: "1533958925.000000744", -5: "0.000000000", 1e18 + 999_999_999: "1000000000.999999999"} {
		if got := string(appendTime(nil, ns)); got != want {
			t.Errorf("%d: %s, want %s", ns, got, want)
		}
	}
}

func benchmarkRecord(b *Backend) *filters.Record {
	s := pod()
	s.Rendered = b.Render(s)
	return &filters.Record{
		Source: s, Time: when, Log: filters.EscapedText([]byte(`10.244.0.1 - - \"GET /api/v1/items/1?page=2 HTTP/1.1\" 200 4711`)), Stream: filters.Stdout,
		Fields: []filters.Field{field("n", 7), {Key: []byte("program"), Text: filters.PlainText([]byte("web")), Own: true}},
	}
}

func TestAppendAllocatesNothing(t *testing.T) {
	for _, event := range []string{"text", "object"} {
		b := newBackend(t, &fake.Splunk{}, "splunk_event", event)
		e, r := b.NewEncoder(), benchmarkRecord(b)
		if allocs := testing.AllocsPerRun(100, func() { e.Reset(); e.Append(r) }); allocs > 0 {
			t.Errorf("%s: %v allocations a record", event, allocs)
		}
	}
}

func BenchmarkAppend(b *testing.B) {
	for _, event := range []string{"text", "object"} {
		b.Run(event, func(b *testing.B) {
			to := newBackend(b, &fake.Splunk{}, "splunk_event", event)
			e, r := to.NewEncoder(), benchmarkRecord(to)
			b.ReportAllocs()
			for b.Loop() {
				e.Reset()
				e.Append(r)
			}
		})
	}
}
