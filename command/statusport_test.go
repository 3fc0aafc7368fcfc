package command

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/k8slog/k8slog/plugin"
	"github.com/k8slog/k8slog/plugin/chunk"
	"github.com/k8slog/k8slog/plugin/status"
)

// node is a node with an agent that runs in this process, and its configuration.
type node struct {
	t         *testing.T
	dir, conf string
	in        *plugin.Instance
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

const nobody = "http://127.0.0.1:1"

// newNode starts an agent with a backend.
func newNode(t *testing.T, backend string) *node {
	t.Helper()
	n := &node{t: t, dir: t.TempDir()}
	free := httptest.NewServer(nil)
	address := strings.TrimPrefix(free.URL, "http://")
	free.Close()
	write := func(name, text string) { writeFile(t, filepath.Join(n.dir, name), text) }
	write("rules.yaml", "rules:\n  - {name: probes, match: {namespace: shop}, drop: {text: kube-probe}}\n  - {name: shops, match: {namespace: shop}, tenant: shop}\n")
	n.conf = filepath.Join(n.dir, "fluent-bit.conf")
	write("fluent-bit.conf", fmt.Sprintf(`[INPUT]
    name         tail
    tag          containers
    path         %[1]s/containers/*.log
    exclude_path %[1]s/containers/*_secret_*.log
    path_key     path
    offset_key   offset
[OUTPUT]
    name es
    match nothing
    http_passwd opensesame
    host https://me:swordfish@example.com
[OUTPUT]
    name k8slog
    match *
    backend http
    endpoint %[3]s
    tenant main
    headers X-Token: opensesame
    path_key path
    offset_key offset
    status_listen %[2]s
    status_tap on
    flush_deadline 1s
    rules_file %[1]s/rules.yaml
    dead_letter_path %[1]s/dead
    park_path %[1]s/parked
    park_after 0s
    disk_ledger_path %[1]s/ledger
    disk_ledger_logs %[1]s/containers/*.log
`, n.dir, address, backend))
	section, err := outputOf(n.conf, 1)
	if err != nil {
		t.Fatal(err)
	}
	if n.in, err = plugin.New(&commandHost{section: *section, options: map[string]string{"node_name": "n1"}, errs: io.Discard}, 1); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.in.Close(); err != nil {
			t.Error(err)
		}
	})
	return n
}

// log writes lines to the log of a container, and hands them over.
func (n *node) log(pod, namespace string, texts ...string) (path string) {
	n.t.Helper()
	path = filepath.Join(n.dir, "containers", fmt.Sprintf("%s_%s_app-%s.log", pod, namespace, strings.Repeat("a", 64)))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		n.t.Fatal(err)
	}
	var data, content []byte
	for _, text := range texts {
		line := time.Now().UTC().Format(time.RFC3339Nano) + " stdout F " + text
		data = chunk.AppendTailLine(data, &chunk.TailLine{PathKey: "path", Path: path, OffsetKey: "offset", Offset: int64(len(content)), Text: []byte(line)})
		content = append(append(content, line...), '\n')
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		n.t.Fatal(err)
	}
	if len(texts) > 0 {
		n.in.Flush(2, "containers", data)
	}
	return path
}

// asked runs the command, and returns what it writes and its exit code.
func asked(t *testing.T, args ...string) (string, int) {
	t.Helper()
	var out bytes.Buffer
	code := run(args, &out, &out)
	return out.String(), code
}

func wantAll(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("there is no %q in\n%s", part, text)
		}
	}
}

func TestTop(t *testing.T) {
	n := newNode(t, nobody)
	n.log("web-1", "shop", "one", "GET kube-probe")
	out, code := asked(t, "top", "-conf", n.conf)
	if code != failed {
		t.Errorf("exit code %d", code)
	}
	wantAll(t, out, "on n1 to http", "The backend has taken nothing since", "connection refused", "received 2 = delivered 0", "dropped 1", "pending 1", "shop/web-1/app")
	if out, code := asked(t, "top", "-once", "-address", "127.0.0.1:1"); code != failed || !strings.Contains(out, "cannot ask the agent at 127.0.0.1:1") {
		t.Errorf("%d %s", code, out)
	}
}

func TestWhy(t *testing.T) {
	n := newNode(t, nobody)
	path := n.log("web-1", "shop", "one")
	for _, target := range []string{path, "web-1", "shop/web-1", "shop/web-1/app", "web"} {
		out, code := asked(t, "why", "-conf", n.conf, target)
		if code != failed {
			t.Errorf("exit code %d", code)
		}
		wantAll(t, out, path, "input      "+n.conf+":1, tag containers", "namespace shop, pod web-1, container app", "rules      probes, shops",
			"partition  shop", "shop/web-1/app, right now", "wait in Fluent Bit's storage", "connection refused")
	}
	out, code := asked(t, "why", "-offline", "-conf", n.conf, n.log("db-0", "secret", "hidden"))
	if code != failed {
		t.Errorf("exit code %d", code)
	}
	wantAll(t, out, "input      none: exclude_path of "+n.conf+":1 leaves it out")
	out, _ = asked(t, "why", "-offline", "-conf", n.conf, "/somewhere/else.log")
	wantAll(t, out, "input      none: no path of a tail input matches it")
	out, code = asked(t, "why", "-conf", n.conf, "shop/nobody")
	wantAll(t, out, "There is no log file of shop/nobody", "has seen no line of it")
	if code != failed {
		t.Errorf("exit code %d", code)
	}
	if out, code := asked(t, "why", "-offline", "-conf", n.conf, path); code != done {
		t.Errorf("exit code %d: %s", code, out)
	}
}

