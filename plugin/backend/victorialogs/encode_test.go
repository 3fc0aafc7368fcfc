package victorialogs

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand"
	"reflect"
	"strings"
	"testing"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/internal/msgpack"
	"github.com/k8slog/k8slog/test/chunktest"
	"github.com/k8slog/k8slog/test/fake"
)

func value(v any) msgpack.Value { return chunktest.AppendValue(nil, v) }

func field(key string, v any) filters.Field {
	return filters.Field{Key: []byte(key), Value: value(v)}
}

// stored sends a record, and returns its fields without those of its source.
func stored(t *testing.T, r filters.Record) map[string]string {
	t.Helper()
	var server fake.VictoriaLogs
	b := newBackend(t, &server)
	r.Source, r.Time = pod(b), when
	if err := send(t, b, r); err != nil {
		t.Fatal(err)
	}
	rows := server.Rows()
	if len(rows) != 1 || server.Dropped() != nil {
		t.Fatalf("%d rows, dropped %q", len(rows), server.Dropped())
	}
	got := rows[0].Fields
	for name, want := range identity {
		if got[name] != want {
			t.Errorf("%s is %.100q, want %q", name, got[name], want)
		}
		delete(got, name)
	}
	if rows[0].Time.UnixNano() != when {
		t.Errorf("the time is %v", rows[0].Time)
	}
	return got
}

