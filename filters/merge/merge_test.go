package merge

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/internal/jsontext"
)

var (
	container = &filters.Source{Kind: filters.Container}
	near      = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC).UnixNano()
	on        = Filter{Members: true, Key: []byte("log_processed")}
)

func record(text filters.Text) *filters.Record {
	return &filters.Record{Time: near, Log: text, Source: container}
}

// escaped returns a text as Docker encodes it.
func escaped(text string) filters.Text {
	return filters.EscapedText(jsontext.AppendBody(nil, []byte(text)))
}

// object returns the object that was added. It must be the only field.
func object(t *testing.T, r *filters.Record) string {
	t.Helper()
	if len(r.Fields) == 0 {
		return ""
	}
	f := r.Fields[0]
	if len(r.Fields) != 1 || string(f.Key) != "log_processed" || !f.Own || f.JSON == nil {
		t.Fatalf("%+v", r.Fields)
	}
	return string(f.JSON)
}

const klogHeader = "I0811 03:42:05.658378       1 main.go:83] "

func TestMembers(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"JSON", `{"level":"info","n":1.50,"a":{"b":[1,"\u003c"]}}`, `{"level":"info","n":1.50,"a":{"b":[1,"\u003c"]}}`},
		{"JSON in lines", "{\n  \"a\": 1,\r\n  \"b\": [\n1]\n}\n", `{   "a": 1,    "b": [ 1] }`},
		{"JSON with space around", "{\"a\":1} \t", `{"a":1}`},
		{"an empty object", `{}`, `{}`},
		{"logfmt", `time="2018-08-11T03:42:05Z" level=info msg="a \"b\"" n=1`, `{"time":"2018-08-11T03:42:05Z","level":"info","msg":"a \"b\"","n":"1"}`},
		{"logfmt and a stack", "level=error msg=x\ngoroutine 1 [running]:", `{"level":"error","msg":"x"}`},
		{"klog", klogHeader + `"Updated" pod="a/b" n=3`, `{"pod":"a/b","n":"3"}`},
		{"klog, a block", klogHeader + "\"m\" err=<\n\tone\n\ttwo\n >", `{"err":"one\ntwo"}`},
		{"klog, a text", klogHeader + `Updated pod="a/b"`, ""},
		{"a text", `all is well`, ""},
		{"no text", ``, ""},
		{"an array", `[{"a":1}]`, ""},
		{"text that looks like pairs", `level=info all is well`, ""},

		// Hostile texts must neither end the record nor replace the plugin's keys.
		{"the plugin's own keys", `{"kubernetes":{"namespace_name":"kube-system"},"log_processed":{"x":1},"time":"2030-01-01T00:00:00Z","severity":"fatal","stream":"stdin","cluster":"other"}`,
			`{"kubernetes":{"namespace_name":"kube-system"},"log_processed":{"x":1},"time":"2030-01-01T00:00:00Z","severity":"fatal","stream":"stdin","cluster":"other"}`},
		{"out of the object", `{"a":1}},"kubernetes":{"namespace_name":"kube-system"}`, ""},
		{"out of the string", `{"a":"b","kubernetes":{"namespace_name":"kube-system"}`, ""},
		{"out of the line", "{\"a\":1}\n{\"time\":\"x\",\"log\":\"forged\"}", ""},
		{"a line inside", "{\"a\":1,\n\"kubernetes\":{}}", `{"a":1, "kubernetes":{}}`},
		{"a line in a string", "{\"a\":\"1\n2\"}", ""},
		{"out of a value of logfmt", `level=info a="x\",\"kubernetes\":\"y" b="},"`, `{"level":"info","a":"x\",\"kubernetes\":\"y","b":"},"}`},
		{"out of a key of logfmt", `level=info a,{}:=x`, `{"level":"info","a,{}:":"x"}`},
		{"out of a value of klog", klogHeader + `"m" a={"x"},"kubernetes":{} b="1"`, `{"a":"{\"x\"},\"kubernetes\":{}","b":"1"}`},
		{"a truncated pair", `{"a":"\ud83d"}`, ""},
		{"not UTF-8", "{\"a\":\"\xff\"}", ""},
		{"NUL", "{\"a\":1}\x00", ""},
		{"too deep", strings.Repeat(`{"a":`, 33) + "1" + strings.Repeat("}", 33), ""},
		{"far too deep", strings.Repeat(`{"a":`, 1<<20), ""},
		{"deep", strings.Repeat(`{"a":`, 32) + "1" + strings.Repeat("}", 32), strings.Repeat(`{"a":`, 32) + "1" + strings.Repeat("}", 32)},
		{"not JSON", `{"a":01}`, ""},
		{"truncated", `{"a":"b`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			texts := []filters.Text{filters.PlainText([]byte(c.text))}
			if utf8.ValidString(c.text) {
				texts = append(texts, escaped(c.text))
			}
			for _, text := range texts {
				r := record(text)
				if !on.Apply(r) {
					t.Fatal("dropped")
				}
				if got := object(t, r); got != c.want {
					t.Errorf("got  %s\nwant %s", got, c.want)
				}
				if got := r.Log.AppendPlain(nil); string(got) != c.text || r.Time != near || r.Severity != 0 || r.Source != container || r.Stream != 0 || r.Flags != 0 {
					t.Errorf("the record became %+v", r)
				}
			}
		})
	}
}

