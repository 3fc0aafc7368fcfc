package etcd

import (
	"testing"
	"time"

	"github.com/k8slog/k8slog/filters"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]struct {
		severity filters.Severity
		message  string
	}{
		`2018-08-11 03:42:05.658698 I | etcdserver: text`:                  {filters.Info, "etcdserver: text"},
		`2018-08-11 03:42:05.658698 T | x`:                                 {filters.Trace, "x"},
		`2016/02/04 06:52:38 text`:                                         {0, "text"},
		`2018-08-11 03:42:05.658698 X | x`:                                 {0, "X | x"},
		`2018-08-11 03:42:05 E | x`:                                        {filters.Error, "x"},
		`2018-08-11 03:42:05.658698 [pkg_logger.go:148] W | etcdserver: x`: {filters.Warn, "etcdserver: x"},
		`2018-08-11 03:42:05.658698 [pkg_logger.go:148] etcdserver: x`:     {0, "[pkg_logger.go:148] etcdserver: x"},
		`2018-08-11 03:42:05.658698 [a b] W | etcdserver: x`:               {0, "[a b] W | etcdserver: x"},
		`2018-02-30 03:42:05.658698 I | x`:                                 {},
		`2018-08-11T03:42:05.658698 I | x`:                                 {},
		`2018-08-11 03:42:05`:                                              {},
		`2018-08-11 03:42:05,066 x`:                                        {},
	} {
		h, ok := Parse([]byte(text), time.UTC)
		if ok != (want.message != "") || h.Severity != want.severity || string(h.Message.AppendPlain(nil)) != want.message {
			t.Errorf("%q: %v, %+v", text, ok, h)
		}
		if got := Severity([]byte(text)); ok && got != want.severity {
			t.Errorf("%q: severity alone is %v", text, got)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`2018-08-11 03:42:05.658698 I | etcdserver: text`))
	f.Add([]byte(`2018-08-11 03:42:05.658698 [pkg_logger.go:148] W | x`))
	f.Add([]byte(`2016/02/04 06:52:38 text`))
	f.Fuzz(func(t *testing.T, text []byte) {
		Severity(text)
		if h, ok := Parse(text, time.UTC); ok && (!h.HasTime || !h.Message.Exists() || h.Caller.Len() > 0 && h.Severity == 0) {
			t.Errorf("%q: %+v", text, h)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	text := []byte(`2018-08-11 03:42:05.658698 I | etcdserver: apply entries took too long`)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		Parse(text, time.UTC)
	}
}
