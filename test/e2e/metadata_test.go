package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/k8slog/k8slog/test/agent"
	"github.com/k8slog/k8slog/test/fake"
)

// labelled is a delivered record with what the API server says of its pod.
type labelled struct {
	Log        string
	Kubernetes struct {
		Pod       string `json:"pod_name"`
		Labels    map[string]string
		OwnerKind string `json:"owner_kind"`
		OwnerName string `json:"owner_name"`
		Missing   bool   `json:"metadata_missing"`
	}
	Namespace struct{ Labels map[string]string } `json:"kubernetes_namespace"`
	Node      string
}

const webUID = "3f0c8a52-6f0e-4b8f-9a55-0c2d6a1b7e44"

// Labels of the API server, in an agent that reads the files of a node: they change while the
// pod runs, an annotation excludes the pod and lets it in again, and after a restart, while the
// API server is away, the labels are still known, also those of a pod that is gone.
func TestMetadata(t *testing.T) {
	eachAgent(t, func(t *testing.T, a agent.Agent) {
		api := fake.NewAPIServer(nil)
		defer func() {
			api.Cut()
			api.CloseClientConnections()
			api.Close()
		}()
		api.Token = "e2e-token"
		api.Set(fake.Object("v1", "Node", "", "n1", nil, nil))
		api.Set(fake.Object("v1", "Namespace", "", "shop", map[string]string{"team": "a"}, nil))
		web := func(version string, annotations map[string]string) map[string]any {
			return fake.Pod("shop", "web-7d9c6b5f4-x2x9z", webUID, "n1",
				map[string]string{"app": "web", "version": version, "pod-template-hash": "7d9c6b5f4"}, annotations, "ReplicaSet", "web-7d9c6b5f4")
		}
		gone := fake.Pod("shop", "gone", "u2", "n1", map[string]string{"app": "gone"}, nil)
		api.Set(web("1", nil))
		api.Set(gone)

		dir := t.TempDir()
		pods := filepath.Join(dir, "node/var/log/pods")
		webLog := filepath.Join(pods, "shop_web-7d9c6b5f4-x2x9z_"+webUID, "app/0.log")
		goneLog := filepath.Join(pods, "shop_gone_"+strings.Replace(webUID, "3", "4", 1), "app/0.log")
		write(t, filepath.Join(dir, "token"), "e2e-token\n")
		write(t, webLog, "")
		write(t, goneLog, "")
		containers := filepath.Join(dir, "node/var/log/containers")
		if err := os.MkdirAll(containers, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(webLog, filepath.Join(containers, "web-7d9c6b5f4-x2x9z_shop_app-"+id64+".log")); err != nil {
			t.Fatal(err)
		}
		appendTo := func(path, text string) {
			t.Helper()
			f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY|os.O_CREATE, 0o644)
			if err == nil {
				_, err = f.WriteString(containerLine(false, text))
			}
			if err == nil {
				err = f.Close()
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		path := filepath.Join(dir, "records")
		records := func() map[string]labelled {
			content, _ := os.ReadFile(path)
			all := map[string]labelled{}
			for line := range strings.Lines(string(content)) {
				var r labelled
				if err := json.Unmarshal([]byte(line), &r); err != nil {
					t.Fatal(err)
				}
				if _, twice := all[r.Log]; twice {
					t.Errorf("twice: %s", line)
				}
				all[r.Log] = r
			}
			return all
		}
		watched := func(n int) func() bool {
			return func() bool {
				watches := 0
				for _, r := range api.Requests() {
					if r == "watch /api/v1/pods" {
						watches++
					}
				}
				return watches >= n
			}
		}

		port := freePort(t)
		probes := 0
		s := run(t, a, metadataConf(dir, api.URL, path)+fmt.Sprintf("    status_listen 127.0.0.1:%d\n", port))
		s.eventually("the pods are watched", watched(1))
		appendTo(webLog, "first")
		s.eventually("the first record", func() bool { return records()["first"].Log != "" })
		first := records()["first"]
		if k := first.Kubernetes; k.Labels["app"] != "web" || k.Labels["version"] != "1" || k.OwnerKind != "Deployment" || k.OwnerName != "web" || k.Missing ||
			first.Namespace.Labels["team"] != "a" || first.Node != "n1" {
			t.Errorf("%+v", first)
		}
		// What changes counts for later lines; how soon it is known, nobody says.
		api.Set(web("2", map[string]string{"fluentbit.io/exclude": "true"}))
		s.eventually("a line that is excluded", func() bool {
			appendTo(webLog, fmt.Sprintf("probe %d", probes))
			probes++
			return strings.Contains(s.metrics(port), `k8slog_rule_records_total{action="dropped",rule="annotation/exclude"} `) && !strings.Contains(s.metrics(port), `rule="annotation/exclude"} 0`)
		})
		api.Set(web("2", nil))
		n := 0
		s.eventually("a line with the new label", func() bool {
			n++
			text := fmt.Sprintf("again %d", n)
			appendTo(webLog, text)
			for _, r := range records() {
				if strings.HasPrefix(r.Log, "again") && r.Kubernetes.Labels["version"] == "2" {
					return true
				}
			}
			return false
		})
		api.Delete(gone)
		s.eventually("the file has the pod that is gone", func() bool {
			content, _ := os.ReadFile(filepath.Join(dir, "metadata"))
			return strings.Contains(string(content), `"gone":"2`)
		})
		s.stop()

		api.Fail(func(*http.Request) int { return http.StatusServiceUnavailable })
		goneLink := filepath.Join(containers, "gone_shop_app-"+id64+".log")
		s = run(t, a, metadataConf(dir, api.URL, path))
		write(t, goneLink, containerLine(false, "last words"))
		appendTo(webLog, "while the API server is away")
		s.eventually("records after a restart", func() bool {
			all := records()
			return all["last words"].Log != "" && all["while the API server is away"].Log != ""
		})
		if r := records()["last words"]; r.Kubernetes.Labels["app"] != "gone" || r.Kubernetes.Missing {
			t.Errorf("%+v", r)
		}
		if r := records()["while the API server is away"]; r.Kubernetes.Labels["version"] != "2" {
			t.Errorf("%+v", r)
		}
		write(t, filepath.Join(containers, "new_shop_app-"+id64+".log"), containerLine(false, "unknown"))
		s.eventually("a record of a pod that is not known", func() bool { return records()["unknown"].Kubernetes.Missing })
		s.stop()
		if problems := api.Problems(); len(problems) > 0 {
			t.Error(problems)
		}
		if strings.Contains(s.log.String(), "e2e-token") {
			t.Error("the token is in the log")
		}
	})
}

func metadataConf(dir, url, records string) string {
	return fmt.Sprintf(`[SERVICE]
    flush 0.2
    grace 15
[INPUT]
    name             tail
    tag              containers
    path             %[1]s/node/var/log/containers/*.log
    path_key         path
    offset_key       offset
    db               %[1]s/tail.db
    read_from_head   on
    refresh_interval 1
[OUTPUT]
    name                k8slog
    match               *
    workers             4
    retry_limit         no_limits
    backend             file
    file_path           %[2]s
    path_key            path
    offset_key          offset
    dead_letter_path    %[1]s/dead
    log_folders         %[1]s/node/var/log/pods
    node_name           n1
    metadata            api
    metadata_url        %[3]s
    metadata_token_file %[1]s/token
    metadata_labels     *, namespace:*
    metadata_steer      exclude
    metadata_path       %[1]s/metadata
`, dir, records, url)
}
