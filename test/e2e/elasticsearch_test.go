package e2e

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/k8slog/k8slog/test/agent"
	"github.com/k8slog/k8slog/test/fake"
	"github.com/k8slog/k8slog/test/sample"
)

// document is what Fluent Bit's elasticsearch input makes of one, with its action.
type document struct {
	record
	At   string                       `json:"@timestamp"`
	Meta map[string]map[string]string `json:"@meta"`
}

// Fluent Bit's own elasticsearch input receives what conf/backends says.
func TestFluentBitReceivesBulk(t *testing.T) {
	receiving, err := agent.FluentBit()
	if err != nil {
		t.Skip("needs a Fluent Bit: ", err)
	}
	eachAgent(t, func(t *testing.T, a agent.Agent) {
		dir, port := t.TempDir(), freePort(t)
		receiver := run(t, receiving, fmt.Sprintf(`[SERVICE]
    flush 0.2
[INPUT]
    name            elasticsearch
    listen          127.0.0.1
    port            %d
    buffer_max_size 32M
[OUTPUT]
    name   file
    match  *
    format plain
    path   %s
    file   documents
`, port, dir))
		address := fmt.Sprintf("127.0.0.1:%d", port)
		receiver.eventually("open port", func() bool {
			c, err := net.DialTimeout("tcp", address, time.Second)
			if err == nil {
				c.Close()
			}
			return err == nil
		})
		node, err := sample.Lay(filepath.Join(dir, "node"), 50)
		if err != nil {
			t.Fatal(err)
		}
		s := runBackend(t, a, dir, "elasticsearch", nil, "K8SLOG_ENDPOINT=http://"+address)
		path := filepath.Join(dir, "documents")
		receiver.eventually("all documents", func() bool { return countLines(path) >= node.Total })
		s.stop()
		receiver.stop()

		got := map[string][]string{}
		ids := map[string]bool{}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			var d document
			if err := json.Unmarshal([]byte(line), &d); err != nil {
				t.Fatal(err)
			}
			action := d.Meta["create"]
			if d.Node != "node-1" || d.Cluster != "test" || d.Log == nil || d.Time != "" ||
				action["_index"] != "logs-k8slog-default" || len(action["_id"]) != 32 || ids[action["_id"]] {
				t.Fatalf("%s", line)
			}
			ids[action["_id"]] = true
			if at, err := time.Parse(time.RFC3339Nano, d.At); err != nil || at.Before(node.Begin.Truncate(time.Second)) || at.After(node.Begin.Add(time.Hour)) {
				t.Fatalf("%s: %v", line, err)
			}
			who := d.Component
			if d.Kubernetes != nil {
				who = fmt.Sprint(d.Kubernetes["namespace_name"], " ", d.Kubernetes["pod_name"], " ", d.Kubernetes["container_name"])
				if d.Stream == "" || d.Kubernetes["pod_id"] == nil || d.Kubernetes["docker_id"] == nil {
					t.Fatalf("%s", line)
				}
			}
			got[who] = append(got[who], *d.Log)
		}
		sameTexts(t, got, node.Texts)
	})
}

// A server that takes some of a request, some later, and some never, behind
// answers that get lost: every document is there once, or buried.
func TestBulkWithMoods(t *testing.T) {
	eachAgent(t, func(t *testing.T, a agent.Agent) {
		server := &fake.Elasticsearch{Each: func(request int, d fake.Doc) *fake.Failure {
			message := fmt.Sprint(d.Source["message"])
			switch {
			case strings.HasSuffix(message, "7"):
				return &fake.Failure{Status: 400, Type: "document_parsing_exception", Reason: "failed to parse"}
			case strings.HasSuffix(message, "3") && request%2 == 1:
				return &fake.Failure{Status: 429, Type: "es_rejected_execution_exception", Reason: "rejected"}
			}
			return nil
		}}
		web := httptest.NewServer(server)
		defer web.Close()
		dir := filepath.Join(t.TempDir(), "containers")
		total := lay(t, dir, 3, 200)
		var want, bad []string
		for c := range 3 {
			for i := range total / 3 {
				text := fmt.Sprintf("%d/%d", c, i)
				if strings.HasSuffix(text, "7") {
					bad = append(bad, text)
				} else {
					want = append(want, text)
				}
			}
		}
		s := run(t, a, containerConf(dir, "    workers 2\n    backend elasticsearch\n    schema ecs\n    backoff_min 20ms\n"+
			"    index logs-{namespace|other}-{%Y.%m.%d}\n    endpoint "+web.URL+"\n"))
		dead := filepath.Join(filepath.Dir(dir), "dead")
		s.eventually("all records", func() bool { return len(server.Docs()) >= len(want) && countLines(dead) >= len(bad) })
		s.stop()

		var got, buried []string
		for _, d := range server.Docs() {
			kubernetes, _ := d.Source["kubernetes"].(map[string]any)
			if !strings.HasPrefix(d.Index, "logs-default-202") || len(d.ID) != 32 || kubernetes["namespace"] != "default" || d.Source["stream"] != "stdout" {
				t.Fatalf("%+v", d)
			}
			got = append(got, fmt.Sprint(d.Source["message"]))
		}
		for line := range strings.Lines(readFile(t, dead)) {
			var letter struct {
				Reason, Answer string
				Record         record
			}
			if err := json.Unmarshal([]byte(line), &letter); err != nil || letter.Reason != "rejected" || !strings.Contains(letter.Answer, "document_parsing_exception") {
				t.Fatalf("%s: %v", line, err)
			}
			buried = append(buried, *letter.Record.Log)
		}
		for _, list := range [][]string{got, want, buried, bad} {
			slices.Sort(list)
		}
		if !slices.Equal(got, want) || !slices.Equal(buried, bad) {
			t.Errorf("%d documents, want %d; %d letters, want %d", len(got), len(want), len(buried), len(bad))
		}
		if refused := server.Refused(); len(refused) > 0 {
			t.Errorf("%q", refused)
		}
	})
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
