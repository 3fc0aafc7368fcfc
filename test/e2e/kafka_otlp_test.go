package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/k8slog/k8slog/test/fake"
)

// A real Kafka keeps OpenTelemetry's messages: every record of the sample node is there once,
// with the resource of its writer, and the key and the ID are the same as with JSON.
func TestServerKafkaOTLP(t *testing.T) {
	t.Parallel()
	k := newKafka(t)
	all := agents(t)
	dir := t.TempDir()
	node := layNode(t, dir, 50)
	replace := strings.NewReplacer("topic                    k8slog", "topic otlp_logs\n    kafka_format otlp")
	s := runBackend(t, all[len(all)-1], dir, "kafka", replace, "K8SLOG_BROKERS="+k.address)
	got, ids := map[string][]string{}, map[string]bool{}
	for _, r := range consume(t, k.address, "otlp_logs", node.Total) {
		records, err := fake.ReadLogsData(r.Value)
		if err != nil || len(records) != 1 {
			t.Fatalf("%d records in a message, %v", len(records), err)
		}
		l := records[0]
		who, key := l.Resource["service.name"], "component_"+l.Resource["service.name"]+"/no_name/no_name"
		if pod := l.Resource["k8s.pod.name"]; pod != "" {
			who = fmt.Sprintf("%s %s %s", l.Resource["k8s.namespace.name"], pod, l.Resource["k8s.container.name"])
			key = strings.ReplaceAll(who, " ", "/")
		}
		id := l.Attributes["log.record.uid"]
		if string(r.Key) != key || len(r.Headers) != 1 || string(r.Headers[0].Value) != id || ids[id] {
			t.Fatalf("key %q of %s, headers %v, ID %q", r.Key, who, r.Headers, id)
		}
		ids[id] = true
		got[who] = append(got[who], l.Body)
	}
	if len(ids) != node.Total {
		t.Errorf("%d records, want %d", len(ids), node.Total)
	}
	sameTexts(t, got, node.Texts)
	s.stop()
	if dead := readDead(dir); dead != "" {
		t.Errorf("dead letters: %.500s", dead)
	}
}
