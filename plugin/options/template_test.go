package options

import (
	"strings"
	"testing"
	"time"

	"github.com/k8slog/k8slog/filters"
)

func TestTemplates(t *testing.T) {
	pod := &filters.Source{Namespace: "shop", Pod: "web-0", Container: "web", Cluster: "eu", Node: "n1"}
	kubelet := &filters.Source{Component: "kubelet", Node: "n1"}
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC).UnixNano()
	for _, c := range []struct{ text, pod, kubelet string }{
		{"logs", "logs", "logs"},
		{"{namespace}", "shop", ""},
		{"logs-{namespace|component}-{%Y.%m.%d}", "logs-shop-2026.01.02", "logs-component_kubelet-2026.01.02"},
		{"logs-{namespace|component_name}", "logs-shop", "logs-kubelet"},
		{"{namespace|node}", "shop", "node_n1"},
		{"{namespace|node_name}", "shop", "n1"},
		{"{component}", "", "kubelet"},
		{"{node}.{component|x}", "n1.x", "n1.kubelet"},
		{"{cluster|x}-{workload}{component}", "eu-web", "x-component_kubelet"},
		{"{namespace|other}", "shop", "other"},
		{"{cluster}/{node}/{pod}/{container}", "eu/n1/web-0/web", "/n1//"},
		{"{%G-W%V}T{%H}", "2026-W01T03", "2026-W01T03"},
	} {
		template, problem := ParseTemplate(c.text)
		if problem != "" || template.Timed() != strings.Contains(c.text, "%") {
			t.Errorf("%s: %s", c.text, problem)
		}
		if got := template.Text(pod, at, nil); got != c.pod {
			t.Errorf("%s: %q", c.text, got)
		}
		if got := template.Text(kubelet, at, nil); got != c.kubelet {
			t.Errorf("%s: %q", c.text, got)
		}
	}
	upper, _ := ParseTemplate("x{namespace|y}")
	if got := upper.Text(pod, 0, strings.ToUpper); got != "xSHOP" {
		t.Errorf("%q", got)
	}
	for text, want := range map[string]string{
		"{log}":            `has the unknown field "log"`,
		"{}":               `has the unknown field ""`,
		"{namespace|}":     `has the unknown field ""`,
		"{x|namespace}":    `has the unknown field "x"`,
		"{namespace":       "has a { without }",
		"namespace}":       "has a } without {",
		"{%Y.%M}":          "has a date that is not made of %Y, %m, %d, %H, %G and %V",
		"{namespace}{%Y.%": "has a { without }",
	} {
		if _, problem := ParseTemplate(text); problem != want {
			t.Errorf("%s: %q", text, problem)
		}
	}
}
