package sent

import (
	"testing"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/chunk/chunktest"
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
		{"no text", "", []any{"a", "b"}, "", 0, 1},
		{"a level of pino", "", []any{"level", 50, "msg", "b"}, "b", filters.Error, 1},
		{"a level of nobody", "", []any{"level", "loud", "severity", "info", "msg", "b"}, "b", filters.Info, 2},
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

// What is known of a record already is not looked for.
func TestWhatIsKnownStays(t *testing.T) {
	r := &filters.Record{Severity: filters.Debug, Fields: []filters.Field{
		{Key: []byte("level"), Value: chunktest.AppendString(nil, "error")},
		{Key: []byte("message"), Value: chunktest.AppendString(nil, "a"), Own: true},
	}}
	Decode(r)
	if r.Severity != filters.Debug || r.Log.Exists() || len(r.Fields) != 2 {
		t.Errorf("%+v", r)
	}
}
