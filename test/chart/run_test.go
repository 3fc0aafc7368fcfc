package chart

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"cloud.google.com/go/logging/apiv2/loggingpb"
	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/k8slog/k8slog/test/agent"
	"github.com/k8slog/k8slog/test/agent/session"

	"github.com/k8slog/k8slog/test/fake"
	"github.com/k8slog/k8slog/test/sample"
)

// fluentBit returns a real Fluent Bit: no other agent reads YAML.
func fluentBit(t *testing.T) agent.Agent {
	t.Helper()
	a, err := agent.FluentBit()
	if err != nil {
		t.Skip("the test needs a real Fluent Bit: ", err)
	}
	for _, path := range []string{agent.Plugin(session.Root), filepath.Join(session.Root, "build/k8slog")} {
		if _, err := os.Stat(path); err != nil {
			t.Fatalf("%v; run make build", err)
		}
	}
	return a
}

// inDir changes where a configuration reads and writes: as if dir were the root of
// the file system. The plugin is that of the repository.
func inDir(text, dir string) string {
	return strings.NewReplacer(
		"/fluent-bit/plugins/out_k8slog.so", agent.Plugin(session.Root),
		"/var/", dir+"/var/", "/etc/k8slog", dir+"/etc/k8slog", "0.0.0.0", "127.0.0.1",
	).Replace(text)
}

// put writes a file, and makes its folder.
func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// environment is that of the DaemonSet, and of "k8slog run" on a node with a journal. No
// API server answers.
func environment(dir string) []string {
	return []string{"KUBERNETES_SERVICE_HOST=127.0.0.1", "KUBERNETES_SERVICE_PORT=1", "NODE_NAME=node-1", "POD_NAME=k8slog-x2x9z", "POD_NAMESPACE=" + Namespace, "K8SLOG_JOURNAL=" + dir + "/var/log/journal"}
}

// checked runs "k8slog check", which must find nothing.
func checked(t *testing.T, path string, env []string) {
	t.Helper()
	command := exec.Command(filepath.Join(session.Root, "build/k8slog"), "check", path)
	command.Env = append(os.Environ(), env...)
	if out, err := command.CombinedOutput(); err != nil || !strings.Contains(string(out), "no problem found") {
		t.Errorf("k8slog check: %v\n%s", err, out)
	}
}

const azureRule = "dcr-00000000000000000000000000000000"

// servers are what the backends deliver to.
var servers = map[string]func() http.Handler{
	"azure": func() http.Handler {
		return &fake.AzureMonitor{
			Rule: azureRule, Streams: map[string]map[string]string{"Custom-K8slog": {}}, Machine: "00001111-aaaa-2222-bbbb-3333cccc4444",
			Keep: func(string, map[string]any) {},
		}
	},
	"cloudwatch":    func() http.Handler { return &fake.CloudWatch{AnyAge: true} },
	"elasticsearch": func() http.Handler { return &fake.Elasticsearch{} },
	"file":          nil,
	"google_cloud_logging": func() http.Handler {
		return &fake.GoogleCloudLogging{Project: "p", Keep: func(*loggingpb.LogEntry) {}}
	},
	"http":         func() http.Handler { return http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}) },
	"kafka":        nil, // it does not speak HTTP
	"loki":         func() http.Handler { return &fake.Loki{} },
	"otlp":         func() http.Handler { return &fake.OTLP{Keep: func(fake.LogRecord) {}} },
	"s3":           func() http.Handler { return &fake.S3{Bucket: "logs"} },
	"splunk":       func() http.Handler { return &fake.Splunk{Token: "secret"} },
	"stdout":       nil,
	"syslog":       nil, // it does not speak HTTP
	"victorialogs": func() http.Handler { return &fake.VictoriaLogs{} },
}

