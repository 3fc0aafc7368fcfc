// Package monitoring tests the metrics, the alert rules and the dashboard with Prometheus
// itself, of the distribution (apt-get install prometheus).
package monitoring

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/k8slog/k8slog/plugin"
	"github.com/k8slog/k8slog/plugin/chunk"
	"github.com/k8slog/k8slog/plugin/hostlog"
	"github.com/k8slog/k8slog/test/fake"
)

// patience is how long anything may take that a test waits for.
const patience = 2 * time.Minute

const folder = "../../deploy/monitoring"

// tool returns the path of a program of Prometheus.
func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("there is no %s (apt-get install prometheus)", name)
	}
	return path
}

// Each alert fires at its fault, alone and not before its time, and none in order.
func TestAlerts(t *testing.T) {
	for _, args := range [][]string{{"check", "rules", "alerts.yaml"}, {"test", "rules", "alerts_test.yaml"}} {
		c := exec.Command(tool(t, "promtool"), args...)
		c.Dir = folder
		if out, err := c.CombinedOutput(); err != nil {
			t.Errorf("promtool %v: %v\n%s", args, err, out)
		}
	}
	rules, err := os.ReadFile(filepath.Join(folder, "alerts.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	tests, err := os.ReadFile(filepath.Join(folder, "alerts_test.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(rules)) {
		if _, name, ok := strings.Cut(strings.TrimSpace(line), "alert: "); ok && !strings.Contains(string(tests), `alertname="`+name+`"`) {
			t.Errorf("there is no test of %s", name)
		}
	}
}

// host is Fluent Bit.
type host map[string]string

func (h host) Property(name string) string { return h[name] }
func (h host) Stopping() bool              { return false }
func (h host) Log(hostlog.Level, string)   {}

// agent is an instance with a log that is behind, a backend that refuses some records, and an
// archive beside it.
func agent(t *testing.T) (in *plugin.Instance, address string, write func()) {
	t.Helper()
	requests := 0
	backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if requests++; requests%4 == 0 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	t.Cleanup(backend.Close)
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret-of-nobody")
	archive := httptest.NewServer(&fake.S3{Bucket: "logs"})
	t.Cleanup(archive.Close)
	dir := t.TempDir()
	rules := filepath.Join(dir, "rules.yaml")
	if err := os.WriteFile(rules, fmt.Appendf(nil, `
destinations:
  archive: {backend: s3, endpoint: '%s', bucket: logs, store_dir: '%s'}
routes:
  - {match: {}, to: [default, archive]}
`, archive.URL, filepath.Join(dir, "store")), 0o600); err != nil {
		t.Fatal(err)
	}
	address = free(t)
	path := filepath.Join(dir, "containers", "web-1_shop_app-"+strings.Repeat("a", 64)+".log")
	if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	var content, data []byte
	for i := range 200 {
		line := fmt.Sprintf("2026-11-30T03:00:00.%09dZ stdout F line %d", i, i)
		if i < 100 { // the others are not read
			data = chunk.AppendTailLine(data, &chunk.TailLine{PathKey: "path", Path: path, OffsetKey: "offset", Offset: int64(len(content)), Text: []byte(line)})
		}
		content = append(append(content, line...), '\n')
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	in, err := plugin.New(host{
		"backend": "http", "endpoint": backend.URL, "status_listen": address, "rules_file": rules, "path_key": "path", "offset_key": "offset",
		"dead_letter_path": filepath.Join(dir, "dead"), "park_path": filepath.Join(dir, "parked"), "disk_ledger_path": filepath.Join(dir, "ledger"),
		"disk_ledger_logs": filepath.Join(dir, "containers", "*.log"), "backoff_min": "10ms", "backoff_max": "20ms", "catch_up_bytes": "0", "flush_deadline": "5s",
		"rate_limit_records": "50", "rate_limit_policy": "drop", "rate_limit_burst": "1s",
	}, 1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := in.Close(); err != nil {
			t.Error(err)
		}
	})
	other := bytes.ReplaceAll(data, []byte("web-1_shop"), []byte("web-2_shop"))
	in.Flush(2, "containers", data)
	return in, address, func() { in.Flush(2, "containers", other) }
}

func free(t *testing.T) string {
	s := httptest.NewServer(nil)
	defer s.Close()
	return strings.TrimPrefix(s.URL, "http://")
}

// The names, types and helps of the metrics follow Prometheus' conventions.
func TestMetrics(t *testing.T) {
	promtool := tool(t, "promtool")
	_, address, write := agent(t)
	write()
	answer, err := http.Get("http://" + address + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	c := exec.Command(promtool, "check", "metrics")
	c.Stdin = answer.Body
	if out, err := c.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("%v\n%s", err, out)
	}
	http.DefaultClient.CloseIdleConnections()
}

// Every query of the dashboard returns something from a real Prometheus.
func TestDashboard(t *testing.T) {
	program := tool(t, "prometheus")
	_, address, write := agent(t)
	// Fluent Bit's own metric, which is not of this process.
	fluentBit := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintln(w, "# TYPE fluentbit_output_dropped_records_total counter\nfluentbit_output_dropped_records_total{name=\"k8slog.0\"} 5")
	}))
	defer fluentBit.Close()
	dir := t.TempDir()
	config := fmt.Sprintf("global: {scrape_interval: 1s}\nscrape_configs:\n  - {job_name: k8slog, static_configs: [{targets: ['%s', '%s']}]}\n", address, strings.TrimPrefix(fluentBit.URL, "http://"))
	file := filepath.Join(dir, "prometheus.yml")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	listen := free(t)
	var log bytes.Buffer
	c := exec.Command(program, "--config.file="+file, "--storage.tsdb.path="+filepath.Join(dir, "data"), "--web.listen-address="+listen)
	c.Stdout, c.Stderr = &log, &log
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = c.Process.Signal(syscall.SIGTERM)
		_ = c.Wait()
		if t.Failed() {
			t.Log(log.String())
		}
	}()
	queries := dashboardQueries(t)
	if len(queries) < 20 {
		t.Fatalf("only %d queries", len(queries))
	}
	defer http.DefaultClient.CloseIdleConnections()
	var left []string
	for end := time.Now().Add(patience); ; time.Sleep(500 * time.Millisecond) {
		write()
		left = left[:0]
		for _, q := range queries {
			if !hasResult(listen, strings.ReplaceAll(q, "$__rate_interval", "10s")) {
				left = append(left, q)
			}
		}
		if len(left) == 0 || time.Now().After(end) {
			break
		}
	}
	for _, q := range left {
		t.Errorf("%s returns nothing", q)
	}
}

