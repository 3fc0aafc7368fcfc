package forwarded

import (
	"testing"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/test/chunktest"
)

func TestDecode(t *testing.T) {
	for _, test := range []struct {
		name     string
		log      string
		fields   []any // key, value
		text     string
		severity filters.Severity
		left     int
	}{
		{"log", "a", []any{"message", "b", "level", "warn"}, "a", filters.Warn, 2},
		{"message", "", []any{"level", "ERROR", "message", "b\n"}, "b", filters.Error, 1},
		{"msg", "", []any{"msg", "b"}, "b", 0, 0},
		{"message before msg", "", []any{"msg", "b", "message", "c"}, "c", 0, 1},
		{"a message that is no text", "", []any{"message", 5, "msg", "b"}, "b", 0, 1},
		{"an array", "", []any{"log", chunktest.List{"a", 1, true}, "n", 1}, `["a",1,true]`, 0, 1},
		{"a truth value", "", []any{"log", true}, "true", 0, 0},
		{"a number", "", []any{"n", 1, "log", -5}, "-5", 0, 1},
		{"a number beside a text", "", []any{"log", 5, "message", "b"}, "b", 0, 1},
		{"an object", "", []any{"log", chunktest.Map{"level", "warn"}, "msg", "b"}, "b", 0, 1},
		{"only an object", "", []any{"log", chunktest.Map{"level", "warn"}}, "", 0, 1},
		{"nothing", "", []any{"log", nil}, "", 0, 1},
		{"a level of hclog", "", []any{"@level", "error", "msg", "b"}, "b", filters.Error, 1},
		{"a level of slog", "", []any{"level", "ERROR+4", "msg", "b"}, "b", filters.Fatal, 1},
		{"a number of OpenTelemetry", "", []any{"severityNumber", 13, "msg", "b"}, "b", filters.Warn, 1},
		{"no text", "", []any{"a", "b"}, "", 0, 1},
		{"a level of pino", "", []any{"level", 50, "msg", "b"}, "b", filters.Error, 1},
		{"a level of a player", "", []any{"event", "player", "level", 50}, "", 0, 2},
		{"a SeverityNumber without a text", "", []any{"severityNumber", 17}, "", filters.Error, 1},
		{"a severity of Google Cloud", "", []any{"severity", 400, "message", "b"}, "b", filters.Warn, 1},
		{"an unknown level", "", []any{"level", "loud", "severity", "info", "msg", "b"}, "b", filters.Info, 2},
	} {
		r := &filters.Record{}
		if test.log != "" {
			r.Log = filters.PlainText([]byte(test.log))
		}
		for i := 0; i < len(test.fields); i += 2 {
			r.Fields = append(r.Fields, filters.Field{Key: []byte(test.fields[i].(string)), Value: chunktest.AppendValue(nil, test.fields[i+1])})
		}
		Decode(r)
		if text, _ := r.Log.Plain(); string(text) != test.text || r.Severity != test.severity || len(r.Fields) != test.left || r.Flags != filters.Decoded {
			t.Errorf("%s: %q, %s, %d fields left, flags %b", test.name, text, r.Severity, len(r.Fields), r.Flags)
		}
	}
}

// Docker's fluentd driver sends the fields of partial lines as strings.
func TestPartialLines(t *testing.T) {
	for _, test := range []struct {
		fields  []string
		partial bool
	}{
		{[]string{"log", "a", "container_id", "x", "partial_message", "true", "partial_id", "q", "partial_ordinal", "1", "partial_last", "false"}, true},
		{[]string{"log", "a", "container_id", "x", "partial_message", "true", "partial_id", "q", "partial_ordinal", "2", "partial_last", "true"}, true},
		{[]string{"log", "a", "partial_message", "false"}, false},
		{[]string{"log", "partial_message", "a", "true"}, false},
	} {
		r := &filters.Record{}
		for i := 0; i < len(test.fields); i += 2 {
			r.Fields = append(r.Fields, filters.Field{Key: []byte(test.fields[i]), Value: chunktest.AppendString(nil, test.fields[i+1])})
		}
		if Decode(r); r.Flags&filters.Partial != 0 != test.partial {
			t.Errorf("%q: flags %b", test.fields, r.Flags)
		}
	}
}

// Decode keeps an existing severity, and ignores fields of the plugin's own.
func TestDecodeKeepsTheSeverity(t *testing.T) {
	r := &filters.Record{Severity: filters.Debug, Fields: []filters.Field{
		{Key: []byte("level"), Value: chunktest.AppendString(nil, "error")},
		{Key: []byte("message"), Value: chunktest.AppendString(nil, "a"), Own: true},
	}}
	Decode(r)
	if r.Severity != filters.Debug || r.Log.Exists() || len(r.Fields) != 2 {
		t.Errorf("%+v", r)
	}
}
