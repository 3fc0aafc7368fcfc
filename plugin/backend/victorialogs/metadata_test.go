package victorialogs

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/test/backendtest"
)

// A name that VictoriaLogs finds too long would cost it the record.
func TestPodMetadata(t *testing.T) {
	s := backendtest.Described(filters.Source{Namespace: "shop", Pod: "web-1"})
	long := strings.Repeat("a", 200) + "/b"
	s.Metadata.Sent.Pod.Labels = append(s.Metadata.Sent.Pod.Labels, filters.Pair{Key: long, Value: "x"})
	line := new(Backend).Render(&s).(*rendered).line
	var got struct {
		Kubernetes struct{ Labels map[string]string }
	}
	if err := json.Unmarshal(append(append([]byte(`{"a":1`), line...), '}'), &got); err != nil {
		t.Fatal(err)
	}
	if l := got.Kubernetes.Labels; l["app"] != "web" || l["app.kubernetes.io/name"] != "n" || l[long] != "" {
		t.Errorf("%v", l)
	}
	if q := streamQuery([]string{"pod", "label:app", "namespace_label:team", "node_label:zone"}); q != "kubernetes.pod_name,kubernetes.labels.app,kubernetes_namespace.labels.team,kubernetes.node_labels.zone" {
		t.Error(q)
	}
}
