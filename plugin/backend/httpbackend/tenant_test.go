package httpbackend

import (
	"strings"
	"testing"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/backend/httpclient"
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
		{"{namespace|component}", filters.Source{Component: "a|b, ü/.."}, "component_a_b____.."},
		{"{component}", filters.Source{Component: "a|b, ü/.."}, "a_b____.."},
		{"{namespace}\n", filters.Source{Namespace: "a\r\nX: y"}, "a__X__y"},
		{"{component}", filters.Source{Component: "."}, "_"},
		{"{component}", filters.Source{Component: ".."}, "_"},
		{"{namespace}-{pod}", filters.Source{Namespace: long, Pod: long}, long + "-" + long[:49]},
	} {
		config, err := parse(Protocol{}, "tenant", c.template, "tenant_header", "x-org")
		if err != nil {
			t.Fatal(err)
		}
		b, err := New(config, &options.Config{}, Protocol{})
		if err != nil {
			t.Fatal(err)
		}
		got := b.Partition(&c.source)
		headers := b.Headers(got)
		if got != c.want || len(headers) != min(len(got), 1) || got != "" && headers[0] != (httpclient.Header{Name: "X-Org", Value: got}) {
			t.Errorf("%s of %+v: %q, %v", c.template, c.source, got, headers)
		}
	}
}