// dashboardQueries returns the queries of all panels.
func dashboardQueries(t *testing.T) (all []string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(folder, "dashboard.json"))
	if err != nil {
		t.Fatal(err)
	}
	var dashboard struct {
		Panels []struct {
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(text, &dashboard); err != nil {
		t.Fatal(err)
	}
	for _, p := range dashboard.Panels {
		if len(p.Targets) == 0 {
			t.Error("a panel has no query")
		}
		for _, target := range p.Targets {
			all = append(all, target.Expr)
		}
	}
	return all
}

// hasResult reports whether a query returns a number.
func hasResult(prometheus, query string) bool {
	answer, err := http.Get("http://" + prometheus + "/api/v1/query?" + url.Values{"query": {query}}.Encode())
	if err != nil {
		return false
	}
	defer answer.Body.Close()
	var result struct {
		Data struct {
			Result []struct{ Value [2]any }
		}
	}
	if err := json.NewDecoder(answer.Body).Decode(&result); err != nil || len(result.Data.Result) == 0 {
		return false
	}
	value, _ := result.Data.Result[0].Value[1].(string)
	return value != "" && value != "NaN"
}

// Every metric is in the reference, and no name there is one that does not exist.
func TestMetricsAreDocumented(t *testing.T) {
	_, address, write := agent(t)
	write()
	answer, err := http.Get("http://" + address + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	defer http.DefaultClient.CloseIdleConnections()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	document, err := os.ReadFile("../../docs/reference.md")
	if err != nil {
		t.Fatal(err)
	}
	exists := map[string]bool{
		// Without a log that is behind, and without rules, these have no series.
		"k8slog_disk_log_behind_seconds": true, "k8slog_disk_log_unread_bytes": true, "k8slog_rule_records_total": true,
	}
	for line := range strings.Lines(string(text)) {
		if name, ok := strings.CutPrefix(line, "# TYPE "); ok {
			name, _, _ = strings.Cut(name, " ")
			exists[name] = true
			if !bytes.Contains(document, []byte("`"+name)) {
				t.Errorf("docs/reference.md does not have %s", name)
			}
		}
	}
	for _, name := range regexp.MustCompile("`(k8slog_[a-z_]+)").FindAllSubmatch(document, -1) {
		if !exists[string(name[1])] {
			t.Errorf("docs/reference.md has %s, which does not exist", name[1])
		}
	}
}
