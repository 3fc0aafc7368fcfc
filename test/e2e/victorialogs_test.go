package e2e

import (
	"net/http/httptest"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/k8slog/k8slog/test/agent"
	"github.com/k8slog/k8slog/test/fake"
	"github.com/k8slog/k8slog/test/sample"
)

// The sample node into VictoriaLogs, with the configuration that is shipped for
// it: every record is there, once, in the right stream.
func TestVictoriaLogs(t *testing.T) {
	eachAgent(t, func(t *testing.T, a agent.Agent) {
		var server fake.VictoriaLogs
		web := httptest.NewServer(&server)
		defer web.Close()
		dir := t.TempDir()
		node, err := sample.Lay(filepath.Join(dir, "node"), 50)
		if err != nil {
			t.Fatal(err)
		}
		s := runBackend(t, a, dir, "victorialogs", nil, "K8SLOG_ENDPOINT="+web.URL)
		s.eventually("all records", func() bool { return len(server.Rows()) >= node.Total })
		s.stop()

		got := map[string][]string{}
		for _, r := range server.Rows() {
			f := r.Fields
			who, stream := f["component"], "component="+f["component"]
			if f["kubernetes.pod_name"] != "" {
				who = f["kubernetes.namespace_name"] + " " + f["kubernetes.pod_name"] + " " + f["kubernetes.container_name"]
				stream = "kubernetes.pod_name=" + f["kubernetes.pod_name"]
				if f["kubernetes.pod_id"] == "" || !slices.Contains(r.Stream, "stream="+f["stream"]) {
					t.Fatalf("%+v", r)
				}
			}
			if r.Tenant != "0:0" || f["node"] != "node-1" || !slices.Contains(r.Stream, "cluster=test") || !slices.Contains(r.Stream, stream) ||
				r.Time.Before(node.Begin.Truncate(time.Second)) || r.Time.After(node.Begin.Add(time.Hour)) {
				t.Fatalf("%+v", r)
			}
			got[who] = append(got[who], f["_msg"])
		}
		sameTexts(t, got, node.Texts)
		if server.Dropped() != nil {
			t.Errorf("dropped: %q", server.Dropped())
		}
	})
}
