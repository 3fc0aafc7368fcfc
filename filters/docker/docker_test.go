package docker

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/k8slog/k8slog/filters"
)

const usual = `{"log":"I0811 03:42:05.658378       1 main.go:83] GCE config: \u0026{Project:a}\n","stream":"stderr","time":"2018-08-11T03:42:05.658698744Z"}`

func newRecord(line string) *filters.Record {
	return &filters.Record{Time: 1, Log: filters.PlainText([]byte(line))}
}

func TestDecode(t *testing.T) {
	const end = `,"stream":"stdout","time":"2018-08-11T03:42:05Z"}`
	at := time.Date(2018, 8, 11, 3, 42, 5, 0, time.UTC).UnixNano()
	whole, partial := filters.Decoded, filters.Decoded|filters.Partial
	for _, c := range []struct {
		name, line, text string
		flags            filters.Flags
		attrs            string
	}{
		{"whole line", `{"log":"text\n"` + end, "text", whole, ""},
		{"partial line", `{"log":"text"` + end, "text", partial, ""},
		{"empty line", `{"log":"\n"` + end, "", whole, ""},
		{"empty text", `{"log":""` + end, "", partial, ""},
		{"two line feeds", `{"log":"a\n\n"` + end, "a\n", whole, ""},
		{"backslash and n", `{"log":"C:\\n"` + end, `C:\n`, partial, ""},
		{"escapes", `{"log":"\u003ca href=\"b\"\u003e\t\\ \u00e4 \ud83d\ude07\n"` + end, "<a href=\"b\">\t\\ ä 😇", whole, ""},
		{"carriage return", `{"log":"a\r\n"` + end, "a\r", whole, ""},
		{"UTF-8", `{"log":"突然ですが\n"` + end, "突然ですが", whole, ""},
		{"invalid UTF-8", `{"log":"a` + "\xff" + `b\n"` + end, "a\xffb", whole, ""},
		{"an unpaired surrogate", `{"log":"a\ud83d\n"` + end, "a\ufffd", whole, ""},
		{"unknown escape", `{"log":"a\x41\n"` + end, `a\x41`, whole, ""},
		{"control character", `{"log":"a` + "\x01" + `b\n"` + end, "a\x01b", whole, ""},
		{"attributes", `{"log":"a\n","stream":"stdout","attrs":{"tag":"a\u0026b","env":""},"time":"2018-08-11T03:42:05Z"}`, "a", whole, `{"tag":"a\u0026b","env":""}`},
		{"no attributes", `{"log":"a\n","stream":"stdout","attrs":{},"time":"2018-08-11T03:42:05Z"}`, "a", whole, `{}`},
		{"nested document as text", `{"log":"{\"log\":\"inner\\n\",\"stream\":\"stderr\"}\n"` + end, `{"log":"inner\n","stream":"stderr"}`, whole, ""},

		{"another order", `{"time":"2018-08-11T03:42:05Z","stream":"stdout","log":"a\u003c\n"}`, "a<", whole, ""},
		{"white space", ` {"log" : "a\n" , "stream" : "stdout" , "time" : "2018-08-11T03:42:05Z" } `[1:], "a", whole, ""},
		{"white space, partial line", `{ "log":"a\\n", "stream":"stdout","time":"2018-08-11T03:42:05Z"}`, `a\n`, partial, ""},
		{"trailing line feed", `{"log":"a\n"` + end + "\n", "a", whole, ""},
		{"attributes in another position", `{"attrs":{"z":"1","a":"\u00222"},"log":"a\n"` + end, "a", whole, `{"a":"\"2","z":"1"}`},
		{"attributes with white space", `{"log":"a\n","stream":"stdout","attrs":{ "k" : "v" },"time":"2018-08-11T03:42:05Z"}`, "a", whole, `{"k":"v"}`},
		{"an empty text in another position", `{"stream":"stdout","log":"","time":"2018-08-11T03:42:05Z"}`, "", partial, ""},
		{"escaped key", `{"\u006cog":"a\n"` + end, "a", whole, ""},
		{"zone", `{"log":"a\n","stream":"stdout","time":"2018-08-11T12:42:05+09:00"}`, "a", whole, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRecord(c.line)
			if !Decode(r) {
				t.Fatal("not decoded")
			}
			if text := string(r.Log.AppendPlain(nil)); text != c.text || !r.Log.Exists() {
				t.Errorf("text %q, want %q", text, c.text)
			}
			if r.Time != at || r.Stream != filters.Stdout || r.Flags != c.flags {
				t.Errorf("time %d, stream %v, flags %b, want flags %b", r.Time, r.Stream, r.Flags, c.flags)
			}
			attrs := ""
			if len(r.Fields) == 1 && string(r.Fields[0].Key) == "attrs" {
				attrs = string(r.Fields[0].JSON)
			}
			if attrs != c.attrs || len(r.Fields) > 1 {
				t.Errorf("fields %+v, want attrs %s", r.Fields, c.attrs)
			}
			checkOutput(t, r)
		})
	}
}

