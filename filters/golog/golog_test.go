package golog

import (
	"testing"
	"time"

	"github.com/k8slog/k8slog/filters"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]struct {
		severity              filters.Severity
		time, caller, message string
	}{
		`WARNING: 2018/08/11 03:42:05 grpc: addrConn.resetTransport failed`:   {filters.Warn, "2018-08-11T03:42:05Z", "", "grpc: addrConn.resetTransport failed"},
		`INFO: 2018/08/11 03:42:05 [core] Channel Created`:                    {filters.Info, "2018-08-11T03:42:05Z", "", "[core] Channel Created"},
		`ERROR: 2018/08/11 03:42:05 INFO: x`:                                  {filters.Error, "2018-08-11T03:42:05Z", "", "INFO: x"},
		`FATAL: 2018/08/11 03:42:05 x`:                                        {filters.Fatal, "2018-08-11T03:42:05Z", "", "x"},
		`raft2020/04/07 06:52:38 INFO: 8e9e05c52164694d became leader`:        {filters.Info, "2020-04-07T06:52:38Z", "", "8e9e05c52164694d became leader"},
		`raft2020/04/07 06:52:38 tocommit(7) is out of range`:                 {0, "2020-04-07T06:52:38Z", "", "tocommit(7) is out of range"},
		`[restful] 2026/11/22 14:55:44 log.go:33: [restful/swagger] listing`:  {0, "2026-11-22T14:55:44Z", "log.go:33", "[restful/swagger] listing"},
		`[restful] 2026/11/22 14:55:44 a.go:x: b`:                             {0, "2026-11-22T14:55:44Z", "", "a.go:x: b"},
		`[restful] 2026/02/30 14:55:44 log.go:33: x`:                          {},
		`raft2020/04/07 06:52:38`:                                             {},
		`raft: 2020/04/07 06:52:38 x`:                                         {},
		`WARNING: 2018-08-11 03:42:05 x`:                                      {},
		`WARNING: 2018/08/11 03.42.05 x`:                                      {},
		`WARNING: 2018/08/11 03:42:05`:                                        {},
		`Warning: 2018/08/11 03:42:05 x`:                                      {},
		`2018/08/11 03:42:05 x`:                                               {},
		`ERROR: logging before flag.Parse: W1122 14:56:20.036007 5 a.go:5] x`: {},
		``: {},
	} {
		h, ok := Parse([]byte(text), time.UTC)
		got := ""
		if ok {
			got = time.Unix(0, h.Time).UTC().Format(time.RFC3339)
		}
		if h.Severity != want.severity || got != want.time || string(h.Caller.AppendPlain(nil)) != want.caller || string(h.Message.AppendPlain(nil)) != want.message {
			t.Errorf("%q: %v, %s, %q, %+v", text, ok, got, h.Message.AppendPlain(nil), h)
		}
	}
}

func TestSeverity(t *testing.T) {
	for text, want := range map[string]filters.Severity{
		`WARNING: 2018/08/11 03:42:05 grpc: x`: filters.Warn,
		`ERROR: 2018/08/11 03:42:05 x`:         filters.Error,
		`ERROR: it failed`:                     0,
		`ERROR: 2018/08/11`:                    0,
		`Error: 2018/08/11 03:42:05 x`:         0,
		`ERROR`:                                0,
		`raft2020/04/07 06:52:38 INFO: x`:      filters.Info,
		`raft2020/04/07 06:52:38 x`:            0,
		`raft2020/04/07`:                       0,
		`raft is a protocol for consensus of`:  0,
		``:                                     0,
	} {
		if got := Severity([]byte(text)); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`WARNING: 2018/08/11 03:42:05 grpc: x`))
	f.Add([]byte(`raft2020/04/07 06:52:38 INFO: x`))
	f.Add([]byte(`[restful] 2026/11/22 14:55:44 log.go:33: x`))
	f.Fuzz(func(t *testing.T, text []byte) {
		Severity(text)
		if h, ok := Parse(text, time.UTC); ok != h.HasTime || ok != h.Message.Exists() {
			t.Errorf("%q: %+v", text, h)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	text := []byte(`WARNING: 2018/08/11 03:42:05 grpc: addrConn.resetTransport failed`)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		Parse(text, time.UTC)
	}
}
