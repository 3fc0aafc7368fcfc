package ansi

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/internal/jsontext"
)

var cases = []struct{ name, text, want string }{
	{"nothing", "a text [31m", "a text [31m"},
	{"empty", "", ""},
	{"a colour", "\x1b[31mERROR\x1b[0m it failed", "ERROR it failed"},
	{"nothing but a colour", "\x1b[0m", ""},
	{"colours of all kinds", "\x1b[1;31m\x1b[38;5;196m\x1b[38:2::255:0:0mred\x1b[m", "red"},
	{"the cursor", "\x1b[2K\x1b[1A\x1b[?25l10%\x1b[?25h\x1b[10;20H", "10%"},
	{"intermediate bytes", "\x1b[1 qa\x1b[!pb\x1b[>4;2mc", "abc"},
	{"a title", "\x1b]0;a title\x07text", "text"},
	{"a link", "\x1b]8;;http://x/\x1b\\name\x1b]8;;\x1b\\ there", "name there"},
	{"other strings", "a\x1bPq#0\x1b\\b\x1b_x\x1b\\c\x1b^y\x1b\\d\x1bXz\x1b\\e", "abcde"},
	{"character sets", "\x1b(Ba\x1b#8b\x1b%Gc", "abc"},
	{"two bytes", "\x1b7a\x1b8\x1bMb\x1b=\x1b>\x1bcc", "abc"},
	{"UTF-8 in a title", "\x1b]0;日本\x07日本", "日本"},

	// An incomplete sequence loses its escape character only.
	{"an escape at the end", "a\x1b", "a"},
	{"truncated", "a\x1b[31", "a[31"},
	{"a title that does not end", "a\x1b]0;title", "a]0;title"},
	{"a title over the line", "a\x1b]0;title\nb\x07", "a]0;title\nb\x07"},
	{"a title with another in it", "a\x1b]0;t\x1b[31mb\x07", "a]0;tb\x07"},
	{"no sequence", "a\x1b\nb\x1b日", "a\nb日"},
	{"a sequence made of two", "\x1b\x1b[31m[31mx", "[31mx"},
	{"interrupted", "\x1b[3\x1b[0m1mx", "[31mx"},
}

func TestApply(t *testing.T) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			upper := strings.ReplaceAll(string(jsontext.AppendBody(nil, []byte(c.text))), `\u001b`, `\u001B`)
			upper = strings.ReplaceAll(upper, ">", `\u003e`) // as docker has it
			for _, text := range []filters.Text{
				filters.PlainText([]byte(c.text)), filters.EscapedText(jsontext.AppendBody([]byte{}, []byte(c.text))), filters.EscapedText([]byte(upper)),
			} {
				r := filters.Record{Log: text}
				if !(Filter{}).Apply(&r) || !r.Log.Exists() {
					t.Fatal("dropped")
				}
				if got := r.Log.AppendPlain(nil); string(got) != c.want {
					t.Errorf("got  %q\nwant %q", got, c.want)
				}
			}
		})
	}
	var r filters.Record
	if (Filter{}).Apply(&r); r.Log.Exists() {
		t.Error("an absent text became a text")
	}
}

// An escaped backslash before u001b is text.
func TestEscapedBackslash(t *testing.T) {
	r := filters.Record{Log: filters.EscapedText([]byte(`\\u001b[31m \u0010`))}
	if (Filter{}).Apply(&r); string(r.Log.AppendPlain(nil)) != `\u001b[31m `+"\x10" {
		t.Errorf("%q", r.Log.AppendPlain(nil))
	}
}

var sequence = regexp.MustCompile(`\x1b(\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x00-\x1f]*(\x07|\x1b\\)|[ -/]*[0-~])`)

func FuzzApply(f *testing.F) {
	for _, c := range cases {
		f.Add([]byte(c.text), true)
		f.Add([]byte(c.text), false)
	}
	f.Fuzz(func(t *testing.T, text []byte, escaped bool) {
		log := filters.PlainText(text)
		if escaped {
			log = filters.EscapedText(jsontext.AppendBody([]byte{}, text))
		}
		plain := log.AppendPlain(nil)
		r := filters.Record{Log: log}
		Filter{}.Apply(&r)
		got := r.Log.AppendPlain(nil)
		if sequence.Match(got) || bytes.IndexByte(got, escape) >= 0 {
			t.Errorf("%q became %q", text, got)
		}
		if bytes.IndexByte(plain, escape) < 0 && !bytes.Equal(got, plain) {
			t.Errorf("%q became %q, and had no escape", text, got)
		}
		if len(got) > len(plain) {
			t.Errorf("%q grew to %q", text, got)
		}
	})
}

var benched = map[string]string{
	"without": "2026-11-22 INFO worker 7 finished job 12 in 3 ms, queue length is now 4",
	"colours": "\x1b[90m2026-11-22\x1b[0m \x1b[32mINFO\x1b[0m worker 7 finished job \x1b[1m12\x1b[0m in 3 ms, queue length is now 4",
}

func each(run func(name string, text filters.Text)) {
	for name, text := range benched {
		run(name+"/plain", filters.PlainText([]byte(text)))
		run(name+"/escaped", filters.EscapedText(jsontext.AppendBody(nil, []byte(text))))
	}
}

func TestApplyAllocatesNothing(t *testing.T) {
	each(func(name string, text filters.Text) {
		var r filters.Record
		if n := testing.AllocsPerRun(100, func() {
			r.Reset()
			r.Log = text
			Filter{}.Apply(&r)
		}); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	})
}

func BenchmarkApply(b *testing.B) {
	each(func(name string, text filters.Text) {
		b.Run(name, func(b *testing.B) {
			var r filters.Record
			b.SetBytes(int64(text.Len()))
			b.ReportAllocs()
			for b.Loop() {
				r.Reset()
				r.Log = text
				Filter{}.Apply(&r)
			}
		})
	})
}
