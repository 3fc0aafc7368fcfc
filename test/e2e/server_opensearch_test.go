package e2e

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/k8slog/k8slog/test/agent"
)

// schemas are the values of the option schema, with the fields of a record that say
// who wrote it, and what.
var schemas = map[string]struct{ namespace, pod, container, component, text, cluster, severity string }{
	"fluentbit": {"kubernetes.namespace_name", "kubernetes.pod_name", "kubernetes.container_name", "component", "log", "cluster", "severity"},
	"ecs":       {"kubernetes.namespace", "kubernetes.pod.name", "kubernetes.container.name", "service.name", "message", "orchestrator.cluster.name", "log.level"},
}

// at returns a field of a document, below dots.
func at(source map[string]any, path string) string {
	for {
		if value, ok := source[path].(string); ok {
			return value
		}
		name, rest, more := strings.Cut(path, ".")
		inner, ok := source[name].(map[string]any)
		if !more || !ok {
			return ""
		}
		source, path = inner, rest
	}
}

// A data stream with the template that is shipped: every record of the sample node
// is in it once, by whom it is from, and its fields have the types of the template.
func TestServerOpenSearchDataStream(t *testing.T) {
	t.Parallel()
	o := startOpenSearch(t)
	for schema, f := range schemas {
		t.Run(schema, func(t *testing.T) {
			o := &openSearch{t: t, base: o.base}
			template, err := os.ReadFile(filepath.Join(root, "deploy/elasticsearch/opensearch/template-"+schema+".json"))
			if err != nil {
				t.Fatal(err)
			}
			o.put("/_index_template/k8slog", string(template))
			for i, a := range agents(t) {
				name := fmt.Sprint(schema, i) // one server serves both
				query := fmt.Sprintf("%s:%s", f.cluster, name)
				dir := t.TempDir()
				node := layNode(t, dir, 50)
				s := runBackend(t, a, dir, "elasticsearch", strings.NewReplacer("schema                   fluentbit", "schema "+schema),
					"K8SLOG_ENDPOINT="+o.base, "K8SLOG_CLUSTER="+name)
				s.eventually("all documents", func() bool { return o.count("logs-k8slog-default", query) >= node.Total })
				s.stop()
				got, ids := map[string][]string{}, map[string]bool{}
				for _, d := range o.find("logs-k8slog-default", query) {
					when, err := time.Parse(time.RFC3339Nano, at(d.Source, "@timestamp"))
					if err != nil || when.Before(node.Begin.Truncate(time.Second)) || when.After(node.Begin.Add(time.Hour+time.Minute)) ||
						len(d.ID) != 32 || ids[d.ID] || !strings.HasPrefix(d.Index, ".ds-logs-k8slog-default-") {
						t.Fatalf("%+v, %v", d, err)
					}
					ids[d.ID] = true
					who := at(d.Source, f.component)
					if pod := at(d.Source, f.pod); pod != "" {
						who = fmt.Sprint(at(d.Source, f.namespace), " ", pod, " ", at(d.Source, f.container))
					}
					text := at(d.Source, "event.original") // ecs has the rest of it as message then
					if text == "" {
						text = at(d.Source, f.text)
					}
					got[who] = append(got[who], text)
				}
				sameTexts(t, got, node.Texts)
				if n := o.count("logs-k8slog-default", query+fmt.Sprintf(" AND %s:error", f.severity)); n == 0 {
					t.Error("no errors are found")
				}
				if dead := readDead(dir); dead != "" {
					t.Errorf("dead letters: %.500s", dead)
				}
			}
			o.ask(http.MethodDelete, "/_data_stream/logs-k8slog-default", "", nil)
		})
	}
}

// agents are the programs that can load the plugin here.
func agents(t *testing.T) []agent.Agent {
	t.Helper()
	all := []agent.Agent{agent.TestHost(root)}
	if a, err := agent.FluentBit(); err == nil {
		all = append(all, a)
	}
	t.Log(all)
	return all
}

// readDead returns the dead letters of a node.
func readDead(dir string) string {
	text, _ := os.ReadFile(filepath.Join(dir, "node/var/lib/k8slog/dead-letter.ndjson"))
	return string(text)
}

// metrics returns what an agent says of itself; nothing before it listens.
func metrics(address string) string {
	response, err := http.Get("http://" + address + "/metrics")
	if err != nil {
		return ""
	}
	defer response.Body.Close()
	text, _ := io.ReadAll(response.Body)
	return string(text)
}

// Ordinary indices, one for each namespace and day, without a template: every record
// is there, and what is read and sent again after a loss of the positions is not
// stored twice.
func TestServerOpenSearchPlainIndices(t *testing.T) {
	t.Parallel()
	o := startOpenSearch(t)
	a, err := agent.Find(root)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	node := layNode(t, dir, 50)
	status := fmt.Sprintf("127.0.0.1:%d", freePort(t))
	index := strings.NewReplacer("logs-k8slog-default", "plain-{namespace|component|node}-{%Y.%m.%d}",
		"${K8SLOG_STATUS:-127.0.0.1:2021}", status)
	delivered := fmt.Sprintf(`k8slog_records_settled_total{fate="delivered"} %d`, node.Total)
	for range 2 {
		s := runBackend(t, a, dir, "elasticsearch", index, "K8SLOG_ENDPOINT="+o.base)
		s.eventually("all records", func() bool { return strings.Contains(metrics(status), delivered) })
		s.stop()
		positions, _ := filepath.Glob(filepath.Join(dir, "node/var/lib/k8slog/*.db*"))
		for _, path := range positions {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		}
		if n := o.count("plain-*", "*"); n != node.Total {
			t.Errorf("%d documents, want %d", n, node.Total)
		}
	}
	if n := o.count("plain-default-*", "*"); n == 0 {
		t.Error("no index of a namespace")
	}
}
