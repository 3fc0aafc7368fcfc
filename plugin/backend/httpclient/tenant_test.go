package httpclient

import (
	"strings"
	"testing"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/options"
)

func TestTenantsAreWhoWrote(t *testing.T) {
	long := strings.Repeat("n", 100)
	for _, c := range []struct {
		template string
		source   filters.Source
		want     string
	}{
		{"", filters.Source{Namespace: "shop"}, ""},
		{"ours", filters.Source{Namespace: "shop"}, "ours"},
		{"{namespace}", filters.Source{Namespace: "shop"}, "shop"},
		{"{namespace}", filters.Source{Component: "kubelet"}, ""},
		{"{namespace|component|other}", filters.Source{}, "other"},
		{"{namespace|component}", filters.Source{Component: "a|b, ü/.."}, "a_b____.."},
		{"{namespace}\n", filters.Source{Namespace: "a\r\nX: y"}, "a__X__y"},
		{"{component}", filters.Source{Component: "."}, "_"},
		{"{component}", filters.Source{Component: ".."}, "_"},
		{"{namespace}-{pod}", filters.Source{Namespace: long, Pod: long}, long + "-" + long[:49]},
	} {
		set := map[string]string{"backend": "http", "endpoint": "http://localhost", "tenant": c.template, "tenant_header": "x-org"}
		config, err := options.Parse(func(name string) string { return set[name] })
		if err != nil {
			t.Fatal(err)
		}
		tenants := TenantsFor(config)
		got := tenants.Partition(&c.source)
		headers := tenants.Headers(backend.Body{Partition: got})
		if got != c.want || len(headers) != min(len(got), 1) || got != "" && headers[0] != (Header{"X-Org", got}) {
			t.Errorf("%s of %+v: %q, %v", c.template, c.source, got, headers)
		}
	}
}
