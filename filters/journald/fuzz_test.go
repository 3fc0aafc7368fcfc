package journald

import (
	"testing"

	"github.com/k8slog/k8slog/filters"
)

func FuzzDecode(f *testing.F) {
	f.Add("MESSAGE", "text\n", "PRIORITY", "3", "_SYSTEMD_UNIT", "kubelet.service")
	f.Add("message", "\xff", "_TRANSPORT", "kernel", "_SOURCE_REALTIME_TIMESTAMP", "1533958925658698")
	f.Add("MESSAGE", "", "_COMM", "a\"b", "SYSLOG_IDENTIFIER", "a b")
	f.Fuzz(func(t *testing.T, key1, value1, key2, value2, key3, value3 string) {
		r := record(key1, value1, key2, value2, key3, value3)
		if !Is(r) {
			return
		}
		component := Decode(r)
		if component != nil && !isName(component) {
			t.Errorf("component %q", component)
		}
		if !r.Log.Exists() || len(r.Fields) > 2 || r.Flags&filters.Decoded == 0 || r.Time < 1 {
			t.Errorf("%+v", r)
		}
	})
}
