package e2e

import (
	"compress/gzip"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/k8slog/k8slog/test/agent"
	"github.com/k8slog/k8slog/test/sample"
)

// once fails unless the lines are records of the sample node, each there once
// by its ID.
func once(t *testing.T, node *sample.Node, lines []string) {
	t.Helper()
	got, ids := map[string][]string{}, map[string]bool{}
	for _, line := range lines {
		r := parse(t, []byte(line))
		who := r.Component
		if k := r.Kubernetes; k["pod_name"] != nil {
			who = fmt.Sprintf("%s %s %s", k["namespace_name"], k["pod_name"], k["container_name"])
		}
		got[who] = append(got[who], *r.Log)
		_, id, found := strings.Cut(line, `"record_id":"`)
		if !found || ids[id[:32]] {
			t.Fatalf("no ID, or one that comes twice: %s", line)
		}
		ids[id[:32]] = true
	}
	sameTexts(t, got, node.Texts)
}

func TestConfOfFile(t *testing.T) {
	eachAgent(t, func(t *testing.T, a agent.Agent) {
		for _, format := range formats(a, "fluent-bit") {
			t.Run(format, func(t *testing.T) { confOfFile(t, a, format) })
		}
	})
}

func confOfFile(t *testing.T, a agent.Agent, format string) {
	dir := t.TempDir()
	node, err := sample.Lay(filepath.Join(dir, "node"), 50)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "records")
	s := runBackendIn(t, a, dir, format, "file", nil, "K8SLOG_FILE_PATH="+path)
	s.eventually("all records", func() bool { return countLines(path) >= node.Total })
	s.stop()
	text, _ := os.ReadFile(path)
	once(t, node, strings.SplitAfter(strings.TrimSuffix(string(text), "\n"), "\n"))
}

func TestConfOfStdout(t *testing.T) {
	eachAgent(t, func(t *testing.T, a agent.Agent) {
		dir := t.TempDir()
		node, err := sample.Lay(filepath.Join(dir, "node"), 50)
		if err != nil {
			t.Fatal(err)
		}
		s := runBackend(t, a, dir, "stdout", nil)
		s.eventually("all records", func() bool { return strings.Count(s.log.String(), `{"time":"`) >= node.Total })
		s.stop()
	})
}

// The backend http over TLS, with a token from a file, which is rotated while
// records come.
func TestConfOfHTTP(t *testing.T) {
	eachAgent(t, func(t *testing.T, a agent.Agent) {
		dir := t.TempDir()
		node, err := sample.Lay(filepath.Join(dir, "node"), 50)
		if err != nil {
			t.Fatal(err)
		}
		var mu sync.Mutex
		var lines []string
		refused, wanted := 0, "token-one"
		server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			defer mu.Unlock()
			if r.Header.Get("Authorization") != "Bearer "+wanted {
				refused++
				http.Error(w, "not with "+r.Header.Get("Authorization"), http.StatusUnauthorized)
				return
			}
			body, err := gzip.NewReader(r.Body)
			if err != nil {
				t.Error(err)
				return
			}
			text, _ := io.ReadAll(body)
			lines = append(lines, strings.SplitAfter(strings.TrimSuffix(string(text), "\n"), "\n")...)
		}))
		defer server.Close()
		ca, token := filepath.Join(dir, "ca.crt"), filepath.Join(dir, "token")
		write(t, ca, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})))
		write(t, token, "token-zero\n")
		s := runBackend(t, a, dir, "http", nil, "K8SLOG_ENDPOINT="+server.URL, "K8SLOG_CA_FILE="+ca, "K8SLOG_TOKEN_FILE="+token)
		s.eventually("refusals", func() bool {
			mu.Lock()
			defer mu.Unlock()
			return refused > 0
		})
		write(t, token, "token-one\n")
		s.eventually("all records", func() bool {
			mu.Lock()
			defer mu.Unlock()
			return len(lines) >= node.Total
		})
		s.stop()
		once(t, node, lines)
		if log := s.log.String(); strings.Contains(log, "token-zero") || strings.Contains(log, "token-one") {
			t.Error("a token is in the log")
		}
	})
}
