package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/k8slog/k8slog/test/agent"
)

// bulkHeaders tell VictoriaLogs what the fields of a document are.
const bulkHeaders = "VL-Msg-Field: log,_msg | VL-Time-Field: @timestamp"

// tokenFile returns the path of a file with a token that VictoriaLogs does not look at.
func tokenFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "token")
	write(t, path, "token\n")
	return path
}

// A real server reads what it takes of other servers' protocols, with the shipped
// configurations: every record of the sample node is there once, and from whom it is.
func TestServerOtherProtocols(t *testing.T) {
	t.Parallel()
	v := startVictoriaLogs(t)
	a, err := agent.Find(root)
	if err != nil {
		t.Fatal(err)
	}
	token := tokenFile(t)
	for _, c := range []struct {
		backend, path, cluster string
		replace                *strings.Replacer
		who                    func(map[string]string) string
	}{
		{"elasticsearch", "/insert/elasticsearch", "cluster", strings.NewReplacer("    schema ", "    headers "+bulkHeaders+"\n    schema "),
			container("kubernetes.namespace_name", "kubernetes.pod_name", "kubernetes.container_name", "component")},
		{"splunk", "/insert/splunk", "fields.k8s.cluster.name", nil,
			container("fields.k8s.namespace.name", "fields.k8s.pod.name", "fields.k8s.container.name", "fields.component")},
	} {
		t.Run(c.backend, func(t *testing.T) {
			dir := t.TempDir()
			node := layNode(t, dir, 50)
			s := runBackend(t, a, dir, c.backend, c.replace, "K8SLOG_ENDPOINT="+v.base+c.path, "K8SLOG_CLUSTER="+c.backend, "K8SLOG_TOKEN_FILE="+token)
			own := fmt.Sprintf("%q:=%q", c.cluster, c.backend)
			s.eventually("all records", func() bool { return v.count(own) >= node.Total })
			s.stop()
			v.wants(node, own, c.who)
			if dead := readDead(dir); dead != "" {
				t.Errorf("dead letters: %.500s", dead)
			}
		})
	}
}

// A real server is killed and started again, and every line is there once, by all protocols
// that it takes, but for Datadog's, of which it takes no member that is an object. Before it is
// killed it gets the time to write what it has acknowledged.
func TestServerVictoriaLogsKilled(t *testing.T) {
	t.Parallel()
	v := startVictoriaLogs(t)
	a, err := agent.Find(root)
	if err != nil {
		t.Fatal(err)
	}
	token := tokenFile(t)
	for namespace, output := range map[string]string{
		"jsonline": "backend victorialogs\n    endpoint BASE",
		"loki":     "backend loki\n    endpoint BASE/insert\n    headers " + plainTexts,
		"otlp":     "backend otlp\n    endpoint BASE/insert/opentelemetry",
		"bulk":     "backend elasticsearch\n    endpoint BASE/insert/elasticsearch\n    headers " + bulkHeaders,
		"hec":      "backend splunk\n    endpoint BASE/insert/splunk\n    authorization_file TOKEN",
	} {
		t.Run(namespace, func(t *testing.T) {
			output = strings.NewReplacer("BASE", v.base, "TOKEN", token).Replace(output)
			endures(t, a, v, 2*time.Second, namespace, "    "+output+"\n", func() map[string]int {
				counts := map[string]int{}
				for _, row := range v.find("_msg:" + namespace) {
					counts[row["_msg"]]++
				}
				return counts
			})
		})
	}
}

// A real OpenSearch is killed while documents are on their way: each is there once, by its ID.
func TestServerOpenSearchKilled(t *testing.T) {
	t.Parallel()
	o := startOpenSearch(t)
	a, err := agent.Find(root)
	if err != nil {
		t.Fatal(err)
	}
	endures(t, a, o, 0, "search", fmt.Sprintf("    backend elasticsearch\n    endpoint %s\n    index killed\n", o.base), func() map[string]int {
		counts := map[string]int{}
		for _, text := range o.texts("killed", "log") {
			counts[text]++
		}
		return counts
	})
}

// Fluent Bit's own inputs receive what the backends send, are killed and started again, and
// have every line once.
func TestServerFluentBitKilled(t *testing.T) {
	t.Parallel()
	a, err := agent.FluentBit()
	if err != nil {
		t.Skip("needs a Fluent Bit: ", err)
	}
	token := tokenFile(t)
	for namespace, c := range map[string]struct{ input, output string }{
		"http":  {"name http", "backend http\n    headers Content-Type: application/json"},
		"otlp":  {"name opentelemetry", "backend otlp"},
		"grpc":  {"name opentelemetry", "backend otlp\n    otlp_protocol grpc"},
		"bulk":  {"name elasticsearch", "backend elasticsearch"},
		"event": {"name splunk", "backend splunk\n    authorization_file " + token},
	} {
		t.Run(namespace, func(t *testing.T) {
			t.Parallel()
			r := &fluentBit{t: t, a: a, port: freePort(t), out: t.TempDir(), input: c.input}
			r.start()
			endures(t, a, r, time.Second, namespace, fmt.Sprintf("    %s\n    endpoint http://127.0.0.1:%d\n", c.output, r.port), func() map[string]int {
				counts := map[string]int{}
				text, _ := os.ReadFile(filepath.Join(r.out, "records"))
				for line := range strings.Lines(string(text)) {
					for word := range strings.SplitSeq(line, `"`) {
						if strings.HasPrefix(word, namespace+" ") {
							counts[word]++
						}
					}
				}
				return counts
			})
		})
	}
}

// fluentBit is a Fluent Bit that receives, and writes what it got into a file.
type fluentBit struct {
	*session
	t     *testing.T
	a     agent.Agent
	port  int
	out   string
	input string
}

func (r *fluentBit) start() {
	r.t.Helper()
	r.session = run(r.t, r.a, fmt.Sprintf(`[SERVICE]
    flush 0.2
[INPUT]
    %s
    listen 127.0.0.1
    port   %d
[OUTPUT]
    name   file
    match  *
    format plain
    path   %s
    file   records
`, r.input, r.port, r.out))
	listens(r.session, r.port)
}