func TestRecordsThatAreIgnored(t *testing.T) {
	for name, change := range map[string]func(*filters.Record){
		"a component":    func(r *filters.Record) { r.Source = &filters.Source{Kind: filters.Component} },
		"a piece":        func(r *filters.Record) { r.Flags = filters.Partial },
		"without a text": func(r *filters.Record) { r.Log = filters.Text{} },
	} {
		r := record(filters.PlainText([]byte(`{"ts":1790000000}`)))
		change(r)
		if (Filter{Members: true, Key: on.Key, TimeKeys: []string{"ts"}}).Apply(r); len(r.Fields) != 0 || r.Time != near {
			t.Errorf("%s: %+v", name, r)
		}
	}
	// The record already has that field, from a filter of Fluent Bit.
	r := record(filters.PlainText([]byte(`{"a":1}`)))
	r.Fields = []filters.Field{{Key: []byte("log_processed"), JSON: []byte(`{"a":2}`)}}
	if on.Apply(r); len(r.Fields) != 1 || string(r.Fields[0].JSON) != `{"a":2}` {
		t.Errorf("%+v", r.Fields)
	}
}

func TestTimeKeys(t *testing.T) {
	keys := []string{"ts", "time", "@timestamp"}
	for text, want := range map[string]string{
		`{"ts":"2026-11-22T09:59:00.5Z"}`:                          "2026-11-22T09:59:00.5Z",
		`{"time":1795341540,"ts":"2026-11-22T09:58:00Z"}`:          "2026-11-22T09:58:00Z",
		`{"time":"2026-11-22T18:59:00+0900","ts":"none"}`:          "2026-11-22T09:59:00Z",
		`{"@timestamp":1795341540000}`:                             "2026-11-22T09:59:00Z",
		`level=info ts=2026-11-22T09:59:00Z`:                       "2026-11-22T09:59:00Z",
		`time="2026-11-22T09:59:00Z" level=info msg=all is well`:   "2026-11-22T09:59:00Z",
		`{"ts":"2026-11-23T09:59:00Z"}`:                            "2026-11-23T09:59:00Z", // less than a day ahead
		`{"ts":"2026-11-23T10:00:01Z"}`:                            "",                     // more than a day ahead
		`{"ts":"9999-01-01T00:00:00Z"}`:                            "",
		`{"ts":"1970-01-01T00:00:00Z"}`:                            "",
		`{"ts":"1999-12-31T23:59:59Z"}`:                            "",
		`{"ts":0}`:                                                 "",
		`{"ts":12}`:                                                "",
		`{"ts":9e99}`:                                              "",
		`{"ts":null}`:                                              "",
		`{"ts":"2026-11-22 09:59:00"}`:                             "",
		`{"ts":["2026-11-22T09:59:00Z"]}`:                          "",
		`{"other":"2026-11-22T09:59:00Z"}`:                         "",
		`{"a":{"ts":"2026-11-22T09:59:00Z"}}`:                      "",
		`{"ts":"2026-11-22T09:59:00Z"`:                             "", // truncated
		`a text with ts=2026-11-22T09:59:00Z`:                      "",
		klogHeader + `"m" ts="2026-11-22T09:59:00Z"`:               "",
		"{\"ts\":\"2026-11-22T09:59:00Z\"}\n{\"a\":\"behind it\"}": "",
	} {
		for _, f := range []Filter{{TimeKeys: keys}, {TimeKeys: keys, Members: true, Key: on.Key}} {
			r := record(escaped(text))
			f.Apply(r)
			got := ""
			if r.Time != near {
				got = time.Unix(0, r.Time).UTC().Format(time.RFC3339Nano)
			}
			if got != want {
				t.Errorf("%s: %q, want %q", text, got, want)
			}
			if !f.Members && len(r.Fields) != 0 {
				t.Errorf("%s: fields %+v", text, r.Fields)
			}
		}
	}
}

func FuzzMerge(f *testing.F) {
	for _, text := range []string{
		"{\n\"level\":\"info\",\"ts\":1795341540,\"a\":[{\"b\":null}]}", `time="2026-11-22T09:59:00Z" level=info msg="a \"b\""`,
		klogHeader + "\"m\" a={\"x\"} err=<\n\tone\n > b=1", `{"kubernetes":{"namespace_name":"kube-system"},"log_processed":1}`,
	} {
		f.Add([]byte(text), true)
		f.Add([]byte(text), false)
	}
	f.Fuzz(func(t *testing.T, text []byte, isEscaped bool) {
		log := filters.PlainText(text)
		if isEscaped {
			log = filters.EscapedText(jsontext.AppendBody([]byte{}, text))
		}
		r := record(log)
		Filter{Members: true, Key: on.Key, TimeKeys: []string{"ts", "time"}}.Apply(r)
		if o := object(t, r); o != "" && (!json.Valid([]byte(o)) || o[0] != '{' || !utf8.ValidString(o) || strings.ContainsAny(o, "\n\r")) {
			t.Errorf("%q became %q", text, o)
		}
		if r.Time != near && r.Time < earliest || r.Time > near+maxAhead {
			t.Errorf("%q: time %d", text, r.Time)
		}
		if got := r.Log.AppendPlain(nil); !isEscaped && !bytes.Equal(got, text) {
			t.Errorf("%q became %q", text, got)
		}
	})
}
