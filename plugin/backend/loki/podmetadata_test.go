package loki

import (
	"testing"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/test/backendtest"
)

func TestPodMetadata(t *testing.T) {
	b := newBackend(t, "namespace, workload, label:app, team=$namespace_label:team, x=$label:none")
	s := backendtest.Described(filters.Source{Namespace: "shop", Pod: "web-1"})
	r := &filters.Record{Source: source(b, s), Log: filters.PlainText([]byte("x")), Fields: []filters.Field{
		field("pod_label_app", "forged"), field("pod.label.tier", "forged"), field("workload_kind", "forged"), field("metadata_missing", "forged"),
	}}
	e := b.NewEncoder()
	e.Append(r)
	streams := decode(t, e.Frame())
	if got, want := streams[0].Labels, `{namespace="shop", pod_label_app="web", team="t", workload="web"}`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	got := metadataOf(t, b, r)
	for name, want := range map[string]string{
		"pod_label_app_kubernetes_io_name": "n", "pod_annotation_note": "a \"b\"\n\x01}\ufffd", "node_label_zone": "z", "workload_kind": "Deployment",
		"container_image": "registry:5000/shop/web:1.2@sha256:ab", "pod_ip": "10.0.0.1", "host_ip": "192.0.2.1",
		"field_pod_label_app": "forged", "field_pod_label_tier": "forged", "field_workload_kind": "forged", "field_metadata_missing": "forged",
		"pod_label_app": "", "namespace_label_team": "", "pod_label_empty": "", "workload": "",
	} {
		if got[name] != want {
			t.Errorf("%s: %q, want %q", name, got[name], want)
		}
	}
	static := backendtest.Described(filters.Source{Namespace: "kube-system", Pod: "etcd-node-1", Node: "node-1"})
	static.Metadata.Owner = filters.Owner{Kind: "Node", Name: "node-1"}
	static.Metadata.Sent.Owner = static.Metadata.Owner
	e = b.NewEncoder()
	e.Append(&filters.Record{Source: source(b, static), Log: filters.PlainText([]byte("x"))})
	if got, want := decode(t, e.Frame())[0].Labels, `{namespace="kube-system", pod_label_app="web", team="t", workload="etcd"}`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	r = &filters.Record{Source: source(b, backendtest.Unknown(filters.Source{Namespace: "shop", Pod: "web-1"})), Log: filters.PlainText([]byte("x"))}
	if got := metadataOf(t, b, r); got["metadata_missing"] != "true" {
		t.Error(got)
	}
}
