package e2e

import (
	"bufio"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/k8slog/k8slog/test/agent"
)

// metricsOf returns the sums of the samples of a page of metrics, by name; nil when it
// cannot be read.
func metricsOf(url string) map[string]float64 {
	response, err := http.Get(url)
	if err != nil {
		return nil
	}
	defer response.Body.Close()
	sums := map[string]float64{}
	for lines := bufio.NewScanner(response.Body); lines.Scan(); {
		name, _, _ := strings.Cut(lines.Text(), " ")
		name, _, _ = strings.Cut(name, "{")
		fields := strings.Fields(lines.Text())
		if value, err := strconv.ParseFloat(fields[min(1, len(fields)-1)], 64); err == nil && name != "#" {
			sums[name] += value
		}
	}
	return sums
}

// What Fluent Bit drops, at storage.total_limit_size or after retry_limit, leaves pending,
// and the books balance. Fluent Bit's own counter, which the alerts ask for, counts it too.
func TestWhatFluentBitDrops(t *testing.T) {
	for name, drop := range map[string]struct{ output, deleted string }{
		"retry_limit":              {"    retry_limit 1\n", "    retry_limit      no_limits\n"},
		"storage.total_limit_size": {"    storage.total_limit_size 200k\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			eachAgent(t, func(t *testing.T, a agent.Agent) {
				if a.Real {
					fluentBitDrops(t, a, drop.output, drop.deleted)
				}
			})
		})
	}
}

// monitoringNames checks that the alerts and the dashboard ask for metrics that Fluent Bit
// has.
func monitoringNames(t *testing.T, known map[string]float64) {
	t.Helper()
	n := 0
	for _, file := range []string{"alerts.yaml", "dashboard.json"} {
		text, err := os.ReadFile(filepath.Join(root, "deploy/monitoring", file))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range regexp.MustCompile(`fluentbit_[a-z_]+`).FindAllString(string(text), -1) {
			n++
			if _, there := known[name]; !there {
				t.Errorf("%s: Fluent Bit has no metric %s", file, name)
			}
		}
	}
	if n == 0 {
		t.Error("nobody asks for the metrics of Fluent Bit")
	}
}

func fluentBitDrops(t *testing.T, a agent.Agent, output, deleted string) {
	var up atomic.Bool
	r := receive(t, func(_ int, w http.ResponseWriter, _ *http.Request) bool {
		if !up.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		return up.Load()
	})
	top := t.TempDir()
	dir := filepath.Join(top, "containers")
	path := filepath.Join(dir, "web-1_shop_web-"+id64+".log")
	write(t, path, "")
	own, theirs := freePort(t), freePort(t)
	conf := containerConf(dir, fmt.Sprintf("    workers 2\n    backend http\n    endpoint %s\n    abandon_after 10s\n    flush_deadline 1s\n    request_timeout 1s\n    status_listen 127.0.0.1:%d\n%s", r.URL, own, output))
	conf = strings.Replace(conf, "[SERVICE]\n", fmt.Sprintf("[SERVICE]\n    http_server on\n    http_listen 127.0.0.1\n    http_port %d\n    storage.path %s/storage\n", theirs, top), 1)
	conf = strings.Replace(conf, "    read_from_head on\n", "    read_from_head on\n    storage.type filesystem\n", 1)
	conf = strings.Replace(conf, deleted, "", 1)
	s := run(t, a, conf)
	file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	page := fmt.Sprintf("http://127.0.0.1:%d/metrics", own)
	dropped := func() float64 {
		return metricsOf(fmt.Sprintf("http://127.0.0.1:%d/api/v2/metrics/prometheus", theirs))["fluentbit_output_dropped_records_total"]
	}
	text := strings.Repeat("x", 1000)
	written := 0
	s.eventually("chunks are dropped", func() bool {
		for range 20 {
			fmt.Fprintf(file, "%s stdout F line %d %s\n", time.Now().UTC().Format(time.RFC3339Nano), written, text)
			written++
		}
		time.Sleep(100 * time.Millisecond)
		return dropped() > 100
	})
	var m map[string]float64
	balance := func() float64 {
		return m["k8slog_records_settled_total"] + m["k8slog_records_abandoned"] + m["k8slog_records_pending"]
	}
	s.eventually("records are abandoned", func() bool {
		m = metricsOf(page)
		return m["k8slog_records_abandoned"] > 0
	})
	if m["k8slog_records_received_total"] != balance() {
		t.Errorf("the books do not balance: %v", m)
	}
	monitoringNames(t, metricsOf(fmt.Sprintf("http://127.0.0.1:%d/api/v2/metrics/prometheus", theirs)))
	up.Store(true)
	s.eventually("nothing is pending", func() bool {
		m = metricsOf(page)
		return m != nil && m["k8slog_records_pending"] == 0
	})
	if m["k8slog_records_received_total"] != balance() || m["k8slog_records_abandoned"] == 0 {
		t.Errorf("at the end: %v", m)
	}
	different, _ := r.stored()
	t.Logf("%d lines were written, %d received, %d delivered, %v abandoned; Fluent Bit counts %v as dropped", written,
		int(m["k8slog_records_received_total"]), different, m["k8slog_records_abandoned"], dropped())
	// What is dropped before the plugin has seen it, only Fluent Bit can count.
	if dropped() < m["k8slog_records_abandoned"] || float64(written-different) < m["k8slog_records_abandoned"] {
		t.Error("more is abandoned than was dropped")
	}
	s.stop()
}