// The configuration of the chart runs in a real Fluent Bit, with each backend. The
// checker finds nothing, Fluent Bit warns of no variable, every record is delivered,
// and the probes are answered.
func TestRun(t *testing.T) {
	needsHelm(t)
	a := fluentBit(t)
	for backend, server := range servers {
		t.Run(backend, func(t *testing.T) {
			flags := []string{"--set", "metadata.enabled=false,backend=" + backend}
			if backend == "kafka" {
				c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.AllowAutoTopicCreation())
				if err != nil {
					t.Fatal(err)
				}
				defer c.Close()
				flags = append(flags, "--set", "endpoint="+c.ListenAddrs()[0])
			}
			if backend == "syslog" {
				l, err := net.Listen("tcp", "127.0.0.1:0")
				if err != nil {
					t.Fatal(err)
				}
				defer l.Close()
				receiver := &fake.Syslog{}
				go receiver.Serve(l)
				defer func() {
					if err := receiver.Problems(); err != nil || len(receiver.Messages()) == 0 {
						t.Errorf("%d messages, problems: %v", len(receiver.Messages()), err)
					}
				}()
				flags = append(flags, "--set", "endpoint="+l.Addr().String())
			}
			if server != nil {
				s := httptest.NewServer(server())
				defer s.Close()
				flags = append(flags, "--set", "endpoint="+s.URL)
				if backend == "azure" {
					flags = append(flags, "--set", "options.azure_dcr_id="+azureRule+",options.azure_metadata_url="+s.URL)
				}
			}
			if backend == "s3" {
				flags = append(flags, "--set", "options.bucket=logs,options.upload_timeout=1s")
			}
			if backend == "cloudwatch" || backend == "s3" {
				for _, name := range []string{"AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"} {
					t.Setenv(name, "eu-west-1")
				}
			}
			if backend == "google_cloud_logging" {
				flags = append(flags, "--set", "cluster=c,options.google_project=p,options.google_location=l,auth.secret=s,auth.tokenKey=token")
			}
			if backend == "splunk" {
				flags = append(flags, "--set", "auth.secret=s,auth.tokenKey=token")
			}
			agentRuns(t, a, flags...)
		})
	}
}

// So does it with rules, filters and other inputs, and with metadata while the API server
// does not answer.
func TestRunWithMore(t *testing.T) {
	needsHelm(t)
	values := filepath.Join(t.TempDir(), "values.yaml")
	put(t, values, `
backend: stdout
cluster: test
timeZone: UTC
logs: {containers: {excludeNamespaces: [noise]}}
rules:
  - {name: probes, match: {namespace: "*"}, drop: {text: ["kube-probe/"]}}
service: {flush: 0.5, storage.sync: null}
parsers:
  - {name: words, format: regex, regex: '^(?<word>\w+)'}
extraInputs:
  - {name: dummy, tag: dummy, storage.type: filesystem, dummy: '{"log":"from the dummy"}', samples: 1}
extraFilters:
  - {name: record_modifier, match: dummy, record: [from chart]}
`)
	log := agentRuns(t, fluentBit(t), "--values", values)
	if !strings.Contains(log, `"log":"from the dummy"`) || !strings.Contains(log, `"from":"chart"`) {
		t.Error("the input or the filter is not there")
	}
}

// agentRuns runs the agent on the sample node, and returns its log.
func agentRuns(t *testing.T, a agent.Agent, flags ...string) string {
	t.Helper()
	dir, ports := t.TempDir(), session.FreePorts(t, 2)
	node, err := sample.Lay(dir, 50)
	if err != nil {
		t.Fatal(err)
	}
	all := render(t, append(flags, "--set", fmt.Sprintf("metrics.port=%d,metrics.fluentBitPort=%d", ports[0], ports[1]))...)
	_, text := configuration(t, all, "k8slog", "fluent-bit.yaml")
	path := filepath.Join(dir, "etc/k8slog/fluent-bit.yaml")
	put(t, path, inDir(text, dir))
	put(t, filepath.Join(dir, "var/run/secrets/k8slog/auth/token"), "secret")
	if rules, ok := all["ConfigMap/k8slog-rules"].At("data", "rules.yaml").(string); ok {
		put(t, filepath.Join(dir, "etc/k8slog-rules/rules.yaml"), rules)
	}
	checked(t, path, environment(dir))
	s := session.Watch(t, func(log io.Writer) (*agent.Process, error) { return a.Start(path, "", environment(dir), log) })
	s.Eventually("all records delivered", func() bool { return session.Delivered(ports[0]) >= node.Total })
	for port, paths := range map[int][]string{ports[0]: {"/healthz", "/metrics"}, ports[1]: {"/", "/api/v2/metrics/prometheus"}} {
		for _, path := range paths {
			if status, _ := session.Get(port, path); status != http.StatusOK {
				t.Errorf("%s answers %d", path, status)
			}
		}
	}
	s.End()
	log := s.Log.String()
	if strings.Contains(log, "used but not set") {
		t.Error("a variable is not set")
	}
	if !strings.Contains(log, "dead-lettered 0") {
		t.Error("records are dead-lettered")
	}
	return log
}
