package splunk

import (
	"encoding/json"
	"testing"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/test/backendtest"
)

func TestPodMetadata(t *testing.T) {
	b := newBackend(t, nil)
	fields := func(s filters.Source) map[string]string {
		e := b.NewEncoder()
		s.Rendered = b.Render(&s)
		e.Append(&filters.Record{Source: &s, Log: filters.PlainText([]byte("x")), Fields: []filters.Field{field("k8s.pod.label.app", "forged")}})
		var event struct{ Fields map[string]string }
		if err := json.Unmarshal(e.Frame(), &event); err != nil {
			t.Fatal(err)
		}
		return event.Fields
	}
	got := fields(backendtest.Described(filters.Source{Namespace: "shop", Pod: "web-1"}))
	for name, want := range map[string]string{
		"k8s.pod.label.app": "web", "k8s.pod.label.app.kubernetes.io_name": "n", "k8s.pod.label.app_kubernetes_io_name": "second", "k8s.pod.annotation.note": "a \"b\"\n\x01}\ufffd",
		"k8s.namespace.label.team": "t", "k8s.node.label.zone": "z", "k8s.workload.kind": "Deployment", "k8s.workload.name": "web",
		"field_k8s.pod.label.app": "forged",
	} {
		if got[name] != want {
			t.Errorf("%s: %q, want %q", name, got[name], want)
		}
	}
	if _, ok := got["k8s.pod.label.empty"]; ok {
		t.Error("a field without a value")
	}
	static := backendtest.Described(filters.Source{Namespace: "kube-system", Pod: "etcd-node-1", Node: "node-1"})
	static.Metadata.Owner = filters.Owner{Kind: "Node", Name: "node-1"}
	static.Metadata.Sent.Owner = static.Metadata.Owner
	if got := fields(static); got["k8s.workload.name"] != "etcd" || got["k8s.workload.kind"] != "" {
		t.Error(got)
	}
	if got := fields(backendtest.Unknown(filters.Source{Pod: "web-1"})); got["k8s.metadata_missing"] != "true" {
		t.Error(got)
	}
}
