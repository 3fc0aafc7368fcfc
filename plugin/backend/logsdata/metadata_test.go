package logsdata

import (
	"strings"
	"testing"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/test/backendtest"
)

func TestPodMetadata(t *testing.T) {
	show := func(s filters.Source) string {
		r := filters.Record{Source: source(s), Time: when}
		return showPairs(decode(t, encode(&r))[0].Resource.Attributes)
	}
	got := show(backendtest.Described(filters.Source{Namespace: "shop", Pod: "web-1"}))
	for _, want := range []string{
		`k8s.deployment.name="web"`, `container.image.name="registry:5000/shop/web"`, `container.image.tags=["1.2"]`,
		`container.image.repo_digests=["registry:5000/shop/web@sha256:ab"]`, `k8s.pod.ip="10.0.0.1"`, `host.ip=["192.0.2.1"]`,
		`k8s.pod.label.app="web"`, `k8s.pod.label.app.kubernetes.io/name="n"`, `k8s.pod.label.empty=""`, `k8s.pod.annotation.note="a \"b\"\n\x01}�"`,
		`k8s.namespace.label.team="t"`, `k8s.node.label.zone="z"`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is not in %s", want, got)
		}
	}
	if got := show(backendtest.Unknown(filters.Source{Pod: "web-1"})); !strings.Contains(got, `k8slog.metadata_missing="true"`) {
		t.Error(got)
	}
}

func TestSplitImage(t *testing.T) {
	for image, want := range map[string][2]string{
		"nginx": {"nginx", ""}, "nginx:1": {"nginx", "1"}, "r:5000/a/b": {"r:5000/a/b", ""}, "r:5000/a/b:2": {"r:5000/a/b", "2"},
		"a@sha256:ab": {"a", ""}, "a:1@sha256:ab": {"a", "1"}, "": {"", ""},
	} {
		if name, tag := splitImage(image); name != want[0] || tag != want[1] {
			t.Errorf("%s: %s, %s", image, name, tag)
		}
	}
}
