package otlp

import (
	"testing"

	"github.com/k8slog/k8slog/test/backendtest"
)

func TestOptions(t *testing.T) {
	for value, want := range map[string]int{"": 1, "on": 1, "off": 0} {
		if got := len(newBackend(t, "trace_ids", value, "compression", "zstd").Filters()); got != want {
			t.Errorf("trace_ids %s: %d filters", value, got)
		}
	}
	const urls = "allowed: http:// or https:// URLs without user and password, separated by commas, as in http://loki.logging:3100"
	for _, c := range []struct{ option, value, want string }{
		{"endpoint", "http://host/otlp/v1/logs", `option endpoint: contains the path of the protocol, which is appended to it; ` + urls},
		{"endpoint", "", `option endpoint: must be set for backend otlp; ` + urls},
		{"compression", "snappy", `option compression: "snappy" is not one of the choices; allowed: none, gzip, zstd`},
		{"trace_ids", "maybe", `option trace_ids: "maybe" is neither on nor off; allowed: on, off`},
	} {
		if _, _, err := backendtest.Parse[Config]("backend", "otlp", "endpoint", "http://h", c.option, c.value); err == nil || err.Error() != c.want {
			t.Errorf("%s %s:\ngot  %v\nwant %s", c.option, c.value, err, c.want)
		}
	}
}
