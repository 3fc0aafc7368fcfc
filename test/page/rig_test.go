package page

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/k8slog/k8slog/plugin"
	"github.com/k8slog/k8slog/plugin/chunk"
	"github.com/k8slog/k8slog/plugin/hostlog"
	"github.com/k8slog/k8slog/plugin/status"
	"github.com/k8slog/k8slog/test/fake"
)

// rig is an instance with a backend that can fail, and the log files of some containers.
type rig struct {
	t       *testing.T
	in      *plugin.Instance
	url     string
	dir     string
	server  *fake.Elasticsearch
	refused atomic.Value // the index that is refused for now
	down    atomic.Bool
	offsets map[string]int64
}

// host is Fluent Bit.
type host map[string]string

func (h host) Property(name string) string { return h[name] }
func (h host) Stopping() bool              { return false }
func (h host) Log(level hostlog.Level, message string) {
}

const id = "2cd439bb6d232379490dcb48f7a39e7c292bc6aba26a6249faf6d9a122697234"

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{t: t, dir: t.TempDir(), server: &fake.Elasticsearch{}, offsets: map[string]int64{}}
	r.refused.Store("")
	r.server.Whole = func(int) (int, http.Header, string) {
		if r.down.Load() {
			return http.StatusServiceUnavailable, nil, "no <b>shard</b> is available\x1b[31m\u202e"
		}
		return 0, nil, ""
	}
	r.server.Each = func(_ int, d fake.Doc) *fake.Failure {
		if d.Index == r.refused.Load() {
			return &fake.Failure{Status: 503, Type: "validation_exception", Reason: "this action would add [2] shards, but this cluster currently has [1000]/[1000] maximum shards open"}
		}
		if log, _ := d.Source["log"].(string); strings.Contains(log, "bad document") {
			return &fake.Failure{Status: 400, Type: "mapper_parsing_exception", Reason: "failed to parse field [status] of type [long] in document with id 'x1'"}
		}
		return nil
	}
	backend := httptest.NewServer(r.server)
	t.Cleanup(backend.Close)
	state := t.TempDir()
	if err := os.WriteFile(filepath.Join(state, "rules.yaml"), []byte(rules), 0o600); err != nil {
		t.Fatal(err)
	}
	port := freePort(t)
	in, err := plugin.New(host{
		"backend": "elasticsearch", "endpoint": backend.URL, "index": "logs-{namespace|component|node}", "headers": "X-Token: sesame",
		"dead_letter_path": filepath.Join(state, "dead"), "park_path": filepath.Join(state, "parked"), "park_after": "0s",
		"path_key": "path", "offset_key": "offset", "disk_ledger_path": filepath.Join(state, "ledger"), "disk_ledger_logs": filepath.Join(r.dir, "var/log/containers/*.log"),
		"flush_deadline": "1s", "request_timeout": "1s", "backoff_min": "10ms", "backoff_max": "100ms", "status_listen": port, "status_tap": "on",
		"node_name": "node-3.eu", "cluster_name": "shop-prod", "rules_file": filepath.Join(state, "rules.yaml"), "multiline": "all",
	}, 1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := in.Close(); err != nil {
			t.Error(err)
		}
	})
	r.in, r.url = in, "http://"+port
	return r
}

const rules = `rules:
  - name: no-probes
    match: {namespace: "*"}
    drop: {text: "kube-probe/"}
  - name: cards
    match: {namespace: "*"}
    redact: {pattern: 'card=\d+', with: 'card=****'}
`

func freePort(t *testing.T) string {
	s := httptest.NewServer(nil)
	defer s.Close()
	return strings.TrimPrefix(s.URL, "http://")
}

// write appends lines to the log of a container, and hands over those that are read.
func (r *rig) write(namespace, pod, container string, read bool, texts ...string) {
	r.t.Helper()
	folder := filepath.Join(r.dir, "var/log/containers")
	path := filepath.Join(folder, fmt.Sprintf("%s_%s_%s-%s.log", pod, namespace, container, id))
	target := filepath.Join(r.dir, "var/log/pods", fmt.Sprintf("%s_%s_11111111-2222-3333-4444-555555555555", namespace, pod), container, "0.log")
	for _, dir := range []string{folder, filepath.Dir(target)} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			r.t.Fatal(err)
		}
	}
	if _, err := os.Lstat(path); err != nil {
		if err := os.Symlink(target, path); err != nil {
			r.t.Fatal(err)
		}
	}
	file, err := os.OpenFile(target, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		r.t.Fatal(err)
	}
	defer file.Close()
	var data []byte
	for _, text := range texts {
		line := time.Now().UTC().Format(time.RFC3339Nano) + " stdout F " + text
		fmt.Fprintln(file, line)
		data = chunk.AppendTailLine(data, &chunk.TailLine{PathKey: "path", Path: path, OffsetKey: "offset", Offset: r.offsets[path], Text: []byte(line)})
		if read {
			r.offsets[path] += int64(len(line)) + 1
		}
	}
	if read {
		r.in.Flush(2, "containers", data)
	}
}

// shop writes what a small node writes.
func (r *rig) shop() {
	for i := range 12 {
		pod := fmt.Sprintf("web-7d9c6b5f4-%c2x9z", 'a'+i)
		r.write("shop", pod, "app", true, `level=info msg="order accepted"`, `level=warn msg="slow query" ms=812`, `level=error msg="payment failed" card=4111`, "GET /healthz kube-probe/1.29")
	}
	for range 40 {
		r.write("store", "postgres-0", "db", true, "2026-11-30 03:00:00.123 UTC [42] LOG:  checkpoint starting: time")
	}
	r.write("kube-system", "coredns-5d78c9869d-abcde", "coredns", true, "[INFO] plugin/reload: Running configuration SHA512")
	r.write("billing", "invoice-job-28391-x", "job", true, `{"level":"info","msg":"a bad document"}`, `{"level":"info","msg":"bad document <script>alert(1)</script>"}`)
}

// status returns /status.json.
func (r *rig) status() (s status.Snapshot) {
	r.t.Helper()
	answer, err := http.Get(r.url + "/status.json")
	if err != nil {
		r.t.Fatal(err)
	}
	defer answer.Body.Close()
	if err := json.NewDecoder(answer.Body).Decode(&s); err != nil {
		r.t.Fatal(err)
	}
	return s
}
