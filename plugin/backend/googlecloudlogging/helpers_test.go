package googlecloudlogging

import (
	"errors"
	"fmt"
	"net/http/httptest"
	"testing"

	"cloud.google.com/go/logging/apiv2/loggingpb"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/test/backendtest"
	"github.com/k8slog/k8slog/test/fake"
)

const token = "ya29.the-token-of-the-metadata-server"

// newServer returns a server of my-project.
func newServer() *fake.GoogleCloudLogging {
	return &fake.GoogleCloudLogging{Project: "my-project", Token: token, Location: "europe-west1", Cluster: "eu"}
}

// newBackend sends to a server, with the options given as name, value, …
func newBackend(t testing.TB, server *fake.GoogleCloudLogging, set ...string) *Backend {
	t.Helper()
	s := httptest.NewServer(server)
	t.Cleanup(s.Close)
	return backendtest.New(t, New, append([]string{"backend", "google_cloud_logging", "endpoint", s.URL, "google_metadata_url", s.URL}, set...)...)
}

// sendOne sends one record, and returns how it is stored.
func sendOne(t testing.TB, source *filters.Source, r filters.Record) *loggingpb.LogEntry {
	t.Helper()
	server := newServer()
	if err := backendtest.Send(t, newBackend(t, server), source, r); err != nil {
		t.Fatal(err)
	}
	entries := server.Entries()
	if len(entries) != 1 {
		t.Fatalf("%d entries", len(entries))
	}
	return entries[0]
}

func texts(list ...string) (records []filters.Record) {
	for _, text := range list {
		records = append(records, filters.Record{Time: when, Log: filters.PlainText([]byte(text))})
	}
	return records
}

var restart = 3

func pod() *filters.Source {
	return &filters.Source{
		Kind: filters.Container, Namespace: "default", Pod: "web-1", Container: "web", ContainerID: "e3e2",
		PodUID: "b576", Restart: &restart, Node: "node-1",
	}
}

const when = int64(1533958925000000744)

// payloadOf returns the payload of an entry as JSON.
func payloadOf(e *loggingpb.LogEntry) string {
	if e.GetJsonPayload() == nil {
		return fmt.Sprintf("%q", e.GetTextPayload())
	}
	text, _ := protojson.Marshal(e.GetJsonPayload())
	return string(text)
}

// verdict names what an error says; of PartialError, what it says of each entry.
func verdict(err error) string {
	var rejected *backend.Rejected
	var tooLarge *backend.TooLarge
	var throttled *backend.Throttled
	var failed *backend.Failed
	var partial *backend.PartialError
	var notTaken *backend.NotTaken
	switch {
	case err == nil:
		return "ok"
	case errors.As(err, &notTaken):
		return "not taken: " + verdict(notTaken.Err)
	case errors.As(err, &partial):
		var kinds []string
		for _, err := range partial.Items {
			kinds = append(kinds, verdict(err))
		}
		return fmt.Sprint(kinds)
	case errors.As(err, &rejected) && rejected.Some:
		return "rejected, some"
	case errors.As(err, &rejected):
		return "rejected"
	case errors.As(err, &tooLarge):
		return "too large"
	case errors.As(err, &failed):
		return "failed"
	case errors.As(err, &throttled):
		return fmt.Sprintf("throttled %v", throttled.After)
	}
	return "again"
}
