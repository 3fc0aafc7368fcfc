package e2e

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/k8slog/k8slog/test/agent"
)

var collectorPath = flag.String("collector", "", "the program of an OpenTelemetry Collector; make test-collector builds it")

// collector is a real OpenTelemetry Collector, which writes what it gets into a file.
type collector struct {
	*session
	t                 *testing.T
	conf, out         string
	httpPort, rpcPort int
}

func newCollector(t *testing.T) *collector {
	t.Helper()
	if *collectorPath == "" {
		t.Skip("needs an OpenTelemetry Collector: make test-collector")
	}
	dir := t.TempDir()
	c := &collector{t: t, conf: filepath.Join(dir, "conf.yaml"), out: filepath.Join(dir, "records"), httpPort: freePort(t), rpcPort: freePort(t)}
	write(t, c.conf, fmt.Sprintf(`receivers:
  otlp:
    protocols:
      http: {endpoint: "127.0.0.1:%d"}
      grpc: {endpoint: "127.0.0.1:%d"}
exporters:
  lines: {path: %q}
service:
  telemetry: {metrics: {level: none}, logs: {level: warn}}
  pipelines:
    logs: {receivers: [otlp], exporters: [lines]}
`, c.httpPort, c.rpcPort, c.out))
	c.start()
	return c
}

// start runs the Collector, and returns when it takes records.
func (c *collector) start() {
	c.t.Helper()
	c.session = watch(c.t, func(log io.Writer) (*agent.Process, error) {
		return agent.Start(*collectorPath, []string{"--config", c.conf}, nil, log)
	})
	listens(c.session, c.httpPort)
	listens(c.session, c.rpcPort)
}

// output is the options of an output that sends to the Collector.
func (c *collector) output(protocol string) string {
	port := c.httpPort
	if protocol == "grpc" {
		port = c.rpcPort
	}
	return fmt.Sprintf("backend otlp\n    otlp_protocol %s\n    endpoint http://127.0.0.1:%d\n    compression gzip\n", protocol, port)
}

// collected is a record as the Collector has it: its attributes, and those of its resource.
type collected struct {
	text, severity, time string
	attributes           map[string]string
}

// records returns what the Collector has written. A request is a line of OTLP in JSON.
func (c *collector) records() (all []collected) {
	c.t.Helper()
	type value struct {
		StringValue *string `json:"stringValue"`
		IntValue    *string `json:"intValue"`
	}
	type attributes []struct {
		Key   string
		Value value
	}
	var request struct {
		ResourceLogs []struct {
			Resource  struct{ Attributes attributes }
			ScopeLogs []struct {
				LogRecords []struct {
					TimeUnixNano, SeverityText string
					Body                       value
					Attributes                 attributes
				}
			}
		}
	}
	text, _ := os.ReadFile(c.out)
	for line := range bytes.Lines(text) {
		request.ResourceLogs = nil
		if json.Unmarshal(line, &request) != nil {
			continue // it is being written, or was cut off by a kill
		}
		for _, resource := range request.ResourceLogs {
			for _, scope := range resource.ScopeLogs {
				for _, r := range scope.LogRecords {
					one := collected{severity: r.SeverityText, time: r.TimeUnixNano, attributes: map[string]string{}}
					if r.Body.StringValue != nil {
						one.text = *r.Body.StringValue
					}
					for _, a := range append(resource.Resource.Attributes[:len(resource.Resource.Attributes):len(resource.Resource.Attributes)], r.Attributes...) {
						if a.Value.StringValue != nil {
							one.attributes[a.Key] = *a.Value.StringValue
						}
					}
					all = append(all, one)
				}
			}
		}
	}
	return all
}

// The Collector reads the records of the sample node, over HTTP and gRPC: each is there once,
// with its time, its severity and from whom it is.
func TestServerCollector(t *testing.T) {
	t.Parallel()
	a, err := agent.Find(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, protocol := range []string{"http", "grpc"} {
		t.Run(protocol, func(t *testing.T) {
			c := newCollector(t)
			dir := t.TempDir()
			port := c.httpPort
			if protocol == "grpc" {
				port = c.rpcPort
			}
			s, node := runOTLPWith(t, a, dir, fmt.Sprintf("http://127.0.0.1:%d", port), "node", 50, "    otlp_protocol "+protocol+"\n")
			s.eventually("all records", func() bool { return len(c.records()) >= node.Total })
			s.stop()
			got, ids := map[string][]string{}, map[string]bool{}
			errors := 0
			for _, r := range c.records() {
				at := r.attributes
				who := at["service.name"]
				if at["k8s.pod.name"] != "" {
					who = at["k8s.namespace.name"] + " " + at["k8s.pod.name"] + " " + at["k8s.container.name"]
				}
				got[who] = append(got[who], r.text)
				ns, err := strconv.ParseInt(r.time, 10, 64)
				when := time.Unix(0, ns)
				id := at["log.record.uid"]
				if err != nil || when.Before(node.Begin.Truncate(time.Second)) || when.After(node.Begin.Add(time.Hour+time.Minute)) || len(id) != 32 || ids[id] ||
					at["k8s.node.name"] != "node-1" || at["k8s.cluster.name"] != "node" || at["k8s.pod.name"] != "" && (len(at["container.id"]) != 64 || at["log.iostream"] == "") {
					t.Fatalf("%+v, %v", r, err)
				}
				ids[id] = true
				if who == "kubelet" && r.severity == "error" {
					errors++
				}
			}
			sameTexts(t, got, node.Texts)
			if errors != 5 {
				t.Errorf("%d errors of the kubelet, want 5", errors)
			}
		})
	}
}

// The Collector is killed and started again, and has every line once.
func TestServerCollectorKilled(t *testing.T) {
	t.Parallel()
	a, err := agent.Find(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, protocol := range []string{"http", "grpc"} {
		t.Run(protocol, func(t *testing.T) {
			t.Parallel()
			c := newCollector(t)
			endures(t, a, c, 100*time.Millisecond, protocol, "    "+c.output(protocol), func() map[string]int {
				counts := map[string]int{}
				for _, r := range c.records() {
					counts[r.text]++
				}
				return counts
			})
		})
	}
}
