package jsonlog

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestObject(t *testing.T) {
	for _, text := range []string{
		`{}`, ` { } `, `{"a":1}`, `{"a":"b","c":[],"d":{},"e":[1,2.5,-0,1e5,1E-5,true,false,null,"\ud83d\ude07"]}`,
		"\n{\"a\"\r\n:\n[\n1\n,\n2\n]\n}\n", nested(maxDepth), `{"":""}`, `{"a":1,"a":2}`,
	} {
		object, multiline, ok := Object([]byte(text))
		if !ok || !json.Valid(object) || string(object) != strings.TrimSpace(text) || multiline != strings.ContainsAny(string(object), "\n\r") {
			t.Errorf("%q: %q, %v, %v", text, object, multiline, ok)
		}
	}
	for _, text := range []string{
		``, ` `, `{`, `}`, `[]`, `[{}]`, `"a"`, `1`, `null`, `{"a"}`, `{"a":}`, `{"a":1,}`, `{,"a":1}`, `{"a":1 "b":2}`, `{a:1}`, `{'a':1}`,
		`{"a":1}}`, `{"a":1}{"a":1}`, `{"a":1} x`, `{"a":01}`, `{"a":+1}`, `{"a":1.}`, `{"a":.5}`, `{"a":1e}`, `{"a":-}`, `{"a":NaN}`, `{"a":Infinity}`,
		`{"a":tru}`, `{"a":True}`, `{"a":nullx}`, `{"a":[1,]}`, `{"a":[1}`, `{"a":{]}`, `{"a":"b`, `{"a":"\x"}`, `{"a":"\ud83d"}`, `{"a":"\ude07"}`, `{"\ud83d":1}`,
		"{\"a\":\"\n\"}", "{\"a\":\"\t\"}", "{\"a\":\"\xff\"}", "{\"\xc3\":1}", "{\"a\":1\x00}", "\ufeff{\"a\":1}", "{\"a\":1\v}", "{\"a\":1\u00a0}",
		nested(maxDepth + 1), strings.Repeat(`{"a":`, 1<<20), `{"a":` + strings.Repeat("[", 1<<20), `{"a":/**/1}`,
	} {
		if object, _, ok := Object([]byte(text)); ok || object != nil {
			t.Errorf("%.60q was taken", text)
		}
	}
}

func FuzzObject(f *testing.F) {
	f.Add([]byte("{\"a\":\n[1,\"\\ud83d\\ude07\",{\"b\":-0.5e+1}]}"))
	f.Add([]byte(nested(33)))
	f.Fuzz(func(t *testing.T, text []byte) {
		object, multiline, ok := Object(text)
		if !ok {
			// Object refuses valid JSON only for its depth or its strings.
			trimmed := bytes.Trim(text, space)
			if len(trimmed) > 0 && trimmed[0] == '{' && json.Valid(text) && utf8.Valid(text) && !bytes.Contains(text, []byte(`\u`)) && bytes.Count(text, []byte("{"))+bytes.Count(text, []byte("[")) <= maxDepth {
				t.Errorf("%q was refused", text)
			}
			return
		}
		line := AppendOneLine([]byte("x"), object)[1:]
		if !json.Valid(text) || !json.Valid(line) || !utf8.Valid(line) || bytes.ContainsAny(line, "\n\r") {
			t.Errorf("%q became %q", text, line)
		}
		if !multiline && !bytes.Equal(line, object) {
			t.Errorf("%q has no line break", object)
		}
		var want, got any
		if json.Unmarshal(object, &want) == nil && json.Unmarshal(line, &got) == nil {
			if a, b := must(json.Marshal(want)), must(json.Marshal(got)); a != b {
				t.Errorf("%s became %s", a, b)
			}
		}
	})
}

func must(b []byte, err error) string {
	if err != nil {
		panic(err)
	}
	return string(b)
}

func BenchmarkObject(b *testing.B) {
	text := []byte(`{"level":"info","ts":"2026-11-22T10:00:00Z","msg":"request handled","status":200,"path":"/items/1","user":{"id":"u-17","roles":["a","b"]}}`)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		Object(text)
	}
}
