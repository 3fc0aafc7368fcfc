package victorialogs

import (
	"slices"
	"testing"

	"github.com/k8slog/k8slog/test/backendtest"
)

func TestOptions(t *testing.T) {
	c, _, err := backendtest.Parse[Config]("backend", "victorialogs", "endpoint", "http://h", "stream_fields", " pod,severity ", "tenant", "12:4294967295")
	if err != nil || !slices.Equal(c.StreamFields, []string{"pod", "severity"}) {
		t.Errorf("%+v, %v", c, err)
	}
	if h, ok := c.tenantHeader(); !ok || h.Get("AccountID") != "12" || h.Get("ProjectID") != "4294967295" {
		t.Errorf("%v", h)
	}
	if c, _, err := backendtest.Parse[Config]("backend", "victorialogs", "endpoint", "http://h"); err != nil || len(c.StreamFields) != 6 {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestOptionsRefuse(t *testing.T) {
	const urls = "allowed: http:// or https:// URLs without user and password, separated by commas, as in http://loki.logging:3100"
	const tenants = "is no tenant of VictoriaLogs; allowed: AccountID or AccountID:ProjectID, numbers below 2^32, as in 12:0"
	const streams = "allowed: names separated by commas, of cluster, node, namespace, pod, container, component, stream, severity, or label:key, namespace_label:key or node_label:key of a label that is sent"
	for _, c := range []struct{ option, value, want string }{
		{"endpoint", "http://host/insert/jsonline", `option endpoint: contains the path of the protocol, which is appended to it; ` + urls},
		{"tenant", "{namespace|0}", `option tenant: "{namespace|0}" ` + tenants},
		{"tenant", "4294967296", `option tenant: "4294967296" ` + tenants},
		{"tenant", "1:", `option tenant: "1:" ` + tenants},
		{"tenant", "1:2:3", `option tenant: "1:2:3" ` + tenants},
		{"headers", "AccountID: 1", `option headers: and other options set Accountid twice; allowed: once`},
		{"stream_fields", "pod,log", `option stream_fields: "pod,log" has the unknown field "log"; ` + streams},
		{"stream_fields", "pod,pod", `option stream_fields: "pod,pod" has the field pod twice; ` + streams},
	} {
		if _, _, err := backendtest.Parse[Config]("backend", "victorialogs", "endpoint", "http://h", "tenant", "1", c.option, c.value); err == nil || err.Error() != c.want {
			t.Errorf("%s %s:\ngot  %v\nwant %s", c.option, c.value, err, c.want)
		}
	}
}
