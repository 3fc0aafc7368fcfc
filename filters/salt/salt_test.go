package salt

import (
	"testing"
	"time"

	"github.com/k8slog/k8slog/filters"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]struct {
		caller, thread, message string
		severity                filters.Severity
	}{
		`2015-12-21 23:17:22,066 [salt.state       ][INFO    ] text`:                {"salt.state", "", "text", filters.Info},
		`2015-12-21 23:17:22,066 [salt.minion      :123 ][WARNING ][4711] text [x]`: {"salt.minion:123", "4711", "text [x]", filters.Warn},
		`2015-12-21 23:17:22,066 [salt.minion:123][ERROR] text`:                     {"salt.minion:123", "", "text", filters.Error},
		`2020-08-11 03:42:05,066 [salt.state :320 ][PROFILE ][1234] Time: 0.05`:     {"salt.state:320", "1234", "Time: 0.05", filters.Debug},
		`2020-08-11 03:42:05,066 [salt.crypt :1   ][GARBAGE ][1234] x`:              {"salt.crypt:1", "1234", "x", filters.Trace},
		`2020-08-11 03:42:05,066 [salt.crypt :1   ][TRACE   ][1234] x`:              {"salt.crypt:1", "1234", "x", filters.Trace},
		`2020-08-11 03:42:05,066 [salt.crypt :1   ][Level 17][1234] x`:              {"salt.crypt:1", "1234", "x", 0},
		`2015-12-21 23:17:22,066 [salt.state] text`:                                 {},
		`2015-12-21 23:17:22,066 text`:                                              {},
		`2015-12-21 23:17:22 [salt.state][INFO] text`:                               {},
		`2015-02-30 23:17:22,066 [salt.state][INFO] text`:                           {},
	} {
		h, ok := Parse([]byte(text), time.UTC, new([]byte))
		if got := string(h.Caller.AppendPlain(nil)); ok != (want.caller != "") || got != want.caller || string(h.Thread) != want.thread || h.Severity != want.severity ||
			string(h.Message.AppendPlain(nil)) != want.message {
			t.Errorf("%q: %v, %q, %+v", text, ok, got, h)
		}
	}
}

func TestConsole(t *testing.T) {
	for text, want := range map[string]filters.Severity{
		`[ERROR   ] Command failed`: filters.Error,
		`[CRITICAL] x`:              filters.Critical,
		`[PROFILE ] x`:              filters.Debug,
		`[ERROR] x`:                 0,
		`[ERROR   ]x`:               0,
		`[        ] x`:              0,
		`[salt.sta] x`:              0,
		`[ERROR   `:                 0,
		``:                          0,
	} {
		h, ok := Console([]byte(text))
		if message := string(h.Message.AppendPlain(nil)); ok != (want != 0) || h.Severity != want || ok && message != text[len("[ERROR   ] "):] {
			t.Errorf("%q: %v, %+v", text, ok, h)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`2015-12-21 23:17:22,066 [salt.minion      :123 ][WARNING ][4711] text`))
	f.Add([]byte(`2015-12-21 23:17:22,066 [][]`))
	f.Fuzz(func(t *testing.T, text []byte) {
		Console(text)
		h, ok := Parse(text, time.UTC, new([]byte))
		if ok && (!h.HasTime || !h.Message.Exists()) || !ok && h.Caller.Exists() {
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
