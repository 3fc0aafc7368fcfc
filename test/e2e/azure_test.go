package e2e

import (
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/k8slog/k8slog/test/agent"
	"github.com/k8slog/k8slog/test/fake"
	"github.com/k8slog/k8slog/test/sample"
)

// The sample node into Azure Monitor, with the configuration that is shipped for it, and by
// each kind of credentials: every record is there, once, in the columns that the rule of
// deploy/azure declares.
func TestAzure(t *testing.T) {
	const rule, stream, client, tenant = "dcr-000a00a000a00000a000000aa000a0aa", "Custom-K8slog", "00001111-aaaa-2222-bbbb-3333cccc4444", "aaaabbbb-0000-cccc-1111-dddd2222eeee"
	eachAgent(t, func(t *testing.T, a agent.Agent) {
		for i, format := range formats(a, "fluent-bit") {
			for j, credentials := range []string{"secret", "assertion", "machine"} {
				if i > 0 && j > 0 {
					continue // what the formats do not differ in
				}
				t.Run(format+" "+credentials, func(t *testing.T) {
					dir := t.TempDir()
					node, err := sample.Lay(filepath.Join(dir, "node"), 50)
					if err != nil {
						t.Fatal(err)
					}
					columns, err := fake.AzureColumns(filepath.Join(root, "deploy/azure/data-collection-rule.json"), stream)
					if err != nil {
						t.Fatal(err)
					}
					server := &fake.AzureMonitor{Rule: rule, Streams: map[string]map[string]string{stream: columns}, Tenant: tenant, Client: client}
					web := httptest.NewServer(server)
					defer web.Close()
					replace := strings.NewReplacer(
						"# azure_authority_host     https://login.microsoftonline.us", "azure_authority_host "+web.URL+"\n    azure_metadata_url "+web.URL,
						"      compression: gzip\n", "      compression: gzip\n      azure_authority_host: "+web.URL+"\n      azure_metadata_url: "+web.URL+"\n")
					secret := filepath.Join(dir, "secret")
					write(t, secret, "eyJ.secret-value.sig\n")
					env := []string{"K8SLOG_ENDPOINT=" + web.URL, "K8SLOG_AZURE_DCR_ID=" + rule}
					switch credentials {
					case "secret":
						server.Secret = "eyJ.secret-value.sig"
						env = append(env, "K8SLOG_AZURE_TENANT_ID="+tenant, "K8SLOG_AZURE_CLIENT_ID="+client, "K8SLOG_AZURE_CLIENT_SECRET_FILE="+secret)
					case "assertion":
						server.Assertion = "eyJ.secret-value.sig"
						env = append(env, "AZURE_TENANT_ID="+tenant, "AZURE_CLIENT_ID="+client, "AZURE_FEDERATED_TOKEN_FILE="+secret)
					case "machine":
						server.Machine = client
					}
					s := runBackendIn(t, a, dir, format, "azure", replace, env...)
					s.eventually("all records", func() bool { return len(server.Rows(stream)) >= node.Total })
					s.stop()
					got, ids := map[string][]string{}, map[string]bool{}
					for _, row := range server.Rows(stream) {
						text := func(column string) string {
							value, _ := row[column].(string)
							return value
						}
						who := text("Component")
						if text("PodName") != "" {
							who = text("PodNamespace") + " " + text("PodName") + " " + text("ContainerName")
						}
						if ids[text("RecordId")] || text("RecordId") == "" || text("Computer") != "node-1" || text("Cluster") != "test" {
							t.Fatalf("%v", row)
						}
						ids[text("RecordId")] = true
						got[who] = append(got[who], text("LogMessage"))
					}
					sameTexts(t, got, node.Texts)
					for _, how := range server.Asked() {
						if how != credentials {
							t.Errorf("asked for a token by %s", how)
						}
					}
					if len(server.Problems()) > 0 || strings.Contains(s.log.String(), "secret-") {
						t.Errorf("%q, or a secret is in the log", server.Problems())
					}
				})
			}
		}
	})
}
