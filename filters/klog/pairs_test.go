package klog

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

const header = "I0603 15:38:32.507621       1 a.go:1] "

func TestMembers(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"quoted and bare", `"m" pod="default/a" n=3 ok=true err="a \"b\"\n\u65e5"`, `{"pod":"default/a","n":"3","ok":"true","err":"a \"b\"\n日"}`},
		{"JSON", `"m" obj={"name":"x y","in":{"a":["}",1]}} list=["a b","c"] n=1`,
			`{"obj":"{\"name\":\"x y\",\"in\":{\"a\":[\"}\",1]}}","list":"[\"a b\",\"c\"]","n":"1"}`},
		{"as older versions write it", `"m" obj={Name:x y In:[a b]} map=map[a:b c:d] err=<nil> p=&{A:1 B:2} t=1m0s`,
			`{"obj":"{Name:x y In:[a b]}","map":"map[a:b c:d]","err":"<nil>","p":"&{A:1 B:2}","t":"1m0s"}`},
		{"a block", "\"m\" err=<\n\tfirst\n\t\tindented\n\t\n\t > is text\n > pod=\"a\"", `{"err":"first\n\tindented\n\n > is text","pod":"a"}`},
		{"two blocks", "\"m\" a=<\n\t1\n > b=<\n\t2\n >", `{"a":"1","b":"2"}`},
		{"lines after it", "\"m\" a=\"1\"\nb=\"2\"", `{"a":"1"}`},
		{"a carriage return", "\"m\" a=1 b=\"2\"\r", `{"a":"1","b":"2"}`},
		{"no pairs", `"m"`, ""},
		{"no structured line", `m a="1"`, ""},
		{"a truncated message", `"m a=1`, ""},
		{"text after the message", `"m"a=1`, ""},
		{"no pair", `"m" what a=1`, ""},
		{"pairs before other text", `"m" a=1 what b=2`, `{"a":"1"}`},
		{"empty values", `"m" a= b="" c={}`, `{"a":"","b":"","c":"{}"}`},
		{"no key", `"m" ="1"`, ""},
		{"a key twice", `"m" a=1 a=2`, `{"a":"1"}`},
		{"keys of all kinds", `"m" a.b/c-d=1 ä=2`, `{"a.b/c-d":"1","ä":"2"}`},
		{"a truncated value", `"m" a="1" b="2`, `{"a":"1"}`},
		{"a truncated bracket", `"m" a={"b":1 c=2`, `{"a":"{\"b\":1 c=2"}`},
		{"a truncated quote", `"m" a={"b:1} c="2"`, `{"a":"{\"b:1} c=\"2\""}`},
		{"brackets too many", `"m" a=}]} b=1`, `{"a":"}]}","b":"1"}`},
		{"a truncated block", "\"m\" a=<\n\t1\n\t2", `{"a":"1\n2"}`},
		{"a block without its lines", `"m" a=1 b=<`, `{"a":"1"}`},
		{"a block without its indent", "\"m\" b=<\n1\n >", ""},
		{"text after a block", "\"m\" b=<\n\t1\n >x=1", `{"b":"1"}`},
		{"not UTF-8", "\"m\" a=\xff b=\"\\xff\"", `{"a":"` + "\ufffd" + `","b":"` + "\ufffd" + `"}`},
		{"keys of the plugin", `"m" time="x" kubernetes={"namespace_name":"kube-system"}`, `{"time":"x","kubernetes":"{\"namespace_name\":\"kube-system\"}"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			dst, object := AppendMembers([]byte("x"), []byte(header+c.text))
			if string(object) != c.want || string(dst) != "x"+c.want {
				t.Errorf("got  %s\nwant %s", object, c.want)
			}
			var scratch []byte
			if h, ok := Parse([]byte(header+c.text), 0, time.UTC, &scratch); !ok || string(h.Members) != c.want {
				t.Errorf("Parse: %s, %v", h.Members, ok)
			}
		})
	}
	if _, object := AppendMembers(nil, []byte(`no header] "m" a=1`)); object != nil {
		t.Errorf("a text without a header has %s", object)
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{
		`"Removing" a="b" n={"x":[1]}`, "\"m\" err=<\n\tfirst\n\tsecond\n > a=1", `"m" a={"b c="\"`, "\"m\" a=<\n > b=1",
	} {
		f.Add([]byte(header+text), int64(0))
	}
	f.Fuzz(func(t *testing.T, text []byte, near int64) {
		h, ok := Parse(text, near, time.UTC, new([]byte))
		if ok && (h.Severity == 0 || !h.HasTime || h.Caller.Len() == 0) {
			t.Errorf("%q: %+v", text, h)
		}
		for _, object := range [][]byte{h.Members, members(text)} {
			var m map[string]string
			if object != nil && (json.Unmarshal(object, &m) != nil || len(m) == 0 || strings.ContainsAny(string(object), "\n\r")) {
				t.Errorf("%q became %q", text, object)
			}
		}
	})
}

func members(text []byte) []byte {
	_, object := AppendMembers(nil, text)
	return object
}

// A text with many starts of a value is parsed in one pass. With a pass for each start,
// this test does not end.
func TestHostileTextsAreParsedInLinearTime(t *testing.T) {
	for _, piece := range []string{`a={\"} `, `a={" `, `a=[ `, "a=<\n\t\n", `a="`, `a=b `} {
		members([]byte(header + `"m" ` + strings.Repeat(piece, 8<<20/len(piece))))
	}
}

func BenchmarkParse(b *testing.B) {
	near := time.Date(2026, 6, 3, 15, 38, 33, 0, time.UTC).UnixNano()
	for name, text := range map[string]string{
		"text":  header + `Removing service port "default/monitoring:prometheus"`,
		"pairs": header + `"Error syncing pod, skipping" err="failed to \"StartContainer\"" pod="default/a" podUID="3f0c8a52" n=3`,
		"block": header + "\"m\" err=<\n\tfirst line of the error\n\tsecond line of the error\n > pod=\"default/a\"",
	} {
		b.Run(name, func(b *testing.B) {
			line, scratch := []byte(text), make([]byte, 0, 1000)
			b.SetBytes(int64(len(line)))
			b.ReportAllocs()
			for b.Loop() {
				scratch = scratch[:0]
				Parse(line, near, time.UTC, &scratch)
			}
		})
	}
}
