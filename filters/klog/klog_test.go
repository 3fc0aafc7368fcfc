package klog

import (
	"testing"
	"time"

	"github.com/k8slog/k8slog/filters"
)

func TestSeverity(t *testing.T) {
	for text, want := range map[string]filters.Severity{
		"I0603 15:38:32.507621       1 proxier.go:345] Removing service port": filters.Info,
		"W0603 15:38:32.507621       1 a.go:1] text":                          filters.Warn,
		"E0603 15:38:32.507621       1 a.go:1] \"failed\" err=\"no\"":         filters.Error,
		"F1231 23:59:59.999999 1234567 a.go:1] text":                          filters.Fatal,
		"I0603 15:38:32.": filters.Info,
		"ERROR: logging before flag.Parse: W0603 15:38:32.507621       5 a.go:1] text": filters.Warn,
		"ERROR: logging before flag.Parse: text":                                       0,
		"":                                                                             0,
		"I":                                                                            0,
		"I0603 15:38:32":                                                               0,
		"D0603 15:38:32.507621 1 a.go:1] text":                                         0,
		"i0603 15:38:32.507621 1 a.go:1] text":                                         0,
		"I0603T15:38:32.507621 1 a.go:1] text":                                         0,
		"I06a3 15:38:32.507621 1 a.go:1] text":                                         0,
		"I0603 15:38:3x.507621 1 a.go:1] text":                                         0,
		"I0603 1a:38:32.507621 1 a.go:1] text":                                         0,
		" I0603 15:38:32.507621 1 a.go:1] text":                                        0,
		"Error: 0603 15:38:32.507621":                                                  0,
		"Error while reading":                                                          0,
		"2018-08-11 03:42:05.658698 I | etcd: a":                                       0,
	} {
		if got := Severity([]byte(text)); got != want {
			t.Errorf("%q: severity %v, want %v", text, got, want)
		}
	}
}

func TestParse(t *testing.T) {
	near := time.Date(2026, 6, 3, 15, 38, 33, 0, time.UTC).UnixNano()
	for text, want := range map[string]struct {
		time, thread, caller, message string
	}{
		`I0603 15:38:32.507621       1 proxier.go:345] Removing service port "default/monitoring:prometheus"`: {
			"2026-06-03T15:38:32.507621Z", "1", "proxier.go:345", `Removing service port "default/monitoring:prometheus"`,
		},
		`E0603 15:38:32.507621 1234567 pod_workers.go:190] "Error syncing pod" err="back-off" pod="default/a"`: {
			"2026-06-03T15:38:32.507621Z", "1234567", "pod_workers.go:190", "Error syncing pod",
		},
		`I0603 15:38:32.507621 1 a.go:1] "a \"quoted\" \t message" n=3`: {
			"2026-06-03T15:38:32.507621Z", "1", "a.go:1", "a \"quoted\" \t message",
		},
		`I0603 15:38:32.507621 1 a.go:1] "open`: {"2026-06-03T15:38:32.507621Z", "1", "a.go:1", `"open`},
		`I0603 15:38:32.507621 1 a.go:1] "a"b`:  {"2026-06-03T15:38:32.507621Z", "1", "a.go:1", `"a"b`},
		`W0603 15:38:32.507621 1 a.go:1] "default/x" not found in cache`: {
			"2026-06-03T15:38:32.507621Z", "1", "a.go:1", `"default/x" not found in cache`,
		},
		`W0603 15:38:32.507621 1 a.go:1] "default/x" not found: err=a`: {
			"2026-06-03T15:38:32.507621Z", "1", "a.go:1", `"default/x" not found: err=a`,
		},
		`W0603 15:38:32.507621 1 a.go:1] "default/x" "default/y" differ`: {
			"2026-06-03T15:38:32.507621Z", "1", "a.go:1", `"default/x" "default/y" differ`,
		},
		`I0603 15:38:32.507621 1 a.go:1] "a message" "my key"="v"`: {"2026-06-03T15:38:32.507621Z", "1", "a.go:1", "a message"},
		`I0603 15:38:32.507621 1 a.go:1] "a message" "cut`:         {"2026-06-03T15:38:32.507621Z", "1", "a.go:1", `"a message" "cut`},
		`I0603 15:38:32.507621 1 a.go:1] "a message"  `:            {"2026-06-03T15:38:32.507621Z", "1", "a.go:1", "a message"},
		"F0603 15:38:32.507621 1 a.go:1] \"a message\"\ngoroutine 1 [running]:": {
			"2026-06-03T15:38:32.507621Z", "1", "a.go:1", "a message",
		},
		`ERROR: logging before flag.Parse: W0603 15:38:32.507621       5 client_config.go:552] "Neither" n=3`: {
			"2026-06-03T15:38:32.507621Z", "5", "client_config.go:552", "Neither",
		},
		`I0603 15:38:32.507621 1 a.go:1] `:            {"2026-06-03T15:38:32.507621Z", "1", "a.go:1", ""},
		`W1231 23:59:59.000001 1 a.go:1] last year`:   {"2025-12-31T23:59:59.000001Z", "1", "a.go:1", "last year"},
		`I0230 15:38:32.507621 1 a.go:1] no such day`: {},
		`I0603 15:38:32.507621 x a.go:1] no thread`:   {},
		`I0603 15:38:32.507621 1 no source line`:      {},
		`I0603 15:38:32.507621 1 a b.go:1] a space`:   {},
		`I0603 15:38:32.507621`:                       {},
	} {
		h, ok := Parse([]byte(text), near, time.UTC, new([]byte))
		if ok != (want.time != "") {
			t.Errorf("%q: %v", text, ok)
		}
		if !ok {
			continue
		}
		message, caller := h.Message.AppendPlain(nil), h.Caller.AppendPlain(nil)
		if got := time.Unix(0, h.Time).UTC().Format(time.RFC3339Nano); got != want.time || string(h.Thread) != want.thread ||
			string(caller) != want.caller || string(message) != want.message {
			t.Errorf("%q: %s %s %s %q", text, got, h.Thread, caller, message)
		}
	}
}

// Around New Year, and in the zone of the node.
func TestYearAndZone(t *testing.T) {
	tokyo := time.FixedZone("Tokyo", 9*3600)
	for _, test := range []struct{ near, line, want string }{
		{"2026-01-01T00:00:05Z", "I1231 23:59:59.0 1 a.go:1] x", "2025-12-31T23:59:59Z"},
		{"2025-12-31T23:59:59Z", "I0101 00:00:01.0 1 a.go:1] x", "2026-01-01T00:00:01Z"},
		{"2024-03-01T00:00:00Z", "I0229 12:00:00.0 1 a.go:1] x", "2024-02-29T12:00:00Z"},
	} {
		near, _ := time.Parse(time.RFC3339, test.near)
		want, _ := time.Parse(time.RFC3339, test.want)
		if h, ok := Parse([]byte(test.line), near.UnixNano(), time.UTC, new([]byte)); !ok || h.Time != want.UnixNano() {
			t.Errorf("%s near %s: %v", test.line, test.near, time.Unix(0, h.Time).UTC())
		}
		if h, ok := Parse([]byte(test.line), near.UnixNano(), tokyo, new([]byte)); !ok || h.Time != want.Add(-9*time.Hour).UnixNano() {
			t.Errorf("%s near %s in Tokyo: %v", test.line, test.near, time.Unix(0, h.Time).UTC())
		}
	}
}

func BenchmarkSeverity(b *testing.B) {
	text := []byte("I0603 15:38:32.507621       1 proxier.go:345] Removing service port")
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		Severity(text)
	}
}