// checkOutput fails unless the record can be written as JSON.
func checkOutput(t *testing.T, r *filters.Record) {
	t.Helper()
	text := append(r.Log.AppendJSON([]byte{'"'}), '"')
	if !json.Valid(text) || !utf8.Valid(text) {
		t.Errorf("text is written as %q", text)
	}
	for _, f := range r.Fields {
		if !json.Valid(f.JSON) {
			t.Errorf("field %s is written as %q", f.Key, f.JSON)
		}
	}
}

func TestDecodeRefusesOtherLines(t *testing.T) {
	for name, line := range map[string]string{
		"nothing":                    "",
		"no JSON":                    "plain text",
		"an array":                   `[]`,
		"an empty object":            `{}`,
		"a truncated line":           usual[:len(usual)/2],
		"all but the brace":          usual[:len(usual)-1],
		"NUL-filled tail":            usual[:60] + strings.Repeat("\x00", 100),
		"only NUL":                   strings.Repeat("\x00", 100),
		"NUL behind":                 usual + "\x00\x00",
		"NUL and a line behind":      usual + "\x00\x00" + usual,
		"two lines glued":            usual[:50] + usual,
		"text behind":                usual + "x",
		"no log":                     `{"stream":"stdout","time":"2018-08-11T03:42:05Z"}`,
		"no stream":                  `{"log":"a\n","time":"2018-08-11T03:42:05Z"}`,
		"no time":                    `{"log":"a\n","stream":"stdout"}`,
		"log of null":                `{"log":null,"stream":"stdout","time":"2018-08-11T03:42:05Z"}`,
		"log of a number":            `{"log":1,"stream":"stdout","time":"2018-08-11T03:42:05Z"}`,
		"another stream":             `{"log":"a\n","stream":"stdlog","time":"2018-08-11T03:42:05Z"}`,
		"a stream that is too long":  `{"log":"a\n","stream":"stdout2","time":"2018-08-11T03:42:05Z"}`,
		"a time that does not exist": `{"log":"a\n","stream":"stdout","time":"2018-02-30T03:42:05Z"}`,
		"a time in seconds":          `{"log":"a\n","stream":"stdout","time":1533958925}`,
		"an application's own key":   `{"log":"a\n","stream":"stdout","time":"2018-08-11T03:42:05Z","level":"info"}`,
		"an application's own log":   `{"log":"user logged in","level":"info","time":"2018-08-11T03:42:05Z"}`,
		"upper case":                 `{"Log":"a\n","stream":"stdout","time":"2018-08-11T03:42:05Z"}`,
		"attributes of numbers":      `{"log":"a\n","stream":"stdout","attrs":{"n":1},"time":"2018-08-11T03:42:05Z"}`,
		"attributes cut":             `{"log":"a\n","stream":"stdout","attrs":{"n":"1","time":"2018-08-11T03:42:05Z"}`,
		"attributes of a text":       `{"log":"a\n","stream":"stdout","attrs":"{}","time":"2018-08-11T03:42:05Z"}`,
	} {
		t.Run(name, func(t *testing.T) {
			r, want := newRecord(line), newRecord(line)
			if Decode(r) || !reflect.DeepEqual(r, want) {
				t.Errorf("%q became %q: %+v", line, r.Log.AppendPlain(nil), r)
			}
		})
	}
	escaped := &filters.Record{Log: filters.EscapedText([]byte(usual))}
	if Decode(escaped) || Decode(&filters.Record{}) {
		t.Error("an escaped or absent text was decoded")
	}
}

