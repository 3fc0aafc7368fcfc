package logrus

import (
	"testing"
	"time"

	"github.com/k8slog/k8slog/filters"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]struct {
		severity      filters.Severity
		time, message string
	}{
		`ERRO[0012] Handler for GET /v1.18/containers/x/json returned error: no such id: x `: {filters.Error, "", "Handler for GET /v1.18/containers/x/json returned error: no such id: x"},
		`INFO[2024-08-11T03:42:05.658698744Z] starting containerd   revision=abc`:            {filters.Info, "2024-08-11T03:42:05.658698744Z", "starting containerd   revision=abc"},
		`WARN[2024-08-11T05:42:05+02:00] x`:                                                  {filters.Warn, "2024-08-11T03:42:05Z", "x"},
		`WARNING[123456] x`:                                                                  {filters.Warn, "", "x"},
		`FATA[0000] x`:                                                                       {filters.Fatal, "", "x"},
		`PANI[0000] x`:                                                                       {filters.Fatal, "", "x"},
		`DEBU[0000]main.go:5 main() x`:                                                       {filters.Debug, "", "main.go:5 main() x"},
		`TRAC[0000]`:                                                                         {filters.Trace, "", ""},
		`INFO[12] x`:                                                                         {},
		`INFO[main] x`:                                                                       {},
		`INFO[a long name of a thread] x`:                                                    {},
		`INFO[0000 x`:                                                                        {},
		`info[0000] x`:                                                                       {},
		`INFORMATION[0000] x`:                                                                {},
		`[0000] x`:                                                                           {},
		`INFO x [0000]`:                                                                      {},
		``:                                                                                   {},
	} {
		h, ok := Parse([]byte(text))
		got := ""
		if h.HasTime {
			got = time.Unix(0, h.Time).UTC().Format(time.RFC3339Nano)
		}
		if ok != (want.severity != 0) || h.Severity != want.severity || got != want.time || string(h.Message.AppendPlain(nil)) != want.message {
			t.Errorf("%q: %v, %s, %+v", text, ok, got, h)
		}
		if s := Severity([]byte(text)); s != want.severity {
			t.Errorf("%q: severity alone is %v", text, s)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`ERRO[0012] x`))
	f.Add([]byte(`INFO[2024-08-11T03:42:05.658698744Z] x`))
	f.Fuzz(func(t *testing.T, text []byte) {
		if h, ok := Parse(text); ok != h.Message.Exists() || ok != (Severity(text) != 0) {
			t.Errorf("%q: %+v", text, h)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	text := []byte(`INFO[2024-08-11T03:42:05.658698744Z] starting containerd   revision=abc`)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		Parse(text)
	}
}