func TestTapCommand(t *testing.T) {
	backend := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }))
	t.Cleanup(backend.Close)
	n := newNode(t, backend.URL)
	type result struct {
		out  string
		code int
	}
	ended := make(chan result, 1)
	go func() {
		var out, errs bytes.Buffer
		code := run([]string{"tap", "-conf", n.conf, "-n", "shop", "-count", "1", "web-1"}, &out, &errs)
		ended <- result{out.String() + errs.String(), code}
	}()
	for i := 0; ; i++ { // until the tap is there
		n.log("other-1", "shop", "not this")
		n.log("web-1", "shop", fmt.Sprintf("this %d \x1b[31m\u202ered", i))
		select {
		case r := <-ended:
			if r.code != done || !strings.Contains(r.out, "shop/web-1/app") || !strings.Contains(r.out, "this ") || strings.ContainsAny(r.out, "\x1b\u202e") || strings.Contains(r.out, "not this") {
				t.Errorf("%d %q", r.code, r.out)
			}
			return
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func TestBundle(t *testing.T) {
	n := newNode(t, "http://127.0.0.1:1/push?key=skeleton")
	n.log("web-1", "shop", "one")
	// The log of the agent's own pod, with what others write there.
	t.Setenv("K8SLOG_NODE_ROOT", n.dir)
	t.Setenv("POD_NAME", "k8slog-1")
	t.Setenv("POD_NAMESPACE", "logging")
	const stamp = "[2026/11/30 03:00:00.000000000] "
	writeFile(t, filepath.Join(n.dir, "var/log/containers/k8slog-1_logging_k8slog-0.log"), strings.Join([]string{
		"2026-11-30T03:00:00Z stderr F " + stamp + "[ warn] [output:es:es.0] cannot reach https://me:opensesame@example.com, kept",
		"2026-11-30T03:00:00Z stderr F " + stamp + "[error] [output:k8slog:k8slog.1] got " + base64.StdEncoding.EncodeToString([]byte("opensesame")) + " and SKELETON and swordfish%2F",
		"2026-11-30T03:00:00Z stderr F " + stamp + `[error] [x] Authorization: Bearer aladdin-1234; password="aladdin-1234" token=aladdin-1234`,
		`2026-11-30T03:00:00Z stdout F {"log":"a line of a pod"}`,
		`2026-11-30T03:00:00Z stdout F {"log":"` + stamp + `[ info] a line of a pod"}`,
		`{"log":"` + stamp + `[ info] [engine] of docker\n","stream":"stderr","time":"2026-11-30T03:00:00Z"}`,
	}, "\n")+"\n")
	file := filepath.Join(t.TempDir(), "bundle.tar.gz")
	out, code := asked(t, "bundle", "-conf", n.conf, file)
	if code != done {
		t.Fatalf("%d %s", code, out)
	}
	files := unpacked(t, file)
	for name, want := range map[string]string{
		"status.json": `"flush_deadline"`, "metrics.txt": "k8slog_records_received_total 1", "healthz.txt": "ok", "configuration.txt": "flush_deadline 1s",
		"ledger.json": `"sum"`, "versions.txt": "command devel (revision ", "healthz-full.txt": "", "log.txt": "info  the status page, /metrics and /healthz on http://127.0.0.1:",
		"fluent-bit.log": "kept",
	} {
		if content, ok := files[name]; !ok || !strings.Contains(content, want) {
			t.Errorf("%s has no %q: %s", name, want, content)
		}
	}
	if log := files["fluent-bit.log"]; strings.Contains(log, "a line of a pod") || !strings.Contains(log, "of docker") || strings.Count(log, stamp) != 4 {
		t.Errorf("the lines of Fluent Bit: %s", log)
	}
	for name, content := range files {
		for _, secret := range []string{"sesame", "swordfish", "skeleton", "SKELETON", "aladdin", base64.StdEncoding.EncodeToString([]byte("opensesame"))[:12]} {
			if strings.Contains(content, secret) {
				t.Errorf("%s has a secret, %s: %s", name, secret, content)
			}
		}
	}
}

// Whoever listens at the address may answer anything.
func TestHostileStatus(t *testing.T) {
	const evil = "\x1b[2J\u202e\r\nPROBLEM"
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/status.json" {
			_ = json.NewEncoder(w).Encode(&status.Snapshot{Version: evil, Node: evil, Problems: []status.Problem{{Text: evil, Answer: evil, Do: evil}}, Containers: []status.Container{{Pod: evil, Delivered: 1}}})
			return
		}
		http.Error(w, evil, http.StatusForbidden)
	}))
	defer s.Close()
	address := strings.TrimPrefix(s.URL, "http://")
	for _, args := range [][]string{{"top", "-once", "-address", address}, {"why", "-address", address, "web-1"}, {"tap", "-address", address}} {
		if out, _ := asked(t, args...); strings.ContainsAny(out, "\x1b\u202e\r") || strings.Contains(out, "\nPROBLEM") {
			t.Errorf("%s: %q", args, out)
		}
	}
}
