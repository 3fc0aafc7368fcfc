package e2e

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/k8slog/k8slog/test/agent"
	"github.com/k8slog/k8slog/test/sample"
)

const (
	traceID = "5b8efff798038103d269b633813fc60c"
	spanID  = "eee19b7ec3c1b174"
	// tracedText is what an application writes that knows its span, and would
	// like to be somebody else.
	tracedText = `{"level":"warn","msg":"slow","trace_id":"` + traceID + `","spanId":"` + spanID + `","ms":1.5,"n":7,"k8s.pod.name":"evil","k8s":{"pod":{"name":"evil"}},"tags":["a",null],"":"e","名":"j","a.b":1,"a_b":2}`
)

// runOTLP starts an agent with the shipped configuration for OTLP, on a sample
// node in which one more container writes tracedText.
func runOTLP(t *testing.T, a agent.Agent, dir, endpoint, cluster string, lines int) (*session, *sample.Node) {
	t.Helper()
	return runOTLPWith(t, a, dir, endpoint, cluster, lines, "")
}

// runOTLPWith is runOTLP with further lines of the output.
func runOTLPWith(t *testing.T, a agent.Agent, dir, endpoint, cluster string, lines int, more string) (*session, *sample.Node) {
	t.Helper()
	node, err := sample.Lay(filepath.Join(dir, "node"), lines)
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "node/var/log/containers/traced_shop_app-"+id64+".log"),
		time.Now().UTC().Format(time.RFC3339Nano)+" stderr F "+tracedText+"\n")
	node.Texts["shop traced app"] = []string{tracedText}
	node.Total++

	var replace *strings.Replacer
	if more != "" {
		replace = strings.NewReplacer("    endpoint ", more+"    endpoint ")
	}
	s := runBackend(t, a, dir, "otlp", replace, "K8SLOG_CLUSTER="+cluster, "K8SLOG_ENDPOINT="+endpoint)
	return s, node
}

// Fluent Bit's own opentelemetry input receives what the backend otlp sends:
// every record of a node once, with all that is known of it.
func TestFluentBitReceivesOTLP(t *testing.T) {
	fluentBit, err := agent.FluentBit()
	if err != nil {
		t.Skip("needs a Fluent Bit: ", err)
	}
	eachAgent(t, func(t *testing.T, a agent.Agent) {
		d := runDirect(t, fluentBit, "direct.conf", "resource")
		dir := t.TempDir()
		began := time.Now()
		s, node := runOTLP(t, a, dir, "http://"+d.otlp, "sender", 60)
		d.eventually("all records", func() bool { return countLines(d.path) >= node.Total })
		s.stop()
		d.stop()
		if !strings.Contains(s.log.String(), fmt.Sprintf("received %[1]d = delivered %[1]d + dead-lettered 0", node.Total)) {
			t.Error("no balance in the log")
		}

		got := map[string][]string{}
		ids := map[string]bool{}
		text, err := os.ReadFile(d.path)
		if err != nil {
			t.Fatal(err)
		}
		for line := range bytes.Lines(text) {
			r := object(t, line)
			k, _ := r["kubernetes"].(map[string]any)
			who, _ := r["component"].(string)
			if k != nil {
				who = fmt.Sprint(k["namespace_name"], " ", k["pod_name"], " ", k["container_name"])
			}
			got[who] = append(got[who], r["log"].(string))

			resource := r["resource"].(map[string]any)["attributes"].(map[string]any)
			attributes := r["attributes"].(map[string]any)
			id, _ := attributes["log.record.uid"].(string)
			if resource["k8s.node.name"] != "node-1" || resource["k8s.cluster.name"] != "sender" || len(id) != 32 || ids[id] {
				t.Fatalf("%s", line)
			}
			ids[id] = true
			if scope := r["scope"].(map[string]any); scope["name"] != "k8slog" || scope["version"] == "" {
				t.Fatalf("scope %v", scope)
			}
			if observed := int64(r["observed_timestamp"].(float64)); observed < began.Add(-time.Minute).UnixNano() && k != nil {
				t.Errorf("observed at %v", time.Unix(0, observed))
			}
			if k != nil && (k["docker_id"] == nil || attributes["log.iostream"] == nil) {
				t.Fatalf("%s", line)
			}
			switch who {
			case "kube-system etcd-node-1.example.com etcd":
				if k["pod_id"] != "5f2ab4d3c1e84c6c9d1f0a7be3a25d11" || k["restart_count"] != 2.0 || resource["service.name"] != "etcd" {
					t.Fatalf("%s", line)
				}
			case "shop traced app":
				checkTraced(t, r)
			}
		}
		sameTexts(t, got, node.Texts)
	})
}

