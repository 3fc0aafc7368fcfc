package jsonlog

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/k8slog/k8slog/filters"
)

func TestSeverity(t *testing.T) {
	for text, want := range map[string]filters.Severity{
		`{"level":"error"}`:                                   filters.Error,
		`{"Level":"Warning","MessageTemplate":"x"}`:           filters.Warn, // Serilog
		`{"LEVEL":"CRITICAL"}`:                                filters.Critical,
		`{"levelname":"ERROR","msg":"x"}`:                     filters.Error, // Python
		`{"logLevel":"debug"}`:                                filters.Debug,
		`{"@l":"Fatal"}`:                                      filters.Fatal,
		`{"log.level":"info"}`:                                filters.Info,
		`{"log":{"logger":"a","level":"warn"},"message":"x"}`: filters.Warn, // ECS, nested
		`{"log":{"logger":{"level":"warn"}}}`:                 0,
		`{"log":{"origin":1},"level":"info"}`:                 filters.Info,
		`{"log":"level"}`:                                     0,
		`{"log":{}}`:                                          0,
		`{"log":{"level`:                                      0,
		`{"level":30,"time":1533958925658}`:                   filters.Info, // pino
		`{"level":60}`:                                        filters.Fatal,
		`{"level":3}`:                                         0, // ambiguous
		`{"level":30.0,"msg":"x"}`:                            filters.Info,
		`{"level":35,"msg":"x"}`:                              0,
		`{"level":400,"level_name":"ERROR","message":"x"}`:    filters.Error, // Monolog
		`{"@level":"warn","@message":"x"}`:                    filters.Warn,  // hclog
		`{"level":"WARN+2","msg":"x"}`:                        filters.Warn,  // log/slog
		`{"level":"ERROR+4","msg":"x"}`:                       filters.Fatal,
		`{"log_level":"error"}`:                               filters.Error,
		`{"severityText":"ERROR","severityNumber":17}`:        filters.Error, // OpenTelemetry
		`{"severityNumber":10,"body":"x"}`:                    filters.Notice,
		`{"L":"WARN","T":"x","M":"m"}`:                        filters.Warn, // zap
		`{"l":"e"}`:                                           0,
		`{"level":"http","message":"GET /"}`:                  filters.Debug, // winston
		`{"level":"verbose","message":"x"}`:                   filters.Debug,
		`{"Level":"Verbose","MessageTemplate":"x"}`:           filters.Trace,  // Serilog
		`{"severity":300,"message":"x"}`:                      filters.Notice, // Google Cloud
		`{"severity":"800"}`:                                  filters.Fatal,
		`{"severity":0,"message":"x"}`:                        0,
		`{"severity":350,"message":"x"}`:                      0,
		`{"level":300,"message":"x"}`:                         0,
		`{"pid":7,"error_severity":"LOG","message":"x"}`:      filters.Info, // PostgreSQL
		`{"pid":7,"error_severity":"DEBUG3","message":"x"}`:   filters.Debug,
		`{"level":"C"}`:                                       0,
		`{"level":"E","msg":"x"}`:                             filters.Error,
		`{"event":"player","level":60}`:                       0,
		`{"event":"player","level":60,"time":1763805600123}`:  0,
		`{"level":60,"event":"player"}`:                       0,
		`{"output":"x","priority":"Notice","rule":"r"}`:       filters.Notice, // Falco
		`{"priority":"Notice"}`:                               0,
		`{"prio":2,"err_code":1,"msg":"x","label":"Note"}`:    filters.Info, // MySQL
		`{"label":"Error","msg":"x"}`:                         0,
		`{"level":"CONFIG"}`:                                  filters.Debug, // java.util.logging

		// klog
		`{"ts":1795359360016.25,"caller":"kubelet/kubelet.go:2000","msg":"Err nil","pod":"a/b"}`: filters.Error,
		`{"ts":1795359360016.25,"caller":"a.go:1","msg":"m","pod":"cut by`:                       0,
		`{"ts":1795359360016.25,"caller":"a.go:1","msg":"m","v":0}`:                              filters.Info,
		`{"ts":1795359360016.25,"caller":"a.go:1","msg":"m","level":"warn"}`:                     filters.Warn,
		`{"ts":1795359360016.25,"caller":"a.go:1","msg":"m","level":3}`:                          0,
		`{"ts":1795359360016.25,"caller":"a.go:1","msg":"m","level":"custom"}`:                   0,
		`{"ts":1795359360016.25,"caller":"a.go:1","msg":"m","severity":"custom"}`:                0,
		`{"ts":1795359360.25,"caller":"a.go:1","msg":"m"}`:                                       0, // another format
		`{"ts":"2026-11-22T10:00","caller":"a.go:1","msg":"m"}`:                                  0,
		`{"ts":1795359360016.25,"msg":"m"}`:                                                      0,

		// MongoDB
		`{"t":{"$date":"2026-11-22T10:00:00.123+00:00"},"s":"E","c":"NETWORK","id":1,"msg":"x"}`:  filters.Error,
		`{"t":{"$date":"2026-11-22T10:00:00.123+00:00"},"s":"W","c":"-"`:                          filters.Warn,
		`{"t":{"$date":"2026-11-22T10:00:00.123+00:00"},"s":"D2","c":"STORAGE","id":1,"msg":"x"}`: filters.Debug,
		`{"t":{"$date":"2026-11-22T10:00:00.123+00:00"},"s":"","msg":"x"}`:                        0,
		`{"t":"2026-11-22T10:00:00.123+00:00","s":"E","msg":"x"}`:                                 0,

		// GELF
		`{"version":"1.1","host":"x","short_message":"m","level":3}`:  filters.Error,
		`{"version":"1.1","host":"x","level":0,"short_message":"m"}`:  filters.Fatal,
		`{"version":"1.1","host":"x","short_message":"m","level":8}`:  0,
		`{"version":"1.1","host":"x","short_message":"m","level":"x"`: 0,
		`{"version":"1.1","host":"x","short_message":"m"}`:            0,
		`{"version":"1.1","host":"x","message":"m","level":3}`:        0,
		`{"version":"1.1","short_message":"m","@l":"odd"}`:            0,

		// bunyan and pino
		`{"name":"x","hostname":"h","pid":1,"level":35,"msg":"n","v":0}`:        filters.Info,
		`{"level":25,"time":1795361284123,"pid":1,"hostname":"h","msg":"pino"}`: filters.Debug,
		`{"level":59,"time":1795361284123,"pid":1,"hostname":"h"}`:              filters.Error,
		`{"level":9,"pid":1,"hostname":"h","msg":"x"}`:                          0,
		`{"level":99,"pid":1,"hostname":"h","msg":"x"}`:                         0,

		// Serilog's compact form
		`{"@t":"2026-11-22T10:00:00Z","@mt":"Hello","Name":"x"}`: filters.Info,
		`{"@t":"2026-11-22T10:00:00Z","@mt":"Hello","@l":"odd"}`: 0,
		`{"@t":"2026-11-22T10:00:00Z","@mt":"Hello","Name":"x`:   0,
		`{"@t":"2026-11-22T10:00:00Z"}`:                          0,

		// loguru
		`{"text":"x","record":{"level":{"icon":"x","name":"ERROR","no":40},"time":{}}}`: filters.Error,
		`{"text":"x","record":{"level":"ERROR"}}`:                                       0,
		`{"text":"x","record":["level"]}`:                                               0,
		`{"level":"3"}`:                                                                 0,
		`{"level":"what","severity":"INFO"}`:                                            filters.Info,
		`{"level":"info"`:                                                               filters.Info, // truncated
		`{"a":"level\":\"error"}`:                                                       0,
		`["level","error"]`:                                                             0,
	} {
		if got := Severity([]byte(text)); got != want {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
}

func TestParse(t *testing.T) {
	for _, c := range []struct {
		text    string
		message string // empty: not read
		members string
	}{
		{`{"level":"info","ts":1533958925.658,"caller":"a.go:1","msg":"m","n":{"a":[1,"}"]},"s":"\u003c"}`, "m", `{"n":{"a":[1,"}"]},"s":"\u003c"}`},
		{`{"ts":1533958925658.3,"caller":"a.go:1","msg":"m","v":0}`, "m", `{"v":0}`},
		{`{"ts":1533958925658.3,"caller":"a.go:1","msg":"m","pod":"a/b"}`, "m", `{"pod":"a/b"}`},
		{`{"level":"info","msg":"m"}`, "m", ""},
		{`{"level":"info","msg":"m","msg":"n","level":"error","ts":"x"}`, "m", `{"msg":"n","level":"error","ts":"x"}`},
		{`{"log":{"level":"info"},"msg":"m"}`, "m", `{"log":{"level":"info"}}`},
		{" {\n\t\"level\" : \"info\" ,\r\n \"msg\":\"m\" , \"a\" :\n[ 1 ,\n2 ]\n}\n", "m", `{"a" : [ 1 , 2 ]}`},
		{`{"level":"info","msg":"m","a":1,}`, "", ""},
		{`{"level":"info","msg":"m","a":01}`, "", ""},
		{`{"level":"info","msg":"m","a":{"b":}}`, "", ""},
		{`{"level":"info","msg":"m"} x`, "", ""},
		{`{"level":"info","msg":"m"`, "", ""},
		{`"level":"info","msg":"m"}`, "", ""},
		{`{"msg":"m"}`, "", ""},
		{`{"ts":1533958925658.3,"logger":"a","msg":"m"}`, "m", `{"logger":"a"}`},
		{"{\"level\":\"info\",\"msg\":\"m\",\"a\":\"\xff\"}", "", ""},
		{`{}`, "", ""},
		{``, "", ""},
	} {
		scratch := []byte("x")
		h, ok := Parse([]byte(c.text), &scratch)
		if got := string(h.Message.AppendPlain(nil)); ok != (c.message != "") || got != c.message || string(h.Members) != c.members || string(scratch) != "x"+c.members {
			t.Errorf("%s: %v, %q, %s", c.text, ok, got, h.Members)
		}
	}
}

func TestTime(t *testing.T) {
	keys := []string{"ts", "time", "@timestamp"}
	for text, want := range map[string]string{
		`{"ts":1533958925.5}`:                                 "2018-08-11T03:42:05.5Z",
		`{"time":"2018-08-11T03:42:05Z","ts":1533958926}`:     "2018-08-11T03:42:06Z",
		`{"ts":"nonsense","time":"1533958925658"}`:            "2018-08-11T03:42:05.658Z",
		`{"ts":{"time":1533958925},"a":1}`:                    "",
		`{"TS":1533958925}`:                                   "",
		`{"ts":null,"@timestamp":"2018-08-11T05:42:05+0200"}`: "2018-08-11T03:42:05Z",
	} {
		got := ""
		if ns, ok := Time([]byte(text), keys); ok {
			got = time.Unix(0, ns).UTC().Format(time.RFC3339Nano)
		}
		if got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"level":"warn","ts":1533958925.65,"caller":"a.go:1","msg":"slow","a":[1,{"b":null}]}`))
	f.Add([]byte("{\n\"ts\":1,\"msg\":\"m\",\"v\":0,\r\"a\":-1.5e+3}"))
	f.Add([]byte(`{"log":{"level":"info"},"a":"\ud83d"}`))
	f.Add([]byte(`{"t":{"$date":"x"},"s":"E","version":"1","short_message":"","level":7,"pid":1,"hostname":"","@t":"","@mt":""}`))
	f.Add([]byte(`{"record":{"level":{"name":"ERROR"}}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		Severity(text)
		h, ok := Parse(text, new([]byte))
		if ok && (h.Severity == 0 && !h.HasTime || !json.Valid(text)) {
			t.Errorf("%q: %+v", text, h)
		}
		if h.Members != nil && (!json.Valid(h.Members) || bytes.ContainsAny(h.Members, "\n\r")) {
			t.Errorf("%q became %q", text, h.Members)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	text := []byte(`{"level":"info","ts":"2026-11-22T10:00:00Z","caller":"a.go:1","msg":"request handled","status":200,"path":"/items/1"}`)
	var scratch []byte
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		scratch = scratch[:0]
		Parse(text, &scratch)
	}
}

func nested(n int) string { return strings.Repeat(`{"a":`, n) + "1" + strings.Repeat("}", n) }
