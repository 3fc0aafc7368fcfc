package e2e

import (
	"encoding/json"
	"net/http/httptest"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"

	"github.com/k8slog/k8slog/test/agent"
	"github.com/k8slog/k8slog/test/fake"
	"github.com/k8slog/k8slog/test/sample"
)

// sameJSON returns an object with its keys sorted, and any other text unchanged.
func sameJSON(text []byte) string {
	var object map[string]any
	if json.Unmarshal(text, &object) != nil {
		return string(text)
	}
	sorted, _ := json.Marshal(object)
	return string(sorted)
}

// The sample node into Google Cloud Logging, with the configuration that is shipped for it
// and a metadata server: every record is there, once, as GKE's agent would write it.
func TestGoogleCloudLogging(t *testing.T) {
	eachAgent(t, func(t *testing.T, a agent.Agent) {
		for _, format := range formats(a, "fluent-bit") {
			t.Run(format, func(t *testing.T) {
				dir := t.TempDir()
				node, err := sample.Lay(filepath.Join(dir, "node"), 50)
				if err != nil {
					t.Fatal(err)
				}
				server := &fake.GoogleCloudLogging{Project: "my-project", Token: "ya29.secret-token", Location: "europe-west1", Cluster: "other"}
				web := httptest.NewServer(server)
				defer web.Close()
				replace := strings.NewReplacer(
					"# google_metadata_url      http://169.254.169.254", "google_metadata_url "+web.URL,
					"      compression: gzip\n", "      compression: gzip\n      google_metadata_url: "+web.URL+"\n")
				s := runBackendIn(t, a, dir, format, "google_cloud_logging", replace, "K8SLOG_ENDPOINT="+web.URL)
				s.eventually("all records", func() bool { return len(server.Entries()) >= node.Total })
				s.stop()
				got := map[string][]string{}
				for _, e := range server.Entries() {
					of, who := e.Resource.Labels, path.Base(e.LogName)
					if e.Resource.Type == "k8s_container" {
						if who != "stdout" && who != "stderr" {
							t.Fatalf("%v", e)
						}
						who = of["namespace_name"] + " " + of["pod_name"] + " " + of["container_name"]
					} else if of["node_name"] != "node-1" {
						t.Fatalf("%v", e)
					}
					if of["location"] != "europe-west1" || of["cluster_name"] != "test" || e.Labels["compute.googleapis.com/resource_name"] != "node-1" || e.InsertId == "" {
						t.Fatalf("%v", e)
					}
					text := e.GetTextPayload()
					if e.GetJsonPayload() != nil {
						object, _ := protojson.Marshal(e.GetJsonPayload())
						text = sameJSON(object)
					}
					got[who] = append(got[who], text)
				}
				for who, texts := range got { // a header's text is not repeated
					if len(texts) != len(node.Texts[who]) {
						t.Errorf("%s: %d records, want %d", who, len(texts), len(node.Texts[who]))
					}
					if strings.Contains(who, " ") {
						continue
					}
					delete(got, who)
				}
				containers := map[string][]string{}
				for who, texts := range node.Texts {
					if strings.Contains(who, " ") {
						for _, text := range texts {
							containers[who] = append(containers[who], sameJSON([]byte(text)))
						}
					}
				}
				sameTexts(t, got, containers)
				if len(server.Problems()) > 0 || strings.Contains(s.log.String(), "secret-token") {
					t.Errorf("%q, or a token is in the log", server.Problems())
				}
			})
		}
	})
}
