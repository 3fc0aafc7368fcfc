package salt

import (
	"testing"
	"time"

	"github.com/k8slog/k8slog/filters"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]struct{ caller, thread, message string }{
		`2015-12-21 23:17:22,066 [salt.state       ][INFO    ] text`:                {"salt.state", "", "text"},
		`2015-12-21 23:17:22,066 [salt.minion      :123 ][WARNING ][4711] text [x]`: {"salt.minion:123", "4711", "text [x]"},
		`2015-12-21 23:17:22,066 [salt.minion:123][ERROR] text`:                     {"salt.minion:123", "", "text"},
		`2015-12-21 23:17:22,066 [salt.state][WHAT] text`:                           {},
		`2015-12-21 23:17:22,066 [salt.state] text`:                                 {},
		`2015-12-21 23:17:22,066 text`:                                              {},
		`2015-12-21 23:17:22 [salt.state][INFO] text`:                               {},
		`2015-02-30 23:17:22,066 [salt.state][INFO] text`:                           {},
	} {
		h, ok := Parse([]byte(text), time.UTC, new([]byte))
		if got := string(h.Caller.AppendPlain(nil)); ok != (want.caller != "") || got != want.caller || string(h.Thread) != want.thread ||
			string(h.Message.AppendPlain(nil)) != want.message {
			t.Errorf("%q: %v, %q, %+v", text, ok, got, h)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`2015-12-21 23:17:22,066 [salt.minion      :123 ][WARNING ][4711] text`))
	f.Add([]byte(`2015-12-21 23:17:22,066 [][]`))
	f.Fuzz(func(t *testing.T, text []byte) {
		h, ok := Parse(text, time.UTC, new([]byte))
		if ok && (h.Severity == 0 || !h.HasTime || !h.Message.Exists()) || !ok && h.Caller.Exists() {
			t.Errorf("%q: %+v", text, h)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	text := []byte(`2015-12-21 23:17:22,066 [salt.minion      :123 ][WARNING ][4711] text`)
	var scratch []byte
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		scratch = scratch[:0]
		if h, ok := Parse(text, time.UTC, &scratch); !ok || h.Severity != filters.Warn {
			b.Fatal(h)
		}
	}
}