func checkTraced(t *testing.T, r map[string]any) {
	t.Helper()
	want := map[string]any{"level": "warn", "msg": "slow", "trace_id": traceID, "spanId": spanID, "ms": 1.5, "n": 7.0,
		"k8s.pod.name": "evil", "k8s": map[string]any{"pod": map[string]any{"name": "evil"}}, "tags": []any{"a", nil},
		"": "e", "名": "j", "a.b": 1.0, "a_b": 2.0}
	attributes := r["attributes"].(map[string]any)
	if r["trace_id"] != traceID || r["span_id"] != spanID || r["severity"] != "warn" ||
		attributes["log.iostream"] != "stderr" || !reflect.DeepEqual(attributes["log_processed"], want) || len(attributes) != 3 {
		t.Errorf("%v", r)
	}
	if resource := r["resource"].(map[string]any)["attributes"].(map[string]any); resource["k8s.pod.name"] != "traced" || resource["container.id"] != id64 {
		t.Errorf("%v", resource)
	}
}

// It takes all compressions that the backend has.
func TestFluentBitReceivesCompressedOTLP(t *testing.T) {
	t.Parallel()
	a, err := agent.FluentBit()
	if err != nil {
		t.Skip("needs a Fluent Bit: ", err)
	}
	for _, compression := range []string{"none", "gzip", "zstd"} {
		t.Run(compression, func(t *testing.T) {
			d := runDirect(t, a, "direct.conf", "resource")
			dir := filepath.Join(t.TempDir(), "containers")
			total := lay(t, dir, 3, 200)
			s := run(t, a, containerConf(dir, "    workers 2\n    backend otlp\n    endpoint http://"+d.otlp+"\n    compression "+compression+"\n"))
			d.eventually("all records", func() bool { return countLines(d.path) >= total })
			s.stop()
			d.stop()
			seen := map[string]bool{}
			for _, r := range records(t, d.path) {
				if r.Kubernetes["container_name"] != "web" || seen[*r.Log] {
					t.Fatalf("%+v", r)
				}
				seen[*r.Log] = true
			}
			if len(seen) != total {
				t.Errorf("%d records, want %d", len(seen), total)
			}
		})
	}
}

// What an application sends by OTLP goes on by OTLP as what it was.
func TestOTLPIsPassedOn(t *testing.T) {
	t.Parallel()
	a, err := agent.FluentBit()
	if err != nil {
		t.Skip("needs a Fluent Bit: ", err)
	}
	needsExactTimes(t, a)
	d := runDirect(t, a, "direct.conf", "resource")
	between := &direct{otlp: fmt.Sprint("127.0.0.1:", freePort(t))}
	between.session = run(t, a, fmt.Sprintf(`[SERVICE]
    flush 0.2
    grace 10
[INPUT]
    name         opentelemetry
    listen       127.0.0.1
    port         %s
    tag          direct.otlp
    tag_from_uri off
[OUTPUT]
    name             k8slog
    match            *
    workers          2
    backend          otlp
    endpoint         http://%s
    identity         resource
    dead_letter_path %s
`, portOf(between.otlp), d.otlp, filepath.Join(t.TempDir(), "dead")))
	between.eventually("open port", func() bool {
		c, err := net.DialTimeout("tcp", between.otlp, time.Second)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
	between.post(between.otlp+"/v1/logs", otlpRequest)
	d.eventually("the records", func() bool { return countLines(d.path) >= 4 })
	between.stop()
	d.stop()

	text, err := os.ReadFile(d.path)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for line := range bytes.Lines(text) {
		r := object(t, line)
		attributes := r["attributes"].(map[string]any)
		found[r["log"].(string)] = true
		switch r["log"] {
		case "it failed":
			if r["severity_text"] != "ERROR2" || r["trace_id"] != traceID || r["span_id"] != spanID || attributes["http.status"] != 500.0 ||
				r["observed_timestamp"] != 1700000001000000000.0 || r["time"] != "2023-11-14T22:13:20.123456789Z" {
				t.Errorf("%s", line)
			}
		case "structured":
			if r["severity"] != "warn" || attributes["level"] != "warn" || attributes["kubernetes"] != "evil" {
				t.Errorf("%s", line)
			}
		}
		scope := attributes["k8slog.scope"].(map[string]any)
		k, _ := r["kubernetes"].(map[string]any)
		if k["pod_name"] != "web-1" || k["container_name"] != "web" || k["restart_count"] != 3.0 || scope["name"] != "lib" {
			t.Errorf("%s", line)
		}
	}
	if len(found) != 4 || !found["it failed"] || !found["structured"] {
		t.Errorf("%v", found)
	}
}
