package splunk

import (
	"testing"

	"github.com/k8slog/k8slog/plugin/options"
	"github.com/k8slog/k8slog/test/backendtest"
)

func TestOptions(t *testing.T) {
	if c, _, err := backendtest.Parse[Config]("backend", "splunk", "endpoint", "http://h"); err != nil || c.Credentials.Scheme != "Splunk" || c.Event != "text" || c.Ack {
		t.Errorf("%+v, %v", c, err)
	}
	const urls = "allowed: http:// or https:// URLs without user and password, separated by commas, as in http://loki.logging:3100"
	for _, c := range []struct{ option, value, want string }{
		{"endpoint", "http://host/services/collector/event/", `option endpoint: contains the path of the protocol, which is appended to it; ` + urls},
		{"endpoint", "http://host/services/collector", `option endpoint: contains the path of the protocol, which is appended to it; ` + urls},
		{"compression", "zstd", `option compression: "zstd" is not one of the choices; allowed: none, gzip`},
		{"splunk_index", "{log}", `option splunk_index: "{log}" has the unknown field "log"; allowed: ` + options.TemplateRange},
		{"splunk_index", "k8s-{%Y}", `option splunk_index: "k8s-{%Y}" has a date; allowed: ` + options.TemplateRange},
	} {
		if _, _, err := backendtest.Parse[Config]("backend", "splunk", "endpoint", "http://h", c.option, c.value); err == nil || err.Error() != c.want {
			t.Errorf("%s %s:\ngot  %v\nwant %s", c.option, c.value, err, c.want)
		}
	}
}
