package e2e

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/k8slog/k8slog/test/agent"
	"github.com/k8slog/k8slog/test/sample"
)

var lokiPath = flag.String("loki", "", "the program of a real Loki; make test-loki builds it")

const lokiConf = `
auth_enabled: %[4]v
analytics: {reporting_enabled: false}
server:
  http_listen_address: 127.0.0.1
  http_listen_port: %[2]d
  grpc_listen_address: 127.0.0.1
  grpc_listen_port: %[3]d
  log_level: warn
common:
  instance_addr: 127.0.0.1
  path_prefix: %[1]s
  replication_factor: 1
  ring: {kvstore: {store: inmemory}}
  storage: {filesystem: {chunks_directory: %[1]s/chunks, rules_directory: %[1]s/rules}}
schema_config:
  configs:
    - {from: 2018-01-01, store: tsdb, object_store: filesystem, schema: v13, index: {prefix: index_, period: 24h}}
limits_config: {reject_old_samples: %[4]v, allow_structured_metadata: true}
`

// startLoki runs Loki and returns its base URL when it is ready.
func startLoki(t *testing.T) string {
	t.Helper()
	return runLoki(t, false)
}

// runLoki is startLoki, perhaps of one that wants to know the tenant, and takes
// no old entries.
func runLoki(t *testing.T, strict bool) string {
	t.Helper()
	if *lokiPath == "" {
		t.Skip("needs a real Loki: make test-loki")
	}
	dir := t.TempDir()
	web, grpc := freePort(t), freePort(t)
	conf := filepath.Join(dir, "loki.yaml")
	write(t, conf, fmt.Sprintf(lokiConf, dir, web, grpc, strict))
	s := watch(t, func(log io.Writer) (*agent.Process, error) {
		return agent.Start(*lokiPath, []string{"-config.file=" + conf, "-target=all"}, nil, log)
	})
	base := "http://127.0.0.1:" + strconv.Itoa(web)
	s.eventually("Loki that is ready", func() bool {
		response, err := http.Get(base + "/ready")
		if err != nil {
			return false
		}
		response.Body.Close()
		return response.StatusCode == http.StatusOK
	})
	return base
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// entry is a line that Loki returned, with its labels and metadata together.
type entry struct {
	labels map[string]string
	line   string
}

// query reads all entries of a time range.
func query(t *testing.T, base, logQL string, from, to time.Time) (entries []entry) {
	t.Helper()
	return queryAs(t, base, "", logQL, from, to)
}

// queryAs is query for a tenant.
func queryAs(t *testing.T, base, tenant, logQL string, from, to time.Time) (entries []entry) {
	t.Helper()
	values := url.Values{
		"query": {logQL}, "limit": {"5000"}, "direction": {"forward"},
		"start": {strconv.FormatInt(from.UnixNano(), 10)}, "end": {strconv.FormatInt(to.UnixNano(), 10)},
	}
	request, err := http.NewRequest(http.MethodGet, base+"/loki/api/v1/query_range?"+values.Encode(), nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("X-Scope-OrgID", tenant)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var answer struct {
		Data struct {
			Result []struct {
				Stream map[string]string
				Values [][]string
			}
		}
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("query: %s: %v", response.Status, err)
	}
	for _, stream := range answer.Data.Result {
		for _, value := range stream.Values {
			entries = append(entries, entry{stream.Stream, value[1]})
		}
	}
	return entries
}

// The sample node into a real Loki: every record is there, once, with the
// right labels.
func TestLoki(t *testing.T) {
	base := startLoki(t)
	a, err := agent.Find(root)
	if err != nil {
		t.Fatal(err)
	}
	t.Log(a)
	dir := t.TempDir()
	node, err := sample.Lay(filepath.Join(dir, "node"), 50)
	if err != nil {
		t.Fatal(err)
	}
	s := runShipped(t, a, dir, "fluent-bit.conf", "K8SLOG_BACKEND=loki", "K8SLOG_ENDPOINT="+base)
	find := func(logQL string) []entry {
		return query(t, base, logQL, node.Begin.Add(-time.Minute), time.Now().Add(time.Minute))
	}
	all := func() []entry { return find(`{cluster="test"}`) }
	arrived := 0
	defer func() { t.Logf("%d of %d entries are in Loki", arrived, node.Total) }()
	s.eventually("all entries", func() bool { arrived = len(all()); return arrived >= node.Total })
	s.stop()

	got := map[string][]string{}
	for _, e := range all() {
		l := e.labels
		who := l["component"]
		if l["pod"] != "" {
			who = l["namespace"] + " " + l["pod"] + " " + l["container"]
			if len(l["container_id"]) != 64 || l["stream"] == "" {
				t.Fatalf("labels and metadata %v", l)
			}
		}
		if l["node"] != "node-1" || l["cluster"] != "test" {
			t.Fatalf("labels and metadata %v", l)
		}
		got[who] = append(got[who], e.line)
	}
	sameTexts(t, got, node.Texts)

	// What the option labels names is a label, and the rest is metadata.
	stderr := find(`{namespace="default",pod="blog-84bd9f6d5b-9f6kt",container="blog",stream="stderr"} | node="node-1"`)
	if len(stderr) != 16 {
		t.Errorf("%d entries on stderr, want 16", len(stderr))
	}
	if n := len(find(`{node="node-1"}`)); n != 0 {
		t.Errorf("node is a label of %d entries", n)
	}
	if n := len(find(`{component="kubelet"} | severity="error"`)); n != 5 {
		t.Errorf("%d errors of the kubelet, want 5", n)
	}
}