func TestDecodeRefusesEveryTruncation(t *testing.T) {
	for n := range usual {
		r, want := newRecord(usual[:n]), newRecord(usual[:n])
		if Decode(r) || !reflect.DeepEqual(r, want) {
			t.Fatalf("%q was decoded", usual[:n])
		}
	}
}

// Decode keeps the fields and the scratch memory that the record already has.
func TestDecodeKeepsFieldsAndScratch(t *testing.T) {
	r := newRecord(`{"log":"a` + "\xff" + `\n","stream":"stderr","attrs":{"k":"v"},"time":"2018-08-11T03:42:05Z"}`)
	r.Scratch, r.Fields = []byte("used"), []filters.Field{{Key: []byte("path")}}
	if !Decode(r) || string(r.Scratch[:4]) != "used" || string(r.Log.AppendPlain(nil)) != "a\xff" || len(r.Fields) != 2 {
		t.Errorf("got %+v", r)
	}
}

func TestDecodeAllocatesNothing(t *testing.T) {
	for name, line := range map[string]string{
		"usual":      usual,
		"attributes": `{"log":"a\n","stream":"stdout","attrs":{"k":"v"},"time":"2018-08-11T03:42:05Z"}`,
		"broken":     strings.Replace(usual, "GCE", "\xff", 1),
	} {
		text := filters.PlainText([]byte(line))
		var r filters.Record
		ok := true
		if n := testing.AllocsPerRun(100, func() {
			r.Reset()
			r.Log = text
			ok = ok && Decode(&r)
		}); n != 0 || !ok {
			t.Errorf("%s: %v allocations, decoded %t", name, n, ok)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, s := range []string{
		usual, `{"log":"","stream":"stdout","time":"2018-08-11T03:42:05Z"}`, `{ "time":"2018-08-11T03:42:05Z","log":"a\ud83d","stream":"stdout"}`,
		`{"log":"a\\n\x` + "\xff" + `\n","stream":"stdout","attrs":{"k":"v","l":""},"time":"2018-08-11T03:42:05.1+09:00"}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		r, before := newRecord(string(line)), newRecord(string(line))
		if !Decode(r) {
			if !reflect.DeepEqual(r, before) {
				t.Fatalf("a line that was refused changed the record: %+v", r)
			}
			return
		}
		checkOutput(t, r)
		var want struct {
			Log, Stream string
			Attrs       map[string]string
		}
		if json.Unmarshal(line, &want) != nil {
			return // Decode also accepts some lines that are not valid JSON
		}
		// Decode keeps invalid UTF-8, which encoding/json replaces.
		text := []byte(strings.ToValidUTF8(string(r.Log.AppendPlain(nil)), ""))
		wanted := bytes.ReplaceAll([]byte(strings.TrimSuffix(want.Log, "\n")), []byte("\ufffd"), nil)
		if text = bytes.ReplaceAll(bytes.TrimSuffix(text, []byte("\n")), []byte("\ufffd"), nil); !bytes.Equal(text, wanted) {
			t.Fatalf("text %q, encoding/json says %q", text, want.Log)
		}
		if r.Stream.String() != want.Stream {
			t.Fatalf("stream %v, encoding/json says %q", r.Stream, want.Stream)
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	for name, line := range map[string]string{
		"usual": usual, "spaced": strings.Replace(usual, `,"stream":`, `, "stream":`, 1), "foreign": strings.Repeat("a plain line of text ", 6),
	} {
		b.Run(name, func(b *testing.B) {
			text := filters.PlainText([]byte(line))
			var r filters.Record
			b.SetBytes(int64(len(line)))
			b.ReportAllocs()
			for b.Loop() {
				r.Reset()
				r.Log = text
				Decode(&r)
			}
		})
	}
}
