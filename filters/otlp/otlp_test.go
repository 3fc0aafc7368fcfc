package otlp

import (
	"fmt"
	"strings"
	"testing"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/internal/msgpack"
	"github.com/k8slog/k8slog/test/chunktest"
)

// decode returns the severity, the time and the fields of a record with that metadata. own
// are the keys in the body of the record.
func decode(metadata chunktest.Map, own ...string) string {
	r := &filters.Record{Time: 7}
	if len(own) > 0 && own[0] == "no time" {
		r.Time, own = 0, own[1:]
	}
	for _, name := range own {
		r.Fields = append(r.Fields, filters.Field{Key: []byte(name), Value: chunktest.AppendString(nil, "own")})
	}
	Decode(r, chunktest.AppendValue(nil, metadata))
	text := []string{fmt.Sprint(r.Severity, r.Time)}
	for _, f := range r.Fields {
		value := f.Text.AppendPlain(nil)
		if f.Value != nil {
			value = msgpack.AppendJSON(nil, f.Value)
		}
		text = append(text, fmt.Sprintf("%s=%s", f.Key, value))
	}
	if r.Flags != filters.Decoded|filters.Timed {
		text = append(text, fmt.Sprint("flags ", r.Flags))
	}
	return strings.Join(text, " ")
}

func TestDecode(t *testing.T) {
	id := []byte("\x5b\x8e\xff\xf7\x98\x03\x81\x03\xd2\x69\xb6\x33\x81\x3f\xc6\x0c")
	type m = chunktest.Map
	for _, test := range []struct {
		name     string
		metadata m
		own      []string
		want     string
	}{
		{"nothing", m{}, nil, " 7"},
		{"as Fluent Bit writes it", m{
			"observed_timestamp", 9, "severity_number", 17, "severity_text", "ERROR", "attributes", m{"a.b", "x", "n", 5}, "trace_id", id, "span_id", id[:8],
		}, nil, `error 7 observed_timestamp=9 attributes={"a.b":"x","n":5} trace_id=5b8efff798038103d269b633813fc60c span_id=5b8efff798038103`},
		{"a text of its own", m{"severity_number", 17, "severity_text", "Failure"}, nil, `error 7 severity_text="Failure"`},
		{"a text that says otherwise", m{"severity_number", 17, "severity_text", "info"}, nil, `error 7 severity_text="info"`},
		{"only a text", m{"severity_text", "WARN"}, nil, `warn 7`},
		{"the text first", m{"severity_text", "WARN", "severity_number", 9}, nil, `info 7`},
		{"an empty text", m{"severity_number", 0, "severity_text", ""}, nil, ` 7 severity_number=0`},
		{"no such number", m{"severity_number", 25}, nil, ` 7 severity_number=25`},
		{"a number that is text", m{"severity_number", "SEVERITY_NUMBER_WARN"}, nil, ` 7 severity_number="SEVERITY_NUMBER_WARN"`},
		{"no time", m{"observed_timestamp", 9}, []string{"no time"}, ` 9 observed_timestamp=9`},
		{"the same time", m{"timestamp", 7}, nil, ` 7`},
		{"another time", m{"timestamp", 8}, nil, ` 7 timestamp=8`},
		{"ids that are text", m{"trace_id", "5b8efff798038103d269b633813fc60c", "span_id", "5B8EFFF798038103"}, nil, ` 7 trace_id="5b8efff798038103d269b633813fc60c" span_id="5B8EFFF798038103"`},
		{"invalid IDs", m{"trace_id", "", "span_id", []byte{1, 2}}, nil, " 7 span_id=\"\\u0001\\u0002\""},
		{"keys that the body has", m{"trace_id", id, "attributes", m{}, "trace_flags", 1}, []string{"attributes", "trace_id"},
			` 7 attributes="own" trace_id="own" otlp_trace_id=5b8efff798038103d269b633813fc60c otlp_attributes={} trace_flags=1`},
	} {
		if got := decode(test.metadata, test.own...); got != test.want {
			t.Errorf("%s:\n got %s\nwant %s", test.name, got, test.want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add("severity_number", 9, "trace_id", []byte("\x00\xff"), "attributes")
	f.Add("timestamp", 7, "severity_text", []byte("warn"), "severity_text")
	f.Fuzz(func(t *testing.T, name1 string, n int, name2 string, bytes []byte, own string) {
		if len(bytes) > 255 {
			return
		}
		r := &filters.Record{Fields: []filters.Field{{Key: []byte(own), Value: []byte{0xc0}}}}
		Decode(r, chunktest.AppendValue(nil, chunktest.Map{name1, n, name2, bytes}))
		if r.Severity.String() == "" && r.Severity != 0 || len(r.Fields) > 3 {
			t.Errorf("%+v", r)
		}
		for _, field := range r.Fields[1:] {
			if string(field.Key) == own || !field.Text.Exists() && field.Value == nil || field.Own {
				t.Errorf("%q: %+v", field.Key, field)
			}
		}
	})
}
