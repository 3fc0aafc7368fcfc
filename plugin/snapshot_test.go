package plugin

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/k8slog/k8slog/plugin/status"
	"github.com/k8slog/k8slog/test/chunktest"
	"github.com/k8slog/k8slog/test/fake"
)

func statusOf(t *testing.T, in *Instance) (s status.Snapshot, body string) {
	t.Helper()
	r, err := http.Get("http://" + in.status.Addr() + "/status.json")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	var text strings.Builder
	if _, err := bufio.NewReader(r.Body).WriteTo(&text); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(text.String()), &s); err != nil {
		t.Fatalf("%v: %s", err, text.String())
	}
	return s, text.String()
}

// pathChunk is a chunk with lines of a container.
func pathChunk(path string, texts ...string) []byte {
	var c []byte
	for i, text := range texts {
		c = chunktest.Append(c, time.Now().UnixNano(), "path", path, "log", fmt.Sprintf("2026-11-30T03:00:00.%09dZ stdout F %s", i, text))
	}
	return c
}

// While an index is refused, what the status says is what the metrics say, and it names the
// index, the answer and the containers.
func TestStatusOfARefusedIndex(t *testing.T) {
	defer http.DefaultClient.CloseIdleConnections()
	server := &fake.Elasticsearch{}
	refuse(server, "logs-shop")
	url := httptest.NewServer(server)
	t.Cleanup(url.Close)
	in, _ := start(t, map[string]string{
		"backend": "elasticsearch", "endpoint": url.URL, "index": "logs-{namespace|component|node}", "status_listen": ":0", "path_key": "path",
		"park_path": filepath.Join(t.TempDir(), "parked"), "park_after": "0s", "node_name": "n1", "headers": "X-Token: sesame",
	})
	bad := "/var/log/containers/web-1_shop_app-" + dockerID + ".log"
	good := "/var/log/containers/db-1_store_db-" + dockerID + ".log"
	for range 3 {
		in.Flush(workerThread, "containers", append(pathChunk(bad, "level=info msg=one", "level=error msg=two"), pathChunk(good, "three", "four", "five")...))
	}
	s, body := statusOf(t, in)
	m := scrape(t, in)
	for name, pair := range map[string][2]float64{
		"received":  {float64(s.Records.Received), m["k8slog_records_received_total"]},
		"delivered": {float64(s.Records.Delivered), m[`k8slog_records_settled_total{fate="delivered"}`]},
		"parked":    {float64(s.Records.Parked), m["k8slog_records_parked"]},
		"pending":   {float64(s.Records.Pending), m["k8slog_records_pending"]},
		"refused":   {float64(len(s.Waiting)), m["k8slog_scopes_refused"]},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: the status has %v, and the metrics %v", name, pair[0], pair[1])
		}
	}
	r := s.Records
	if r.Received != 15 || r.Received != r.Delivered+r.DeadLettered+r.Dropped+r.Parked+r.Pending+r.Abandoned || r.Delivered != 9 {
		t.Errorf("%+v", r)
	}
	if len(s.Waiting) != 1 || s.Waiting[0].Scope != "logs-shop" || !strings.Contains(s.Waiting[0].Answer, "too many shards") {
		t.Errorf("%+v", s.Waiting)
	}
	if len(s.Problems) == 0 || !strings.Contains(s.Problems[0].Text, `"logs-shop"`) {
		t.Errorf("%+v", s.Problems)
	}
	containers := map[string]status.Container{}
	for _, c := range s.Containers {
		containers[c.Name()] = c
	}
	if c := containers["store/db-1/db"]; c.Delivered != 9 || c.Bytes == 0 || c.Newest.IsZero() {
		t.Errorf("%+v", c)
	}
	if c := containers["shop/web-1/app"]; c.Delivered != 0 || c.Parked != s.Records.Parked || c.Severities["error"] != 3 {
		t.Errorf("%+v", c)
	}
	if strings.Contains(body, "sesame") || strings.Contains(body, url.URL) {
		t.Error("a secret is shown")
	}
	from := map[string]string{}
	for _, o := range s.Options {
		from[o.Name] = o.From + " " + o.Value
	}
	for name, want := range map[string]string{
		"headers": "configuration ", "index": "configuration logs-{namespace|component|node}", "batch_bytes": "default 2MiB",
		"flush_deadline": "configuration 1m", "status_page": "default loopback",
	} {
		if name == "batch_bytes" {
			want = "default " + strings.TrimPrefix(from[name], "default ")
		}
		if from[name] != want {
			t.Errorf("%s: %q", name, from[name])
		}
	}
}

// refuse makes a server refuse an index for now.
func refuse(server *fake.Elasticsearch, index string) {
	server.Each = func(_ int, d fake.Doc) *fake.Failure {
		if d.Index == index {
			return &fake.Failure{Status: 503, Type: "validation_exception", Reason: "too many shards"}
		}
		return nil
	}
}

// Samples of dead letters have no text, unless records may be watched.
func TestDeadLetterSamples(t *testing.T) {
	defer http.DefaultClient.CloseIdleConnections()
	for _, tap := range []string{"off", "on"} {
		r := receive(t, func(int, []string) int { return 400 })
		in, _ := start(t, map[string]string{"backend": "http", "endpoint": r.URL, "status_listen": ":0", "path_key": "path", "status_tap": tap})
		in.Flush(workerThread, "containers", pathChunk(podPath, "a secret\x1b[31m"))
		s, body := statusOf(t, in)
		if len(s.DeadLetters) != 1 || s.DeadLetters[0].Records != 1 || s.DeadLetters[0].Pod != "web-1" || !strings.Contains(s.DeadLetters[0].Answer, "400") {
			t.Errorf("%+v", s.DeadLetters)
		}
		if strings.Contains(body, "a secret") != (tap == "on") || strings.Contains(body, `\u001b`) {
			t.Errorf("status_tap %s: %s", tap, body)
		}
	}
}

// Who watches sees what is sent, after redaction, of what was selected.
func TestTapOfAnInstance(t *testing.T) {
	defer http.DefaultClient.CloseIdleConnections()
	r := receive(t, nil)
	in, _ := start(t, map[string]string{
		"backend": "http", "endpoint": r.URL, "status_listen": ":0", "path_key": "path", "status_tap": "on", "rules_file": "testdata/rules.yaml",
	})
	answer, err := http.Get("http://" + in.status.Addr() + "/tap?namespace=shop&pod=web-1")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	lines := bufio.NewScanner(answer.Body)
	if !lines.Scan() { // it has begun
		t.Fatal(lines.Err())
	}
	if in.Flush(workerThread, "containers", append(pathChunk(otherPath, "not this"), pathChunk(podPath, "this one")...)) != OK {
		t.Fatal("not delivered")
	}
	if !lines.Scan() || !strings.Contains(lines.Text(), `"log":"this one"`) || !strings.Contains(lines.Text(), `"pod_name":"web-1"`) {
		t.Errorf("%s %v", lines.Text(), lines.Err())
	}
}
