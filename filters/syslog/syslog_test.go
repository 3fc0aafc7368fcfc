package syslog

import (
	"testing"
	"time"

	"github.com/k8slog/k8slog/filters"
)

var near = time.Date(2026, 11, 22, 10, 0, 5, 0, time.UTC).UnixNano()

func TestParse(t *testing.T) {
	for _, c := range []struct {
		text                     string
		severity                 filters.Severity
		time                     string
		program, thread, message string
	}{
		{`Nov 22 10:00:00 host sshd[4711]: Accepted`, 0, "2026-11-22T10:00:00Z", "sshd", "4711", "Accepted"},
		{`Nov 22 10:00:00.123456 host sshd[4711]: Accepted`, 0, "2026-11-22T10:00:00.123456Z", "sshd", "4711", "Accepted"},
		{`Nov  9 10:00:00 host kernel: [1.5] oom`, 0, "2026-11-09T10:00:00Z", "kernel", "", "[1.5] oom"},
		{`2026-11-22T10:00:00.123456+00:00 host cron[1]:`, 0, "2026-11-22T10:00:00.123456Z", "cron", "1", ""},
		{`<34>Nov 22 10:00:00 host su: 'su root' failed`, filters.Critical, "2026-11-22T10:00:00Z", "su", "", "'su root' failed"},
		{`<0>2026-11-22T10:00:00Z host a: b`, filters.Fatal, "2026-11-22T10:00:00Z", "a", "", "b"},
		{`<191>Nov 22 10:00:00 host text`, filters.Debug, "2026-11-22T10:00:00Z", "", "", "text"},
		{`<34>1 2026-11-22T10:00:00.003Z host su 7 ID47 - ` + "\ufeff" + `'su root' failed`, filters.Critical, "2026-11-22T10:00:00.003Z", "su", "7", "'su root' failed"},
		{`<165>1 2026-11-22T10:00:00Z host evntslog - ID47 [a@32473 iut="3]\"\\" b="x"][c@1] an event`, filters.Notice, "2026-11-22T10:00:00Z", "evntslog", "", "an event"},
		{`<165>1 - - - - - -`, filters.Notice, "", "", "", ""},
		{`<165>1 - - - - - [a]`, filters.Notice, "", "", "", ""},
	} {
		h, ok := Parse([]byte(c.text), near, time.UTC)
		got := ""
		if h.HasTime {
			got = time.Unix(0, h.Time).UTC().Format(time.RFC3339Nano)
		}
		if message := h.Message.AppendPlain(nil); !ok || h.Severity != c.severity || got != c.time ||
			string(h.Program) != c.program || string(h.Thread) != c.thread || string(message) != c.message {
			t.Errorf("%s: %v, %v, %s, %q, %q, %q", c.text, ok, h.Severity, got, h.Program, h.Thread, message)
		}
	}
	for _, text := range []string{
		``, `<`, `<>`, `<>Nov 22 10:00:00 host a: b`, `<192>Nov 22 10:00:00 host a: b`, `<1x>Nov 22 10:00:00 host a: b`, `<0001>Nov 22 10:00:00 host a: b`,
		`<34>`, `<34>text`, `<34>1 text`, `<34>1 2026-11-22T10:00:00Z host su 7 ID47`, `<34>1 yesterday host su 7 ID47 - x`, `<34>1 2026-11-22T10:00:00Z host su 7 ID47 -x`,
		`<34>1 2026-11-22T10:00:00Z host su 7 ID47 [a x="] y`, `<34>1 2026-11-22T10:00:00Z host su 7 ID47 [a]x`, `<34>2 2026-11-22T10:00:00Z host su 7 ID47 - x`,
		`Nov 31 10:00:00 host a: b`, `Nov 22 10:00:00 `, `Nov 22 10:00:00.`, `Nov 22 10:00:00.5`, `Nov 22 10:00:00.5x host a: b`, `Nov 22 10:00:00.5 `, `Nox 22 10:00:00 host a: b`, `ovD 22 10:00:00 host a: b`, `Nov 22 10.00:00 host a: b`, `2026-11-22T10:00:00Z`, `text`,
	} {
		if h, ok := Parse([]byte(text), near, time.UTC); ok {
			t.Errorf("%q was taken: %+v", text, h)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`<34>Nov 22 10:00:00 host sshd[4711]: Accepted`))
	f.Add([]byte(`Nov 22 10:00:00.123456 host sshd[4711]: Accepted`))
	f.Add([]byte(`2026-11-22T10:00:00.123456+00:00 host cron[1]: x`))
	f.Add([]byte(`<165>1 2026-11-22T10:00:00Z host evntslog - ID47 [a@32473 iut="3]\"\\" b="x"][c@1] an event`))
	f.Fuzz(func(t *testing.T, text []byte) {
		h, ok := Parse(text, near, time.UTC)
		if ok && (!h.Message.Exists() || !h.HasTime && text[0] != '<') {
			t.Errorf("%q: %+v", text, h)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	for name, text := range map[string]string{
		"traditional": `Nov 22 10:00:00 host kubelet[4711]: Started a container`,
		"protocol":    `<34>1 2026-11-22T10:00:00.003Z host kubelet 4711 ID47 - Started a container`,
	} {
		b.Run(name, func(b *testing.B) {
			line := []byte(text)
			b.SetBytes(int64(len(line)))
			b.ReportAllocs()
			for b.Loop() {
				Parse(line, near, time.UTC)
			}
		})
	}
}