func TestRecordsWithoutText(t *testing.T) {
	for name, text := range map[string]filters.Text{"none": {}, "empty": filters.PlainText([]byte{})} {
		if got := stored(t, filters.Record{Log: text, Fields: []filters.Field{field("a", "b")}}); got["_msg"] != " " || got["a"] != "b" {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// Whatever the fields of a record are called, nothing else says who wrote it,
// when, or what.
func TestHostileKeys(t *testing.T) {
	names := []string{
		"_msg", "_time", "_stream", "_stream_id", "", "time", "log", "stream", "cluster", "kubernetes", "kubernetes.pod_name",
		"Kubernetes.pod_name", "node", "field_log", "field__msg", "other_fields", "fields_cut", "partial",
	}
	for _, name := range names {
		got := stored(t, filters.Record{Log: filters.PlainText([]byte("text")), Fields: []filters.Field{
			field(name, "evil"), {Key: []byte("x"), JSON: []byte(`{"_msg":"evil","":"evil"}`)},
		}})
		want := map[string]string{"_msg": "text", "x._msg": "evil", "x.": "evil", "field_" + name: "evil"}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %q", name, got)
		}
	}
	var all []filters.Field
	for _, name := range names {
		all = append(all, field(name, chunktest.Map{"pod_name", "evil", "", "evil"}))
	}
	if got := stored(t, filters.Record{Log: filters.PlainText([]byte("text")), Fields: all}); got["_msg"] != "text" || len(got) != 1+2*len(names) {
		t.Errorf("%q", got)
	}
}

// What passes a limit arrives folded, and flagged where it had to be cut.
func TestLimits(t *testing.T) {
	many := chunktest.Map{}
	for i := range 1200 {
		many = append(many, fmt.Sprint("k", i), i)
	}
	long := strings.Repeat("n", 129)
	deep := bytes.Repeat([]byte{0x91}, 400)
	deep = append(deep, 7)
	deepMap := bytes.Repeat([]byte{0x81, 0xa1, 'a'}, 400)
	deepMap = append(deepMap, 7)
	half := strings.Repeat("n", 64)
	big := strings.Repeat("v", 100<<10)
	text := filters.PlainText([]byte("text"))
	for name, c := range map[string]struct {
		fields []filters.Field
		folded []string // their keys
		others int      // those that are kept as they are
		cut    bool
	}{
		"many fields":           {[]filters.Field{field("many", many), field("a", 1)}, []string{"many"}, 1, false},
		"many fields, together": {manyFields(1200), nil, maxFields, false},
		"a long name":           {[]filters.Field{field(long, 1), field("a", 1)}, []string{long}, 1, false},
		"names that add up":     {[]filters.Field{field(half, chunktest.Map{half, 1}), field("a", 1)}, []string{half}, 1, false},
		"names that just fit":   {[]filters.Field{field(half, chunktest.Map{half[1:], 1}), field("a", 1)}, nil, 2, false},
		"arrays, deep":          {[]filters.Field{{Key: []byte("deep"), Value: deep}, field("a", 1)}, []string{"deep"}, 1, false},
		"objects, deep":         {[]filters.Field{{Key: []byte("deep"), Value: deepMap}, field("a", 1)}, []string{"deep"}, 1, false},
		"large":                 {[]filters.Field{field("v1", big), field("v2", big), field("v3", big), field("a", 1)}, []string{"v3"}, 3, true},
		"larger than a line":    {[]filters.Field{field("v", big+big+big), field("a", 1)}, []string{"v"}, 1, true},
		"with escapes":          {[]filters.Field{field("v", strings.Repeat("\x01\xff", 50<<10)), field("a", 1)}, []string{"v"}, 1, true},
	} {
		t.Run(name, func(t *testing.T) {
			got := stored(t, filters.Record{Log: text, Fields: c.fields})
			if got["_msg"] != "text" || (got[fieldsCut] == "true") != c.cut {
				t.Errorf("text %.100q, cut %q", got["_msg"], got[fieldsCut])
			}
			var folded map[string]any
			if err := json.Unmarshal([]byte(got[otherFields]), &folded); err != nil && !c.cut && got[otherFields] != "" {
				t.Fatal(err)
			}
			for _, key := range c.folded {
				if folded[key] == nil && !strings.Contains(got[otherFields], `"`+key+`":`) {
					t.Errorf("%s is not there: %.100q", key, got[otherFields])
				}
			}
			delete(got, "_msg")
			delete(got, otherFields)
			delete(got, fieldsCut)
			if len(got) != c.others || c.folded == nil && len(folded)+len(got) != len(c.fields) {
				t.Errorf("%d fields, and %d folded", len(got), len(folded))
			}
		})
	}
}

func manyFields(n int) (fields []filters.Field) {
	for i := range n {
		fields = append(fields, field(fmt.Sprint("k", i), i))
	}
	return fields
}

// The longest texts leave room for everything else, and no line is too long.
func TestLongTexts(t *testing.T) {
	var server fake.VictoriaLogs
	b := newBackend(t, &server)
	for _, c := range []string{"x", "\x01", "\xff", "ä", `"`} {
		text := []byte(strings.Repeat(c, maxText))
		text = text[:b.TextLimit().Cut(text)]
		if got := stored(t, filters.Record{Log: filters.PlainText(text), Fields: []filters.Field{field("big", strings.Repeat("x", 1<<20)), field("a", 1)}}); got["a"] != "1" ||
			got[fieldsCut] != "true" || got["_msg"] != strings.ToValidUTF8(strings.ReplaceAll(string(text), "\xff", "\ufffd"), "") {
			t.Errorf("%q: %d bytes of text, %d of the other fields", c, len(got["_msg"]), len(got[otherFields]))
		}
	}
}

// Any record is stored whole, or flagged.
func TestAnyRecord(t *testing.T) {
	random := rand.New(rand.NewSource(1))
	var server fake.VictoriaLogs
	b := newBackend(t, &server)
	source := pod(b)
	n := 100
	for range n {
		var fields []filters.Field
		keys := map[string]bool{}
		for range random.Intn(20) {
			key := strings.Repeat("k", random.Intn(140)) + fmt.Sprint(len(fields))
			if keys[key] {
				continue
			}
			keys[key] = true
			fields = append(fields, field(key, anything(random, 0)))
		}
		if err := send(t, b, filters.Record{Source: source, Time: when, Log: filters.PlainText([]byte("text")), Fields: fields}); err != nil {
			t.Fatal(err)
		}
	}
	if len(server.Rows()) != n || server.Dropped() != nil {
		t.Errorf("%d rows of %d, %d dropped", len(server.Rows()), n, len(server.Dropped()))
	}
}

func anything(random *rand.Rand, level int) any {
	kinds := 4
	if level > 5 {
		kinds = 2
	}
	switch random.Intn(kinds) {
	case 0:
		return strings.Repeat("\"v\x01", random.Intn(1+1<<random.Intn(16-2*level)))
	case 1:
		return random.Intn(1000)
	case 2:
		m := chunktest.Map{}
		for i := range random.Intn(8) {
			m = append(m, strings.Repeat("n", random.Intn(60))+fmt.Sprint(i), anything(random, level+1))
		}
		return m
	}
	return chunktest.Map{"a", anything(random, level+1)}
}

func TestAppendAllocatesNothing(t *testing.T) {
	b := newBackend(t, &fake.VictoriaLogs{})
	e := b.NewEncoder()
	r := benchmarkRecord(b)
	if allocs := testing.AllocsPerRun(100, func() { e.Reset(); e.Append(r) }); allocs > 0 {
		t.Errorf("%v allocations a record", allocs)
	}
}

func benchmarkRecord(b *Backend) *filters.Record {
	return &filters.Record{
		Source: pod(b), Time: when, Log: filters.EscapedText([]byte(`10.244.0.1 - - \"GET /api/v1/items/1?page=2 HTTP/1.1\" 200 4711`)), Stream: filters.Stdout,
		Fields: []filters.Field{{Key: []byte("log_processed"), Own: true, JSON: []byte(`{"level":"info","msg":"a longer message, as they are","n":"4711","path":"/api/v1/items/1"}`)}},
	}
}

func BenchmarkAppend(b *testing.B) {
	e := newBackend(b, &fake.VictoriaLogs{})
	encoder, r := e.NewEncoder(), benchmarkRecord(e)
	b.ReportAllocs()
	for b.Loop() {
		encoder.Reset()
		encoder.Append(r)
	}
}
