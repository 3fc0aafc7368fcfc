package elasticsearch

import (
	"encoding/json"
	"testing"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/test/backendtest"
)

// Dots become underscores, and of two labels that have one name then, one stays.
func TestPodMetadata(t *testing.T) {
	for _, schema := range []string{"fluentbit", "ecs"} {
		b := newBackend(t, "schema", schema)
		s := backendtest.Described(filters.Source{Namespace: "shop", Pod: "web-1"})
		r := &filters.Record{Time: when, Log: filters.PlainText([]byte("x")), Source: source(b, s)}
		var doc struct {
			Kubernetes struct {
				Labels, Annotations map[string]string
				Deployment          struct{ Name string }
				Owner               string            `json:"owner_name"`
				NamespaceLabels     map[string]string `json:"namespace_labels"`
			}
			Namespace struct{ Labels map[string]string } `json:"kubernetes_namespace"`
		}
		if err := json.Unmarshal([]byte(lines(b, r)[1]), &doc); err != nil {
			t.Fatal(err)
		}
		k := doc.Kubernetes
		if len(k.Labels) != 3 || k.Labels["app"] != "web" || k.Labels["app_kubernetes_io/name"] != "n" || k.Annotations["note"] != "a \"b\"\n\x01}\ufffd" ||
			k.Deployment.Name+k.Owner != "web" || k.NamespaceLabels["team"]+doc.Namespace.Labels["team"] != "t" {
			t.Errorf("%s: %+v", schema, doc)
		}
	}
}
