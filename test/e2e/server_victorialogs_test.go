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

var victoriaLogsPath = flag.String("victorialogs", "", "the program of a real VictoriaLogs; make test-victorialogs builds it")

// victoriaLogs is a server that runs. It takes several protocols, and tells by
// its query API what it has stored.
type victoriaLogs struct {
	*session
	t       *testing.T
	base    string
	address string
	data    string
}

// startVictoriaLogs runs a server until the test ends. It keeps records of any
// age that a sample node has.
func startVictoriaLogs(t *testing.T) *victoriaLogs {
	t.Helper()
	if *victoriaLogsPath == "" {
		t.Skip("needs a real VictoriaLogs: make test-victorialogs")
	}
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(freePort(t)))
	v := &victoriaLogs{t: t, base: "http://" + address, address: address, data: filepath.Join(t.TempDir(), "data")}
	v.start()
	return v
}

// start runs the server, and returns when it takes records.
func (v *victoriaLogs) start() {
	v.t.Helper()
	v.session = watch(v.t, func(log io.Writer) (*agent.Process, error) {
		return agent.Start(*victoriaLogsPath, []string{
			"-httpListenAddr=" + v.address, "-storageDataPath=" + v.data, "-retentionPeriod=100y", "-loggerLevel=WARN", "-inmemoryDataFlushInterval=1s",
		}, nil, log)
	})
	v.eventually("VictoriaLogs that is ready", func() bool {
		response, err := http.Get(v.base + "/health")
		if err != nil {
			return false
		}
		response.Body.Close()
		return response.StatusCode == http.StatusOK
	})
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

// find returns the records that a LogsQL query finds, sorted by their time.
// Their fields are _time, _stream, _msg, and those that were sent.
func (v *victoriaLogs) find(query string) []map[string]string { return v.findAs("0", query) }

// findAs is find for a tenant.
// Source: https://docs.victoriametrics.com/victorialogs/querying/.
func (v *victoriaLogs) findAs(account, query string) (rows []map[string]string) {
	v.t.Helper()
	values := url.Values{"query": {query + " | sort by (_time)"}}
	request, err := http.NewRequest(http.MethodGet, v.base+"/select/logsql/query?"+values.Encode(), nil)
	if err != nil {
		v.t.Fatal(err)
	}
	request.Header.Set("AccountID", account)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		v.t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(response.Body)
		v.t.Fatalf("query %s: %s: %s", query, response.Status, text)
	}
	for decoder := json.NewDecoder(response.Body); ; {
		var row map[string]string
		if err := decoder.Decode(&row); err == io.EOF {
			return rows
		} else if err != nil {
			v.t.Fatalf("query %s: %v", query, err)
		}
		rows = append(rows, row)
	}
}

// count returns how many records a query finds.
func (v *victoriaLogs) count(query string) int { return len(v.find(query)) }

// layNode makes a sample node below dir.
func layNode(t *testing.T, dir string, lines int) *sample.Node {
	t.Helper()
	node, err := sample.Lay(filepath.Join(dir, "node"), lines)
	if err != nil {
		t.Fatal(err)
	}
	return node
}

// wants fails unless the server has the records of the node, each once, from
// whom they are. who names a record's writer.
func (v *victoriaLogs) wants(node *sample.Node, query string, who func(row map[string]string) string) {
	v.t.Helper()
	got := map[string][]string{}
	for _, row := range v.find(query) {
		at, err := time.Parse(time.RFC3339Nano, row["_time"])
		if err != nil || at.Before(node.Begin.Truncate(time.Second)) || at.After(node.Begin.Add(time.Hour+time.Minute)) {
			v.t.Fatalf("time of %v: %v", row, err)
		}
		got[who(row)] = append(got[who(row)], row["_msg"])
	}
	sameTexts(v.t, got, node.Texts)
}

// container names a container by the fields with these names, and what is no
// container by its component.
func container(namespace, pod, name, component string) func(map[string]string) string {
	return func(row map[string]string) string {
		if row[pod] == "" {
			return row[component]
		}
		return fmt.Sprint(row[namespace], " ", row[pod], " ", row[name])
	}
}

// The shipped configuration for VictoriaLogs, and its own protocol.
func TestServerJSONLines(t *testing.T) {
	v := startVictoriaLogs(t)
	eachAgent(t, func(t *testing.T, a agent.Agent) {
		dir := t.TempDir()
		cluster := fmt.Sprintf("cluster:=%q", t.Name()) // one server serves both agents
		node := layNode(t, dir, 50)
		s := runBackend(t, a, dir, "victorialogs", nil, "K8SLOG_ENDPOINT="+v.base, "K8SLOG_CLUSTER="+t.Name())
		s.eventually("all records", func() bool { return v.count(cluster) >= node.Total })
		s.stop()
		v.wants(node, cluster, container("kubernetes.namespace_name", "kubernetes.pod_name", "kubernetes.container_name", "component"))
		if n := v.count(fmt.Sprintf(`{cluster=%q,component="kubelet"} severity:=error`, t.Name())); n != 5 {
			t.Errorf("%d errors of the kubelet, want 5", n)
		}
	})
}
