package azure

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/test/backendtest"
	"github.com/k8slog/k8slog/test/fake"
)

// What the server refuses means what its documentation says.
func TestVerdicts(t *testing.T) {
	large := make([]string, 20)
	for i := range large {
		large[i] = strings.Repeat("x", 60_000)
	}
	for name, c := range map[string]struct {
		change        func(s *fake.AzureMonitor)
		set           []string
		texts         []string
		want, mention string
	}{
		"all is well":    {want: "stored"},
		"another rule":   {change: func(s *fake.AzureMonitor) { s.Rule = "dcr-other" }, want: "again", mention: "check azure_dcr_id"},
		"another stream": {set: []string{"azure_stream", "Custom-Other"}, want: "again", mention: "check azure_stream"},
		"no role":        {change: func(s *fake.AzureMonitor) { s.Forbidden = true }, want: "again", mention: "Monitoring Metrics Publisher"},
		"another audience": {change: func(s *fake.AzureMonitor) { s.Audience = "https://monitor.azure.us" },
			want: "again", mention: "check azure_tenant_id, azure_client_id and azure_audience"},
		"too large, compressed": {set: []string{"compression", "gzip"}, texts: large, want: "smaller", mention: "1048576"},
		"too large":             {texts: large, want: "smaller"},
		"one that is malformed": {change: func(s *fake.AzureMonitor) {
			s.Bad = func(row map[string]any) bool { return row["LogMessage"] == "bad" }
		}, texts: []string{"good", "bad"}, want: "halves", mention: "MalformedJson"},
		"throttled": {change: func(s *fake.AzureMonitor) {
			s.Answer = func(w http.ResponseWriter, _ *http.Request) bool {
				w.Header().Set("Retry-After", "7")
				w.WriteHeader(http.StatusTooManyRequests)
				return true
			}
		}, want: "throttled", mention: "for 7s"},
		"a failure": {change: func(s *fake.AzureMonitor) {
			s.Answer = func(w http.ResponseWriter, _ *http.Request) bool { w.WriteHeader(500); return true }
		}, want: "failed"},
		"another server's success": {change: func(s *fake.AzureMonitor) {
			s.Answer = func(w http.ResponseWriter, _ *http.Request) bool { w.WriteHeader(200); return true }
		}, want: "again", mention: "check endpoint"},
		"another server's refusal": {change: func(s *fake.AzureMonitor) {
			s.Answer = func(w http.ResponseWriter, _ *http.Request) bool { w.WriteHeader(400); return true }
		}, want: "again", mention: "check endpoint"},
	} {
		t.Run(name, func(t *testing.T) {
			server := newServer(t)
			if c.change != nil {
				c.change(server)
			}
			if c.texts == nil {
				c.texts = []string{"one", "two"}
			}
			err := backendtest.Send(t, newBackend(t, server, c.set...), pod(), texts(c.texts...)...)
			if got := verdict(err); got != c.want || err != nil && !strings.Contains(err.Error(), c.mention) {
				t.Errorf("%s: %v", got, err)
			}
			if stored := len(server.Rows(stream)); stored != 0 && c.want != "stored" {
				t.Errorf("%d rows are stored", stored)
			}
		})
	}
}

// A table of the plan Auxiliary takes no records that are more than half an hour apart: they
// are sent apart.
func TestAuxiliaryTables(t *testing.T) {
	server := newServer(t)
	server.Auxiliary = true
	b := newBackend(t, server)
	records := texts("now", "an hour ago")
	records[1].Time -= int64(time.Hour)
	if err := backendtest.Send(t, b, pod(), records...); verdict(err) != "halves" {
		t.Fatal(err)
	}
	for _, r := range records {
		if err := backendtest.Send(t, b, pod(), r); err != nil {
			t.Error(err)
		}
	}
}

// Streams follow a template and rules, and each has requests of its own.
func TestStreams(t *testing.T) {
	server := newServer(t)
	server.Streams["Custom-shop"], server.Streams["Custom-component_kubelet"] = server.Streams[stream], server.Streams[stream]
	b := newBackend(t, server, "azure_stream", "Custom-{namespace|component}")
	for _, s := range []*filters.Source{pod(), {Component: "kubelet"}} {
		if err := backendtest.Send(t, b, s, texts("x")...); err != nil {
			t.Error(err)
		}
	}
	if len(server.Rows("Custom-shop")) != 1 || len(server.Rows("Custom-component_kubelet")) != 1 {
		t.Errorf("%v", server.Rows("Custom-shop"))
	}
	for index, want := range map[string]string{"": "Custom-___a_b", "logs-shop": "Custom-___a_b", "Custom-own": "Custom-own"} {
		if got := b.Partition(&filters.Source{Kind: filters.Container, Namespace: "../a?b", Index: index}); got != want {
			t.Errorf("%q: %s", index, got)
		}
	}
}

func TestOptions(t *testing.T) {
	for _, c := range []struct {
		want string
		set  []string
	}{
		{"option azure_dcr_id", []string{"azure_dcr_id", ""}},
		{"is no immutable ID; allowed: dcr- and 32", []string{"azure_dcr_id", "my-rule"}},
		{"is the resource ID of a rule", []string{"azure_dcr_id", "/subscriptions/x/resourceGroups/y/providers/Microsoft.Insights/dataCollectionRules/z"}},
		{"is the name of a table, and not that of a stream; allowed: ", []string{"azure_stream", "K8slog_CL"}},
		{"begins with neither Custom- nor Microsoft-", []string{"azure_stream", "{namespace}"}},
		{"makes names that no stream has", []string{"azure_stream", "Custom/x"}},
		{"has a date", []string{"azure_stream", "Custom-{%Y}"}},
		{"needs azure_tenant_id and azure_client_id", []string{"azure_client_secret_file", "/x"}},
		{"are two identities", []string{"azure_client_secret_file", "/x", "azure_federated_token_file", "/y"}},
		{"is no client ID", []string{"azure_client_id", "k8slog"}},
		{"is no tenant", []string{"azure_tenant_id", "a/b"}},
		{"is no such URL", []string{"azure_authority_host", "http://login.example.com"}},
		{"is no such URL", []string{"azure_audience", "monitor.azure.com"}},
		{"is no such URL", []string{"azure_metadata_url", "https://x"}},
		{"takes in a request", []string{"batch_bytes", "2MB"}},
		{"is for the HTTP Data Collector API", []string{"endpoint", "https://x.ods.opinsights.azure.com"}},
		{"gives out configurations", []string{"endpoint", "https://x.westeurope-1.handler.control.monitor.azure.com"}},
		{"manages resources", []string{"endpoint", "https://management.azure.com"}},
		{"takes metrics", []string{"endpoint", "https://x.westeurope-1.metrics.ingest.monitor.azure.com"}},
		{"path of the protocol", []string{"endpoint", "https://x.westeurope-1.ingest.monitor.azure.com/dataCollectionRules/dcr-1/streams/Custom-x"}},
		{"is a name that the plugin writes itself", []string{"id_key", "LogMessage"}},
	} {
		set := append([]string{"backend", "azure", "endpoint", "https://x.westeurope-1.ingest.monitor.azure.com", "azure_dcr_id", ruleID}, c.set...)
		if _, _, err := backendtest.Parse[Config](set...); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: %v, want %s", c.set, err, c.want)
		}
	}
}
