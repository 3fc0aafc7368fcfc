package azure

import (
	"encoding/json"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/internal/msgpack"
	"github.com/k8slog/k8slog/test/backendtest"
)

func field(key string, value msgpack.Value) filters.Field {
	return filters.Field{Key: []byte(key), Value: value}
}

func text(s string) msgpack.Value { return append([]byte{0xd9, byte(len(s))}, s...) }

// A record has the columns that the shipped rule and table declare, of their types.
func TestRecordsHaveColumns(t *testing.T) {
	server := newServer(t)
	b := newBackend(t, server, "id_key", "RecordId", "compression", "gzip")
	source := backendtest.Described(*pod())
	restart := 3
	source.Restart, source.Component = &restart, "c"
	now := time.Now().UTC()
	record := texts("a \"text\"\n\x01\xffé")[0]
	record.Time, record.Flags = now.UnixNano(), filters.Partial|filters.Undecoded|filters.Late
	record.Fields = []filters.Field{
		field("user", text("u")), field("TimeGenerated", text("forged")), field("trace_id", text("5b8efff798038103d269b633813fc60c")),
		field("span_id", text("eee19b7ec3c1b174")), {Key: []byte("user"), JSON: []byte(`{"a":[1,2.5,null]}`)},
	}
	old := texts("old")[0]
	old.Time, old.Severity, old.Stream = now.Add(-30*time.Hour).UnixNano()/1e6*1e6+456_789, filters.Notice, filters.Stdout
	if err := backendtest.Send(t, b, &source, record, old); err != nil || len(server.Problems()) > 0 {
		t.Fatal(err, server.Problems())
	}
	rows := server.Rows(stream)
	if len(rows) != 2 {
		t.Fatal(rows)
	}
	got := rows[0]
	for name, want := range map[string]any{
		"TimeGenerated": now.Format("2006-01-02T15:04:05.000000Z"), "LogMessage": "a \"text\"\n\x01\ufffdé", "LogSource": "stderr", "LogLevel": "ERROR", "SeverityNumber": 17.0,
		"Partial": true, "Undecoded": true, "Late": true, "TraceId": "5b8efff798038103d269b633813fc60c", "SpanId": "eee19b7ec3c1b174",
		"Cluster": "eu", "Computer": "node-1", "PodNamespace": "shop", "PodName": "web-1", "PodUid": "u-1", "ContainerName": "web", "ContainerId": "c0ffee",
		"RestartCount": 3.0, "Component": "c", "OriginalTime": nil,
	} {
		if got[name] != want {
			t.Errorf("%s is %v, want %v", name, got[name], want)
		}
	}
	if id, _ := got["RecordId"].(string); len(id) != 32 {
		t.Errorf("RecordId is %q", id)
	}
	fields, _ := got["Fields"].(map[string]any)
	if fields["user"] != "u" || fields["TimeGenerated"] != "forged" || !reflect.DeepEqual(fields["field_user"], map[string]any{"a": []any{1.0, 2.5, nil}}) {
		t.Errorf("Fields are %v", fields)
	}
	metadata, _ := got["KubernetesMetadata"].(map[string]any)
	if metadata["ownerName"] != "web" || metadata["podLabels"] == nil || metadata["podAnnotations"] == nil || metadata["namespaceLabels"] == nil || metadata["nodeLabels"] == nil {
		t.Errorf("KubernetesMetadata is %v", metadata)
	}
	if at, err := time.Parse(time.RFC3339Nano, rows[1]["OriginalTime"].(string)); err != nil || at.UnixNano() != old.Time || rows[1]["LogLevel"] != "INFO" || rows[1]["SeverityNumber"] != 10.0 {
		t.Errorf("%v", rows[1])
	}
}

