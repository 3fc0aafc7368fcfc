package command

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/metadata"
	"github.com/k8slog/k8slog/plugin/options"
	"github.com/k8slog/k8slog/test/fake"
)

// A replay beside the agent reads what the agent knows of pods, and asks nobody.
func TestReplayWithMetadata(t *testing.T) {
	api := fake.NewAPIServer(nil)
	defer func() {
		api.Cut()
		api.CloseClientConnections()
		api.Close()
	}()
	api.Set(fake.Object("v1", "Node", "", "n1", nil, nil))
	api.Set(fake.Object("v1", "Namespace", "", "shop", nil, nil))
	api.Set(fake.Pod("shop", "web-1", "u1", "n1", map[string]string{"app": "web"}, nil))
	dir := t.TempDir()
	path := filepath.Join(dir, "metadata")
	agent, err := metadata.Open(metadata.Config{
		Options: options.Metadata{API: true, URL: api.URL, Path: path, Labels: []options.TagPattern{{Object: "pod", Glob: "*"}}},
		Node:    "n1", Infof: t.Logf, Warnf: t.Logf,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer agent.Close()
	agent.Start()
	for !agent.Of(&filters.Source{Namespace: "shop", Pod: "web-1"}).Known {
		time.Sleep(time.Millisecond)
	}
	for {
		if content, _ := os.ReadFile(path); strings.Contains(string(content), `"web-1"`) {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	asked := len(api.Requests())

	records := filepath.Join(dir, "records")
	conf := write(t, "f.conf", fmt.Sprintf(`[OUTPUT]
    name                k8slog
    match               *
    backend             file
    file_path           %s
    node_name           n1
    metadata            api
    metadata_url        %s
    metadata_token_file /nowhere/token
    metadata_path       %s
`, records, api.URL, path))
	log := write(t, "0.log", "2026-11-22T10:00:00Z stdout F a line\n")
	if code, out, errs := command("replay", "-conf", conf, "-as", podPath, log); code != done {
		t.Fatalf("code %d, %q %q", code, out, errs)
	}
	content, _ := os.ReadFile(records)
	if !strings.Contains(string(content), `"labels":{"app":"web"}`) || len(api.Requests()) != asked {
		t.Errorf("%s, %q", content, api.Requests()[asked:])
	}
}
