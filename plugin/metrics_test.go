package plugin

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/k8slog/k8slog/test/fake"
)

// scrape returns the samples of /metrics.
func scrape(t *testing.T, in *Instance) map[string]float64 {
	t.Helper()
	r, err := http.Get("http://" + in.status.Addr() + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	samples := map[string]float64{}
	for lines := bufio.NewScanner(r.Body); lines.Scan(); {
		if name, value, ok := strings.Cut(lines.Text(), " "); ok && name != "#" {
			samples[name], err = strconv.ParseFloat(value, 64)
			if err != nil {
				t.Errorf("%q: %v", lines.Text(), err)
			}
		}
	}
	return samples
}

func health(t *testing.T, in *Instance) (status int, body string) {
	t.Helper()
	r, err := http.Get("http://" + in.status.Addr() + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	text, _ := io.ReadAll(r.Body)
	return r.StatusCode, string(text)
}

// The books balance at every scrape, under load, retries and refusals.
func TestMetricsBalance(t *testing.T) {
	defer http.DefaultClient.CloseIdleConnections()
	r := receive(t, func(n int, texts []string) int {
		switch {
		case n%4 == 0:
			return 503
		case len(texts) == 1 && strings.HasSuffix(texts[0], "7"):
			return 400
		case len(texts) > 1 && n%3 == 0:
			return 413
		}
		return 204
	})
	in, _ := start(t, map[string]string{"backend": "http", "endpoint": r.URL, "batch_bytes": "4KiB", "status_listen": ":0"})
	var all sync.WaitGroup
	var stop atomic.Bool
	for w := range 4 {
		all.Go(func() {
			for i := range 20 {
				// Of equal chunks that are returned at the same time, one is forgotten.
				texts := numbered(40)
				texts[0] = fmt.Sprintf("%d of %d", i, w)
				for in.Flush(workerThread+w, podTag, dockerChunk(texts...)) != OK {
					time.Sleep(time.Millisecond)
				}
			}
		})
	}
	scrapes := 0
	go func() { all.Wait(); stop.Store(true) }()
	for !stop.Load() {
		s := scrape(t, in)
		settled := s[`k8slog_records_settled_total{fate="delivered"}`] + s[`k8slog_records_settled_total{fate="dead-lettered"}`] +
			s[`k8slog_records_settled_total{fate="dropped"}`]
		if s["k8slog_records_received_total"] != settled+s["k8slog_records_pending"] {
			t.Fatalf("does not balance: %v", s)
		}
		scrapes++
	}
	s := scrape(t, in)
	if scrapes == 0 || s["k8slog_records_received_total"] != 3200 || s["k8slog_records_pending"] != 0 ||
		s["k8slog_requests_retried_total"] == 0 || s[`k8slog_request_duration_seconds_count{outcome="accepted"}`] == 0 ||
		s["k8slog_last_accepted_timestamp_seconds"] < 1e9 || s["k8slog_backend_up"] != 1 {
		t.Errorf("%d scrapes, at the end %v", scrapes, s)
	}
}

func TestHealth(t *testing.T) {
	defer http.DefaultClient.CloseIdleConnections()
	var up atomic.Bool
	r := receive(t, func(int, []string) int {
		if up.Load() {
			return 204
		}
		return 503
	})
	in, _ := start(t, map[string]string{
		"backend": "http", "endpoint": r.URL, "flush_deadline": "200ms", "request_timeout": "200ms",
		"status_listen": "127.0.0.1:0", "status_healthy": "1s",
	})
	if status, body := health(t, in); status != 200 || body != "ok\n" {
		t.Errorf("idle: %d %q", status, body)
	}
	for in.Flush(workerThread, podTag, dockerChunk("a")) != OK {
		if status, body := health(t, in); status == 503 {
			if !strings.Contains(body, "nothing was delivered yet") {
				t.Errorf("%q", body)
			}
			if s := scrape(t, in); s["k8slog_backend_up"] != 0 {
				t.Errorf("%v", s)
			}
			up.Store(true)
		}
		time.Sleep(20 * time.Millisecond)
	}
	if status, _ := health(t, in); status != 200 {
		t.Errorf("delivered: %d", status)
	}
	other, err := http.Get("http://" + in.status.Addr() + "/debug/pprof/")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Body.Close()
	if other.StatusCode != 404 {
		t.Errorf("it serves more than it should: %d", other.StatusCode)
	}
}

// The address is taken: the error names the option, and nothing is left behind.
func TestStatusAddressInUse(t *testing.T) {
	one, _ := start(t, map[string]string{"backend": "stdout", "status_listen": ":0"})
	_, err := New(&testHost{options: map[string]string{
		"backend": "stdout", "dead_letter_path": t.TempDir() + "/dead", "status_listen": one.status.Addr(),
	}}, engineThread)
	if err == nil || !strings.HasPrefix(err.Error(), "option status_listen: ") {
		t.Errorf("%v", err)
	}
}

func TestBalanceAtAnInterval(t *testing.T) {
	_, host := start(t, map[string]string{"backend": "stdout", "balance_interval": "10ms"})
	for host.logged("balance: received 0") == 0 {
		time.Sleep(time.Millisecond)
	}
}

// The dashboard and the alert rules ask for metrics that there are.
func TestMonitoringNames(t *testing.T) {
	defer http.DefaultClient.CloseIdleConnections()
	r := receive(t, nil)
	archive := s3Options(t, &fake.S3{})
	rules := rulesFile(t, fmt.Sprintf("destinations:\n  archive: {backend: s3, endpoint: '%s', bucket: logs, store_dir: '%s'}\nroutes:\n  - {match: {}, to: [default, archive]}\n", archive["endpoint"], archive["store_dir"]))
	in, host := start(t, map[string]string{"backend": "http", "endpoint": r.URL, "status_listen": ":0", "rules_file": rules, "disk_ledger_path": filepath.Join(t.TempDir(), "ledger"), "path_key": "path", "offset_key": "offset",
		"rate_limit_records": "1000", "rate_limit_policy": "drop",
		"metadata": "api", "metadata_url": apiServer(t).URL, "node_name": "n1"})
	if status := in.Flush(workerThread, podTag, dockerChunk("a")); status != OK {
		t.Fatal(status, host.log)
	}
	// There only while a log is behind; plugin/disk has their test.
	known := map[string]bool{"k8slog_disk_log_behind_seconds": true, "k8slog_disk_log_unread_bytes": true}
	for sample := range scrape(t, in) {
		name, _, _ := strings.Cut(sample, "{")
		known[name] = true
	}
	for _, file := range []string{"../deploy/monitoring/alerts.yaml", "../deploy/monitoring/dashboard.json"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range regexp.MustCompile(`k8slog_[a-z_]+`).FindAllString(string(text), -1) {
			if !known[name] {
				t.Errorf("%s: there is no metric %s", file, name)
			}
		}
	}
}
