package logfmt

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/k8slog/k8slog/filters"
)

func TestAppendMembers(t *testing.T) {
	for text, want := range map[string]string{
		`time="2018-08-11T03:42:05Z" level=info msg="a \"b\"\n" n=3 ok=true`: `{"time":"2018-08-11T03:42:05Z","level":"info","msg":"a \"b\"\n","n":"3","ok":"true"}`,
		"level=info\tmsg=x  a=":                 `{"level":"info","msg":"x","a":""}`,
		"level=info msg=x \r\nstack of a panic": `{"level":"info","msg":"x"}`,
		"level=info msg=x\r":                    `{"level":"info","msg":"x"}`,
		`level=info level=error`:                `{"level":"info"}`,
		`level=info time=x kubernetes="{}"`:     `{"level":"info","time":"x","kubernetes":"{}"}`,
		"level=info a=\xff":                     `{"level":"info","a":"` + "\ufffd" + `"}`,
		`level=info a=b=c`:                      `{"level":"info","a":"b=c"}`,
		`level=info msg=hello world`:            "", // not pairs up to the end
		`level=info msg="cut`:                   "",
		`level=info msg="a"b=c`:                 "",
		`level=info =x`:                         "",
		`level=info a"b=c`:                      "",
		`module=a level=info`:                   "", // may be any text
		`the level=info`:                        "",
		`level`:                                 "",
		``:                                      "",
	} {
		dst, object := AppendMembers([]byte("x"), []byte(text))
		if string(object) != want || string(dst) != "x"+want {
			t.Errorf("%q:\ngot  %s\nwant %s", text, object, want)
		}
	}
}

func TestParse(t *testing.T) {
	for _, c := range []struct {
		text     string
		severity filters.Severity
		time     int64
		message  string
		caller   string
		members  string
	}{
		{`ts=1533958925.5 level=error msg="a \"b\"" caller=a.go:1 err="no" n=1`, filters.Error, 1533958925_500000000, `a "b"`, "a.go:1", `{"err":"no","n":"1"}`},
		{`time=yesterday LEVEL=Warning message=m`, filters.Warn, 0, "m", "", `{"time":"yesterday"}`},
		{`level=info level=error msg=a msg=b`, filters.Info, 0, "a", "", `{"level":"error","msg":"b"}`},
		{`level=7 lvl=warn`, filters.Warn, 0, "", "", `{"level":"7"}`},
		{`level=info`, filters.Info, 0, "", "", ""},
		{`level=info msg=hello world`, filters.Info, 0, "hello", "", ""},
		{`severity=info a=b`, filters.Info, 0, "", "", `{"a":"b"}`},
		{`msg=x a=b`, 0, 0, "", "", ""},
	} {
		var scratch []byte
		h, ok := Parse([]byte(c.text), &scratch)
		if ok != (c.severity != 0) {
			t.Errorf("%s: %v", c.text, ok)
		}
		if !ok {
			continue
		}
		message, caller := h.Message.AppendPlain(nil), h.Caller.AppendPlain(nil)
		if h.Severity != c.severity || h.Time != c.time || string(message) != c.message || string(caller) != c.caller || string(h.Members) != c.members {
			t.Errorf("%s: %v, %d, %q, %q, %s", c.text, h.Severity, h.Time, message, caller, h.Members)
		}
	}
}

func TestTime(t *testing.T) {
	keys := []string{"ts", "time", "@timestamp"}
	for text, want := range map[string]string{
		`level=info ts=1533958925`:                            "2018-08-11T03:42:05Z",
		`time="2018-08-11T03:42:05Z" ts=1533958926`:           "2018-08-11T03:42:06Z", // the best, not the first
		`time="2018-08-11T03:42:05Z" ts=nonsense`:             "2018-08-11T03:42:05Z",
		`level=info @timestamp=1533958925 ts=x ts=1533958926`: "2018-08-11T03:42:06Z",
		`level=info when=1533958925`:                          "",
		`level=info ts=x`:                                     "",
		`other=x ts=1533958925`:                               "",
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
	f.Add([]byte(`time="2018-08-11T03:42:05Z" level=warning msg="a \"b\" c" caller=a.go:1 n=1`))
	f.Add([]byte("level=info msg=x \r\nstack"))
	f.Add([]byte("ts=1533958925 lvl=eror err=\"\\xff\" a=\"\xff\""))
	f.Fuzz(func(t *testing.T, text []byte) {
		h, ok := Parse(text, new([]byte))
		if ok && h.Severity == 0 {
			t.Errorf("%q: %+v", text, h)
		}
		if ok && Severity(text) == 0 {
			t.Errorf("%q has no severity by itself", text)
		}
		_, object := AppendMembers(nil, text)
		for _, o := range [][]byte{h.Members, object} {
			var m map[string]string
			if o != nil && (json.Unmarshal(o, &m) != nil || len(m) == 0 || bytes.ContainsAny(o, "\n\r")) {
				t.Errorf("%q became %q", text, o)
			}
		}
		Time(text, []string{"ts", "time"})
	})
}

func BenchmarkAppendMembers(b *testing.B) {
	text := []byte(`time="2018-08-11T03:42:05.658698744Z" level=info msg="request \"handled\"" status=200 path=/items/1 duration=1.5ms`)
	dst := make([]byte, 0, 1000)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		AppendMembers(dst[:0], text)
	}
}
