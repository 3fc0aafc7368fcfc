package cri

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/k8slog/k8slog/filters"
)

const usual = "2026-02-03T04:05:06.123456789Z stderr F I0811 03:42:05.658378       1 main.go:83] ready"

func newRecord(line string) *filters.Record {
	return &filters.Record{Time: 1, Log: filters.PlainText([]byte(line))}
}

func TestDecode(t *testing.T) {
	for _, c := range []struct {
		name, line, text string
		at               time.Time
		partial          bool
	}{
		{"whole line", "2026-02-03T04:05:06.123456789Z stdout F text", "text", time.Date(2026, 2, 3, 4, 5, 6, 123456789, time.UTC), false},
		{"partial line", "2026-02-03T04:05:06Z stdout P te", "te", time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC), true},
		{"partial line with another tag", "2026-02-03T04:05:06Z stdout P:x te", "te", time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC), true},
		{"several tags", "2026-02-03T04:05:06Z stdout F:x:y text", "text", time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC), false},
		{"offset", "2026-02-03T04:05:06.5+09:00 stdout F text", "text", time.Date(2026, 2, 2, 19, 5, 6, 5e8, time.UTC), false},
		{"offset to the west", "2026-02-03T04:05:06-03:30 stdout F text", "text", time.Date(2026, 2, 3, 7, 35, 6, 0, time.UTC), false},
		{"empty text", "2026-02-03T04:05:06Z stdout F ", "", time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC), false},
		{"empty text, trimmed", "2026-02-03T04:05:06Z stdout F", "", time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC), false},
		{"line feed", "2026-02-03T04:05:06Z stdout F text\n", "text", time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC), false},
		{"leading spaces", "2026-02-03T04:05:06Z stdout F   a  b ", "  a  b ", time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC), false},
		{"a line as text", "2026-02-03T04:05:06Z stdout F " + usual, usual, time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC), false},
		{"invalid UTF-8 and NUL", "2026-02-03T04:05:06Z stdout F \xff\x00", "\xff\x00", time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRecord(c.line)
			flags := filters.Decoded
			if c.partial {
				flags |= filters.Partial
			}
			if !Decode(r) || string(r.Log.AppendPlain(nil)) != c.text || !r.Log.Exists() || r.Time != c.at.UnixNano() ||
				r.Stream != filters.Stdout || r.Flags != flags {
				t.Errorf("got %+v, text %q", r, r.Log.AppendPlain(nil))
			}
		})
	}
	if r := newRecord(usual); !Decode(r) || r.Stream != filters.Stderr {
		t.Error("stderr was not read")
	}
}

func TestDecodeRefusesOtherLines(t *testing.T) {
	for name, line := range map[string]string{
		"nothing":          "",
		"plain text":       "plain text without a time",
		"only a time":      "2026-02-03T04:05:06Z",
		"a truncated line": "2026-02-03T04:05:06Z stdo",
		"no tags":          "2026-02-03T04:05:06Z stdout",
		"empty tags":       "2026-02-03T04:05:06Z stdout  text",
		"unknown tag":      "2026-02-03T04:05:06Z stdout X text",
		"a word as tag":    "2026-02-03T04:05:06Z stdout Failed to start",
		"another stream":   "2026-02-03T04:05:06Z stdlog F text",
		"a longer stream":  "2026-02-03T04:05:06Z stdouts F text",
		"no zone":          "2026-02-03T04:05:06 stdout F text",
		"impossible time":  "2026-02-30T04:05:06Z stdout F text",
		"space in front":   " " + usual,
		"tabs between":     strings.ReplaceAll(usual, " ", "\t"),
		"NUL-filled tail":  "2026-02-03T04:05:06Z stdou" + strings.Repeat("\x00", 50),
		"NUL in the front": strings.Repeat("\x00", 50) + usual,
		"Docker's line":    `{"log":"a\n","stream":"stdout","time":"2018-08-11T03:42:05Z"}`,
	} {
		t.Run(name, func(t *testing.T) {
			r, want := newRecord(line), newRecord(line)
			if Decode(r) || !reflect.DeepEqual(r, want) {
				t.Errorf("%q became %+v", line, r)
			}
		})
	}
	if Decode(&filters.Record{Log: filters.EscapedText([]byte(usual))}) || Decode(&filters.Record{}) {
		t.Error("an escaped or absent text was decoded")
	}
}

func TestDecodeAllocatesNothing(t *testing.T) {
	text := filters.PlainText([]byte(usual))
	var r filters.Record
	ok := true
	if n := testing.AllocsPerRun(100, func() {
		r.Reset()
		r.Log = text
		ok = ok && Decode(&r)
	}); n != 0 || !ok {
		t.Errorf("%v allocations, decoded %t", n, ok)
	}
}

func FuzzDecode(f *testing.F) {
	for _, s := range []string{usual, "2026-02-03T04:05:06+09:00 stdout P:x ", "2026-02-03T04:05:06Z stdout F", ""} {
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
		text, _ := r.Log.Plain()
		if !strings.HasSuffix(strings.TrimSuffix(string(line), "\n"), string(text)) || r.Stream == filters.NoStream {
			t.Fatalf("text %q, stream %v", text, r.Stream)
		}
		if out := append(r.Log.AppendJSON([]byte{'"'}), '"'); !json.Valid(out) {
			t.Fatalf("written as %q", out)
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	text := filters.PlainText([]byte(usual))
	var r filters.Record
	b.SetBytes(int64(len(usual)))
	b.ReportAllocs()
	for b.Loop() {
		r.Reset()
		r.Log = text
		Decode(&r)
	}
}
