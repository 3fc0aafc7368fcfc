package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/k8slog/k8slog/test/agent"
)

// wantRecords compares a file of records with those expected, field by field,
// each under its text. They are written as JSON; of a record that has no time
// there, the time must be that of the test.
func wantRecords(t *testing.T, path string, began time.Time, want map[string]string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	missing := maps.Clone(want)
	for line := range bytes.Lines(text) {
		got := object(t, line)
		key, _ := got["log"].(string)
		w, ok := missing[key]
		if !ok {
			t.Errorf("not expected, or twice: %s", line)
			continue
		}
		delete(missing, key)
		expected := object(t, []byte(w))
		expected["log"] = got["log"]
		if expected["time"] == nil {
			at, err := time.Parse(time.RFC3339Nano, fmt.Sprint(got["time"]))
			if err != nil || at.Before(began.Add(-time.Second)) || at.After(time.Now().Add(time.Second)) {
				t.Errorf("%q came at %v, not now", key, got["time"])
			}
			expected["time"] = got["time"]
		}
		for _, name := range slices.Sorted(maps.Keys(merged(expected, got))) {
			if !reflect.DeepEqual(got[name], expected[name]) {
				t.Errorf("%q: %s is %v, want %v", key, name, got[name], expected[name])
			}
		}
	}
	for key := range missing {
		t.Errorf("%q did not come", key)
	}
}

func object(t *testing.T, text []byte) (o map[string]any) {
	t.Helper()
	if err := json.Unmarshal(text, &o); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return o
}

func merged(a, b map[string]any) map[string]any {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}

// stoppedWith waits until so many records have come, and stops the agent.
func (s *session) stoppedWith(path string, n int) {
	s.t.Helper()
	s.eventually(fmt.Sprintf("%d records", n), func() bool { return countLines(path) >= n })
	s.stop()
}

// Rows 2 and 3: both layouts of /var/log/pods, and docker's own folder, by path.
func TestContainerFolders(t *testing.T) {
	const (
		uid    = "3f0c8a52-6f0e-4b8f-9a55-0c2d6a1b7e44"
		static = "5f2ab4d3c1e84c6c9d1f0a7be3a25d11"
		labels = `{"io.kubernetes.pod.name":"blog-84bd9f6d5b-9f6kt","io.kubernetes.pod.namespace":"default","io.kubernetes.pod.uid":"` + uid + `","io.kubernetes.container.name":"blog"}`
	)
	plain := strings.Repeat("0f", 32)
	docker := func(text string) string {
		return fmt.Sprintf(`{"log":"%s\n","stream":"stderr","time":"2018-08-11T03:42:05.658698744Z"}`+"\n", text)
	}
	cri := func(text string) string { return "2018-08-11T12:42:05.658698744+09:00 stderr F " + text + "\n" }
	files := map[string]string{
		"log/pods/shop_web-7d9c6b5f4-x2x9z_" + uid + "/web/3.log":                    cri("pods"),
		"log/pods/shop_web-7d9c6b5f4-x2x9z_" + uid + "/web/2.log.20180811-034200":    cri("pods, rotated"),
		"log/pods/kube-system_etcd-node-1.example.com_" + static + "/etcd/0.log":     cri("a static pod's"),
		"log/pods/" + uid + "/blog_11.log":                                           docker("pods, the old layout"),
		"lib/docker/containers/" + id64 + "/" + id64 + "-json.log":                   docker("docker's own folder"),
		"lib/docker/containers/" + id64 + "/" + id64 + "-json.log.1":                 docker("docker's own folder, rotated"),
		"lib/docker/containers/" + plain + "/" + plain + "-json.log":                 docker("not of Kubernetes"),
		"lib/docker/containers/" + id64[1:] + "0/" + id64[1:] + "0-json.log":         docker("without a configuration"),
		"lib/docker/containers/" + id64 + "/config.v2.json":                          `{"Name":"/k8s_blog_blog-84bd9f6d5b-9f6kt_default_` + uid + `_2","Config":{"Labels":` + labels + `}}`,
		"lib/docker/containers/" + plain + "/config.v2.json":                         `{"Name":"/registry","Config":{"Labels":{}}}`,
		"log/pods/shop_web-7d9c6b5f4-x2x9z_" + uid + "/web/1.log.20180811-034100.gz": "not read",
	}
	const common = `{"time":"2018-08-11T03:42:05.658698744Z","stream":"stderr","node":"node-1","cluster":"test","kubernetes":`
	web := `"namespace_name":"shop","pod_name":"web-7d9c6b5f4-x2x9z","container_name":"web","pod_id":"` + uid + `"`
	blog := `{"namespace_name":"default","pod_name":"blog-84bd9f6d5b-9f6kt","container_name":"blog","docker_id":"` + id64 + `","pod_id":"` + uid + `","restart_count":2}}`
	want := map[string]string{
		"pods":                         common + `{` + web + `,"restart_count":3}}`,
		"pods, rotated":                common + `{` + web + `,"restart_count":2}}`,
		"a static pod's":               common + `{"namespace_name":"kube-system","pod_name":"etcd-node-1.example.com","container_name":"etcd","pod_id":"` + static + `","restart_count":0}}`,
		"pods, the old layout":         common + `{"container_name":"blog","pod_id":"` + uid + `","restart_count":11}}`,
		"docker's own folder":          common + blog,
		"docker's own folder, rotated": common + blog,
		"not of Kubernetes":            common + `{"container_name":"registry","docker_id":"` + plain + `"}}`,
		"without a configuration":      common + `{"docker_id":"` + id64[1:] + `0"}}`,
	}
	eachAgent(t, func(t *testing.T, a agent.Agent) {
		dir := t.TempDir()
		for name, text := range files {
			write(t, filepath.Join(dir, name), text)
		}
		path := filepath.Join(dir, "records")
		s := run(t, a, fmt.Sprintf(`[SERVICE]
    flush          0.2
    grace          10
[INPUT]
    name           tail
    path           %[1]s/log/pods/*/*.log,%[1]s/log/pods/*/*/*.log*,%[1]s/lib/docker/containers/*/*-json.log*
    exclude_path   *.gz
    tag            containers
    path_key       path
    offset_key     offset
    read_from_head on
[OUTPUT]
    name             k8slog
    match            *
    workers          2
    backend          file
    file_path        %[2]s
    dead_letter_path %[1]s/dead
    path_key         path
    offset_key       offset
    node_name        node-1
    cluster_name     test
`, dir, path))
		s.stoppedWith(path, len(want))
		wantRecords(t, path, time.Now(), want)
	})
}
