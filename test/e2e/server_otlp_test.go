package e2e

import (
	"fmt"
	"testing"

	"github.com/k8slog/k8slog/test/agent"
)

// A real server reads the node's records by OTLP: each is there once, with the
// names of the semantic conventions, and with what a text says beside it.
func TestServerOTLP(t *testing.T) {
	v := startVictoriaLogs(t)
	eachAgent(t, func(t *testing.T, a agent.Agent) {
		cluster := fmt.Sprintf(`"k8s.cluster.name":=%q`, t.Name()) // one server serves both agents
		s, node := runOTLP(t, a, t.TempDir(), v.base+"/insert/opentelemetry", t.Name(), 50)
		s.eventually("all records", func() bool { return v.count(cluster) >= node.Total })
		s.stop()
		v.wants(node, cluster, container("k8s.namespace.name", "k8s.pod.name", "k8s.container.name", "service.name"))
		ids := map[string]bool{}
		for _, row := range v.find(cluster) {
			id := row["log.record.uid"]
			if row["k8s.node.name"] != "node-1" || row["scope.name"] != "k8slog" || len(id) != 32 || ids[id] ||
				row["k8s.pod.name"] != "" && (len(row["container.id"]) != 64 || row["log.iostream"] == "") {
				t.Fatalf("%v", row)
			}
			ids[id] = true
		}
		if n := v.count(cluster + ` "service.name":=kubelet severity_text:=error severity_number:=17`); n != 5 {
			t.Errorf("%d errors of the kubelet, want 5", n)
		}
		if n := v.count(cluster + fmt.Sprintf(` "k8s.pod.name":=traced trace_id:=%q span_id:=%q log_processed.n:=7`, traceID, spanID)); n != 1 {
			t.Errorf("%d records of the trace, want 1: %v", n, v.find(cluster+` "k8s.pod.name":=traced`))
		}
		if n := v.count(cluster + ` "k8s.pod.name":=evil`); n != 0 {
			t.Errorf("%d records of a pod that is none", n)
		}
	})
}
