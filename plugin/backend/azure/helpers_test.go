package azure

import (
	"errors"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/test/backendtest"
	"github.com/k8slog/k8slog/test/fake"
)

const (
	ruleID = "dcr-000a00a000a00000a000000aa000a0aa"
	tenant = "aaaabbbb-0000-cccc-1111-dddd2222eeee"
	client = "00001111-aaaa-2222-bbbb-3333cccc4444"
	secret = "Aa1Bb~2Cc3.secret-value"
	stream = "Custom-K8slog"
)

// shippedColumns returns the columns of the stream of the rule that is shipped.
func shippedColumns(t testing.TB) map[string]string {
	t.Helper()
	columns, err := fake.AzureColumns("../../../deploy/azure/data-collection-rule.json", stream)
	if err != nil {
		t.Fatal(err)
	}
	return columns
}

// newServer returns a server with the rule that is shipped.
func newServer(t testing.TB) *fake.AzureMonitor {
	return &fake.AzureMonitor{Rule: ruleID, Streams: map[string]map[string]string{stream: shippedColumns(t)}, Tenant: tenant, Client: client, Secret: secret}
}

func file(t testing.TB, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// newBackend sends to a server with the application's secret, and with the options given as
// name, value, …
func newBackend(t testing.TB, server *fake.AzureMonitor, set ...string) *Backend {
	t.Helper()
	return openBackend(t, server, append([]string{
		"azure_tenant_id", tenant, "azure_client_id", client, "azure_client_secret_file", file(t, secret+"\n"),
	}, set...)...)
}

// openBackend sends to a server with the credentials of the options, or those that it finds.
func openBackend(t testing.TB, server *fake.AzureMonitor, set ...string) *Backend {
	t.Helper()
	s := httptest.NewServer(server)
	t.Cleanup(s.Close)
	return backendtest.New(t, New, append([]string{
		"backend", "azure", "endpoint", s.URL, "azure_authority_host", s.URL, "azure_metadata_url", s.URL, "azure_dcr_id", ruleID,
	}, set...)...)
}

func pod() *filters.Source {
	return &filters.Source{Kind: filters.Container, Cluster: "eu", Namespace: "shop", Pod: "web-1", Container: "web", PodUID: "u-1", ContainerID: "c0ffee", Node: "node-1"}
}

// texts are records of now, one for each text.
func texts(all ...string) (records []filters.Record) {
	for _, text := range all {
		records = append(records, filters.Record{Time: time.Now().UnixNano(), Log: filters.PlainText([]byte(text)), Stream: filters.Stderr, Severity: filters.Error})
	}
	return records
}

// verdict is what an error means.
func verdict(err error) string {
	rejected, _ := errors.AsType[*backend.Rejected](err)
	switch {
	case err == nil:
		return "stored"
	case rejected != nil && rejected.Some:
		return "halves"
	case rejected != nil:
		return "never"
	case errors.As(err, new(*backend.TooLarge)):
		return "smaller"
	case errors.As(err, new(*backend.Throttled)):
		return "throttled"
	case errors.As(err, new(*backend.Failed)):
		return "failed"
	}
	return "again"
}
