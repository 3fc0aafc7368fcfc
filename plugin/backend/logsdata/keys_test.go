package logsdata

import (
	"fmt"
	"strings"
	"testing"

	common "go.opentelemetry.io/proto/slim/otlp/common/v1"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/test/chunktest"
)

// own are the names that only the plugin writes, and those that Loki gives to
// the members of a log record.
var own = []string{
	"service.name", "k8s.cluster.name", "k8s.node.name", "k8s.namespace.name", "k8s.pod.name", "k8s.pod.uid", "k8s.container.name",
	"k8s.container.restart_count", "container.id", "log.iostream", "log.record.uid", "log.file.path",
	"k8slog.partial", "k8slog.undecoded", "k8slog.resource", "k8slog.scope", "k8slog.metadata",
	"severity_number", "severity_text", "observed_timestamp", "trace_id", "span_id", "flags", "trace_flags",
	"scope_name", "scope_version", "scope_dropped_attributes_count", "dropped_attributes_count", "detected_level",
}

// flattened are the names that Loki makes of attributes (see pkg/loghttp/push/otlp.go
// there): one _ for all that is no letter and no digit, and objects joined.
func flattened(prefix string, pairs []*common.KeyValue) (names []string) {
	for _, p := range pairs {
		name := p.Key
		if prefix != "" {
			name = prefix + "_" + name
		}
		name = underscored(name)
		if nested := p.Value.GetKvlistValue(); nested != nil {
			names = append(names, flattened(name, nested.Values)...)
		} else {
			names = append(names, name)
		}
	}
	return names
}

func underscored(name string) string {
	var b strings.Builder
	for _, c := range name {
		switch {
		case c < 0x80 && alphanumeric(byte(c)):
			b.WriteRune(c)
		case !strings.HasSuffix(b.String(), "_"):
			b.WriteByte('_')
		}
	}
	return b.String()
}

// Nothing in a record may set or repeat what the plugin says, however its key
// is spelt, and whatever Loki makes of it.
func TestFieldsNeverTakeNamesOfThePlugin(t *testing.T) {
	var fields []filters.Field
	for _, name := range own {
		spellings := []string{name, strings.ToUpper(name), strings.ReplaceAll(name, ".", "_"), strings.ReplaceAll(name, "_", "-"), "." + name, strings.ReplaceAll(name, ".", " .")}
		for _, key := range spellings {
			fields = append(fields, field(key, "forged"))
		}
		// As objects, cut at each of its words.
		for i, c := range name {
			if c == '.' || c == '_' {
				fields = append(fields, field(name[:i], chunktest.Map{name[i+1:], "forged"}),
					filters.Field{Key: []byte(name[:i]), JSON: []byte(` {"` + name[i+1:] + `":"forged"}`), Own: true})
				if words := strings.FieldsFunc(name, func(c rune) bool { return c == '.' || c == '_' }); len(words) > 2 {
					fields = append(fields, field(words[0], chunktest.Map{words[1], chunktest.Map{strings.Join(words[2:], "_"), "forged"}}))
				}
			}
		}
	}
	fields = append(fields, field("", "forged"), field("_", "forged"), field("名前", "forged"), field("__", chunktest.Map{"_", "forged"}))
	for _, f := range fields {
		r := filters.Record{Time: when, Source: pod("p"), Log: filters.PlainText([]byte("x")), Fields: []filters.Field{f}}
		attributes := decode(t, encode(&r))[0].ScopeLogs[0].LogRecords[0].Attributes
		if len(attributes) != 2 {
			t.Fatalf("%s: %v", f.Key, attributes)
		}
		for _, name := range flattened("", attributes[1:]) {
			lower := strings.Trim(strings.ToLower(name), "_")
			if lower == "" {
				t.Errorf("%q has a name that Loki refuses", f.Key)
			}
			for _, o := range own {
				if lower == underscored(o) {
					t.Errorf("%q passes for %s", f.Key, o)
				}
			}
		}
	}
}

func TestOtherNamesStayWhatTheyAre(t *testing.T) {
	for _, key := range []string{
		"log_processed", "log.level", "level", "message", "msg", "caller", "service", "service.version", "container", "trace", "time", "timestamp",
		"http.status", "user_name", "traceId", "k8sx", "logs", "_PID", "a_very_long_name_that_has_no_end_at_all", "attrs", "名前1",
	} {
		if f := field(key, "x"); reserved(f.Key, false) {
			t.Errorf("%s is reserved", key)
		}
	}
}

func TestManyKeys(t *testing.T) {
	const n = 5000
	var fields []filters.Field
	var m chunktest.Map
	for i := range n {
		fields = append(fields, field(fmt.Sprint("k", i), i), field(fmt.Sprint("k", i/2), -1))
		m = append(m, fmt.Sprint("k", i), chunktest.Map{"k1", i, "k1", i}, fmt.Sprint("k", i/2), -1)
	}
	r := filters.Record{Time: when, Source: pod("p"), Log: filters.PlainText([]byte("x")), Fields: append(fields, field("m", m))}
	e := NewEncoder()
	for range 2 {
		e.Reset()
		e.Append(&r)
		l := decode(t, e.Frame())[0].ScopeLogs[0].LogRecords[0]
		if len(l.Attributes) != n+2 || l.DroppedAttributesCount != n {
			t.Errorf("%d attributes, %d dropped", len(l.Attributes), l.DroppedAttributesCount)
		}
		if nested := l.Attributes[n+1].Value.GetKvlistValue().Values; len(nested) != n || len(nested[7].Value.GetKvlistValue().Values) != 1 {
			t.Errorf("%d keys in the map", len(nested))
		}
	}
}
