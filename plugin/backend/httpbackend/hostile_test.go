package httpbackend_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/backend/azure"
	"github.com/k8slog/k8slog/plugin/backend/elasticsearch"
	"github.com/k8slog/k8slog/plugin/backend/googlecloudlogging"
	backendhttp "github.com/k8slog/k8slog/plugin/backend/http"
	"github.com/k8slog/k8slog/plugin/backend/loki"
	"github.com/k8slog/k8slog/plugin/backend/otlp"
	"github.com/k8slog/k8slog/plugin/backend/splunk"
	"github.com/k8slog/k8slog/plugin/backend/victorialogs"
	"github.com/k8slog/k8slog/test/backendtest"
)

const (
	token = "hunter2+hunter2/hunter2"
	// hostile drives a terminal, or turns and hides what is shown.
	hostile = "\x00\x1b[2J\x7f\x9b31m\u009b31m\u0085\u200b\u200e\u200f\u2028\u2029\u202e\u2066\u2069\ufeff\r\nforged line "
)

// backends are all that speak HTTP.
var backends = map[string]func(t *testing.T, set ...string) backend.Backend{
	"azure": func(t *testing.T, set ...string) backend.Backend {
		return backendtest.New(t, azure.New, append(set, "azure_dcr_id", "dcr-00000000000000000000000000000000")...)
	},
	"elasticsearch": func(t *testing.T, set ...string) backend.Backend {
		return backendtest.New(t, elasticsearch.New, set...)
	},
	"google_cloud_logging": func(t *testing.T, set ...string) backend.Backend {
		return backendtest.New(t, googlecloudlogging.New, append(set, "google_project", "p", "google_location", "l", "cluster_name", "c")...)
	},
	"http":         func(t *testing.T, set ...string) backend.Backend { return backendtest.New(t, backendhttp.New, set...) },
	"loki":         func(t *testing.T, set ...string) backend.Backend { return backendtest.New(t, loki.New, set...) },
	"otlp":         func(t *testing.T, set ...string) backend.Backend { return backendtest.New(t, otlp.New, set...) },
	"splunk":       func(t *testing.T, set ...string) backend.Backend { return backendtest.New(t, splunk.New, set...) },
	"victorialogs": func(t *testing.T, set ...string) backend.Backend { return backendtest.New(t, victorialogs.New, set...) },
}

// bodies are answers with a text in the place where each backend looks for one.
func bodies(text string) []string {
	quoted, _ := json.Marshal(text)
	partial := append([]byte{0x08, 1, 0x12, byte(len(text)), byte(len(text) >> 7)}, text...)
	partial[3] |= 0x80
	status := append([]byte{0x08, 3, 0x12, byte(len(text)) | 0x80, byte(len(text) >> 7)}, text...)
	success := append([]byte{0x0a, byte(len(partial)) | 0x80, byte(len(partial) >> 7)}, partial...)
	return []string{
		text,
		"<html>" + text,
		fmt.Sprintf(`{"errors":true,"items":[{"create":{"status":400,"error":{"type":%[1]s,"reason":%[1]s}}}]}`, quoted),
		fmt.Sprintf(`{"errors":true,"items":[{"create":{"status":429,"error":{"type":"x","reason":%[1]s}}}]}`, quoted),
		fmt.Sprintf(`{"text":%[1]s,"code":6,"invalid-event-number":0}`, quoted),
		fmt.Sprintf(`{"error":{"status":%[1]s,"message":%[1]s}}`, quoted),
		fmt.Sprintf(`{"error":{"code":"InvalidStream","message":%s}}`, quoted),
		fmt.Sprintf(`{"error":{"status":"INVALID_ARGUMENT","message":%[1]s,"details":[{"@type":"x/google.logging.v2.WriteLogEntriesPartialErrors","logEntryErrors":{"0":{"code":3,"message":%[1]s}}}]}}`, quoted),
		fmt.Sprintf(`{"partialSuccess":{"rejectedLogRecords":1,"errorMessage":%s}}`, quoted),
		string(status), string(success),
		"per stream rate limit exceeded for stream '{pod=\"p\"}' " + text,
	}
}

// What a backend says goes to logs, to pages and to the dead-letter file: nothing
// of it drives a terminal, and no secret is quoted, in whatever form.
func TestHostileAnswers(t *testing.T) {
	var status int
	var body string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	defer server.Close()
	secrets := strings.Join([]string{
		token, url.QueryEscape(token), base64.StdEncoding.EncodeToString([]byte(token)), base64.StdEncoding.EncodeToString([]byte("user:" + token)),
		strings.ToUpper(token), "hunter2+\u200bhunter2/\u202ehunter2",
	}, " ")
	for name, open := range backends {
		b := open(t, "backend", name, "endpoint", server.URL, "headers", "Authorization: Bearer "+token)
		source := &filters.Source{Pod: "p"}
		source.Rendered, source.Partition = b.Render(source), b.Partition(source)
		e := b.NewEncoder()
		r := filters.Record{Source: source, Log: filters.PlainText([]byte("x"))}
		e.Append(&r)
		packed, err := b.Pack([][]byte{e.Frame()})
		if err != nil {
			t.Fatal(err)
		}
		packed.Items, packed.Partition = 1, source.Partition
		if s, ok := b.(backend.Scoped); ok {
			packed.Scopes = []string{s.Scope(&r)}
		}
		for _, status = range []int{200, 260, 302, 400, 401, 409, 413, 422, 429, 500, 503} {
			for _, body = range bodies(hostile + secrets + hostile) {
				err := b.Send(t.Context(), packed)
				checkShown(t, name, status, err)
				var partial *backend.PartialError
				if errors.As(err, &partial) {
					for _, err := range partial.Items {
						checkShown(t, name, status, err)
					}
				}
			}
		}
	}
}

func checkShown(t *testing.T, name string, status int, err error) {
	t.Helper()
	if err == nil {
		return
	}
	text := err.Error()
	if !utf8.ValidString(text) || strings.Contains(strings.ToLower(text), "hunter2") || strings.Contains(text, "aHVudGVyM") || len(text) > 1000 {
		t.Fatalf("%s, %d: %q", name, status, text)
	}
	for _, r := range text {
		if unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp) {
			t.Fatalf("%s, %d: %U in %q", name, status, r, text)
		}
	}
}
