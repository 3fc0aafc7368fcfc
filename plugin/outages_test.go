package plugin

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/k8slog/k8slog/plugin/ledger"
)

// outages are what a backend may do instead of answering; each is followed by
// a healthy one.
var outages = map[string]func(w http.ResponseWriter, over <-chan struct{}){
	"500": func(w http.ResponseWriter, _ <-chan struct{}) { w.WriteHeader(500) },
	"502": func(w http.ResponseWriter, _ <-chan struct{}) { w.WriteHeader(502) },
	"503": func(w http.ResponseWriter, _ <-chan struct{}) { w.WriteHeader(503) },
	"429": func(w http.ResponseWriter, _ <-chan struct{}) { w.WriteHeader(429) },
	"429, Retry-After": func(w http.ResponseWriter, _ <-chan struct{}) {
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(429)
	},
	"503, Retry-After a date": func(w http.ResponseWriter, _ <-chan struct{}) {
		w.Header().Set("Retry-After", "Tue, 03 Feb 2026 04:05:36 GMT")
		w.WriteHeader(503)
	},
	"401": func(w http.ResponseWriter, _ <-chan struct{}) { w.WriteHeader(401) },
	"404": func(w http.ResponseWriter, _ <-chan struct{}) { w.WriteHeader(404) },
	"a redirect": func(w http.ResponseWriter, _ <-chan struct{}) {
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(307)
	},
	"reset": func(w http.ResponseWriter, _ <-chan struct{}) {
		if c, _, err := w.(http.Hijacker).Hijack(); err == nil {
			_ = c.(*net.TCPConn).SetLinger(0)
			c.Close()
		}
	},
	"half an answer": func(w http.ResponseWriter, _ <-chan struct{}) {
		w.Header().Set("Content-Length", "1000")
		_, _ = io.WriteString(w, "half")
	},
	"hangs": func(_ http.ResponseWriter, over <-chan struct{}) { <-over },
}

// wellAnswers are those of healthy backends to requests of so many lines.
var wellAnswers = map[string]func(w http.ResponseWriter, lines int){
	"http":                 func(w http.ResponseWriter, _ int) { w.WriteHeader(200) },
	"azure":                func(w http.ResponseWriter, _ int) { w.WriteHeader(204) },
	"loki":                 func(w http.ResponseWriter, _ int) { w.WriteHeader(204) },
	"otlp":                 func(w http.ResponseWriter, _ int) { w.Header().Set("Content-Type", "application/x-protobuf") },
	"victorialogs":         func(w http.ResponseWriter, _ int) { w.WriteHeader(200) },
	"splunk":               func(w http.ResponseWriter, _ int) { _, _ = io.WriteString(w, `{"text":"Success","code":0}`) },
	"google_cloud_logging": func(w http.ResponseWriter, _ int) { _, _ = io.WriteString(w, "{}") },
	"cloudwatch":           func(w http.ResponseWriter, _ int) { _, _ = io.WriteString(w, `{"nextSequenceToken":"1"}`) },
	"elasticsearch": func(w http.ResponseWriter, lines int) {
		items := strings.TrimSuffix(strings.Repeat(`{"create":{"status":201}},`, lines/2), ",")
		fmt.Fprintf(w, `{"errors":false,"items":[%s]}`, items)
	},
}

// Every outage of every backend that speaks HTTP: the chunk comes again until
// it is taken, nothing is lost, refused, or sent after it was taken.
func TestOutagesOfEveryBackend(t *testing.T) {
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("secret-token"), 0o600); err != nil {
		t.Fatal(err)
	}
	profile := "[logs]\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = secret-token\n"
	shared := filepath.Join(t.TempDir(), "credentials")
	if err := os.WriteFile(shared, []byte(profile), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", shared)
	for backend, well := range wellAnswers {
		for name, outage := range outages {
			t.Run(backend+"/"+name, func(t *testing.T) {
				t.Parallel()
				over := make(chan struct{})
				var requests, taken atomic.Int64
				server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					body, err := io.ReadAll(r.Body)
					if err != nil {
						return
					}
					if requests.Add(1) <= 3 {
						outage(w, over)
						return
					}
					taken.Add(1)
					well(w, bytes.Count(body, []byte("\n")))
				}))
				defer server.Close()
				defer close(over)
				options := map[string]string{"backend": backend, "endpoint": server.URL, "flush_deadline": "10s", "request_timeout": "1s"}
				if backend == "cloudwatch" {
					options["aws_region"], options["aws_profile"] = "eu-west-1", "logs"
				}
				if backend == "splunk" || backend == "google_cloud_logging" || backend == "azure" {
					options["authorization_file"] = token
				}
				if backend == "google_cloud_logging" {
					options["google_project"], options["google_location"], options["cluster_name"] = "p", "l", "c"
				}
				if backend == "azure" {
					options["azure_dcr_id"] = "dcr-00000000000000000000000000000000"
				}
				in, host := start(t, options)
				chunk := dockerChunk("one", "two", "three")
				for in.Flush(workerThread, podTag, chunk) != OK {
				}
				if b := in.Balance(); b != (ledger.Balance{Received: 3, Delivered: 3}) {
					t.Error(b)
				}
				// A 500 may be about one of the records, which are then sent apart.
				most := int64(1)
				if name == "500" {
					most = 3
				}
				if n := taken.Load(); n < 1 || n > most || requests.Load() < 4 || host.logged("secret-token") > 0 {
					t.Errorf("taken %d times in %d requests", n, requests.Load())
				}
			})
		}
	}
}