// The rule and the table that are shipped declare what a record may have, and nothing else.
func TestShippedColumns(t *testing.T) {
	want := append(slices.Clone(Columns), "RecordId") // the id_key of the shipped configuration
	slices.Sort(want)
	columns := shippedColumns(t)
	if got := slices.Sorted(maps.Keys(columns)); !slices.Equal(got, want) {
		t.Errorf("the rule has %v", got)
	}
	content, err := os.ReadFile("../../../deploy/azure/table.json")
	if err != nil {
		t.Fatal(err)
	}
	var table struct {
		Properties struct {
			Schema struct {
				Columns []struct{ Name, Type string }
			}
		}
	}
	if err := json.Unmarshal(content, &table); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, c := range table.Properties.Schema.Columns {
		got[c.Name] = c.Type
	}
	if !maps.Equal(got, columns) {
		t.Errorf("the table has %v", got)
	}
	// So does the example of the documentation.
	text, err := os.ReadFile("../../../docs/backends.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "\n## azure\n")
	_, example, _ := strings.Cut(section, "```json\n")
	example, _, _ = strings.Cut(example, "```")
	var row map[string]any
	if err := json.Unmarshal([]byte(example), &row); err != nil || row["LogMessage"] == nil {
		t.Errorf("%v in %s", err, example)
	}
	for name := range row {
		if columns[name] == "" {
			t.Errorf("the example has the column %s", name)
		}
	}
	// "Column names must start with a letter and can consist of up to 45 alphanumeric
	// characters and underscores."
	for _, name := range want {
		if len(name) > 45 || slices.Contains([]string{"id", "TenantId", "Type", "UniqueId", "Title"}, name) {
			t.Errorf("no column can be called %s", name)
		}
	}
}

// Whatever a record has, a request is JSON that the API reads, and no value is cut off.
func TestAwkwardRecords(t *testing.T) {
	server := newServer(t)
	b := newBackend(t, server)
	source := pod()
	deep := strings.Repeat("[", 100) + strings.Repeat("]", 100)
	record := texts("x")[0]
	record.Fields = []filters.Field{
		{Key: []byte("deep"), JSON: []byte(deep)}, {Key: []byte("twice"), JSON: []byte(`{"a":1,"a":2}`)}, {Key: []byte("huge"), JSON: []byte("1e999")},
		{Key: []byte(""), JSON: []byte("1")}, {Key: []byte(" "), JSON: []byte("2")}, {Key: []byte("a\"\xff"), JSON: []byte("3")},
		{Key: []byte("large"), Text: filters.PlainText([]byte(strings.Repeat("y", 70_000)))}, {Key: []byte("after"), JSON: []byte("4")},
	}
	empty := texts("x")[0]
	empty.Fields = []filters.Field{{Key: []byte("large"), Text: filters.PlainText([]byte(strings.Repeat("y", 70_000)))}}
	nothing := filters.Record{Time: time.Now().UnixNano()}
	if err := backendtest.Send(t, b, source, record, empty, nothing); err != nil || len(server.Problems()) > 0 {
		t.Fatal(err, server.Problems())
	}
	rows := server.Rows(stream)
	fields := rows[0]["Fields"].(map[string]any)
	want := map[string]any{"deep": deep, "twice": `{"a":1,"a":2}`, "huge": "1e999", "_": 1.0, "field__": 2.0, "a\"\ufffd": 3.0, "after": 4.0}
	if !maps.Equal(fields, want) || rows[0]["FieldsDropped"] != 1.0 {
		t.Errorf("%v, %v dropped", fields, rows[0]["FieldsDropped"])
	}
	if len(rows[1]["Fields"].(map[string]any)) != 0 || rows[1]["FieldsDropped"] != 1.0 || rows[2]["LogMessage"] != nil {
		t.Errorf("%v", rows[1:])
	}
	if b.TextLimit().Bytes > 64_000 {
		t.Error(b.TextLimit())
	}
}

func FuzzAppend(f *testing.F) {
	f.Add(int64(1), []byte("text\n"), []byte("log"), []byte(`{"a":1}`), uint8(1), uint8(13), "node")
	f.Add(int64(-1), []byte("\xff\x00\"\\"), []byte("a\"\xff"), []byte(`[`), uint8(2), uint8(255), "\xff\"")
	f.Fuzz(func(t *testing.T, at int64, log, key, value []byte, stream, severity uint8, name string) {
		if !json.Valid(value) {
			value = []byte("null")
		}
		b := &Backend{}
		s := &filters.Source{Kind: filters.Container, Node: name, Pod: name, Cluster: name, Metadata: filters.NewMetadata()}
		s.Metadata.Sent.Image = name
		s.Rendered = b.Render(s)
		r := filters.Record{
			Time: at, Source: s, Log: filters.PlainText(log), Stream: filters.Stream(stream % 3), Severity: filters.Severity(severity), Flags: filters.Flags(severity % 8),
			Fields: []filters.Field{{Key: key, JSON: value}, {Key: key, JSON: []byte("1")}, {Key: []byte("field_" + string(key)), JSON: []byte("2")}},
		}
		e := newEncoder("RecordId")
		e.Append(&r)
		e.Append(&r)
		var rows []map[string]any
		if err := json.Unmarshal([]byte("["+string(e.Frame())+"]"), &rows); err != nil || len(rows) != 2 {
			t.Fatalf("%v in %s", err, e.Frame())
		}
	})
}

func TestAppendAllocatesNothing(t *testing.T) {
	s := pod()
	s.Rendered = (&Backend{}).Render(s)
	r := texts("a \"b\"\xff")[0]
	r.Source, r.Fields = s, []filters.Field{field("n", msgpack.Value{0x92, 1, 0x81, 0xa1, 'k', 0xc0}), field("log", text("b"))}
	e := newEncoder("RecordId")
	e.Append(&r)
	if n := testing.AllocsPerRun(100, func() { e.Reset(); r.Time += 1e9; e.Append(&r) }); n != 0 {
		t.Errorf("%v allocations a record", n)
	}
}
