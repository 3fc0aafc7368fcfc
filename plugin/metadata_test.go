package plugin

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/test/chunktest"
	"github.com/k8slog/k8slog/test/fake"
)

// apiServer starts an API server that knows the pods of these tests.
func apiServer(t testing.TB) *fake.APIServer {
	t.Helper()
	s := fake.NewAPIServer(nil)
	t.Cleanup(func() {
		s.Cut()
		s.CloseClientConnections()
		s.Close()
		if problems := s.Problems(); len(problems) > 0 {
			t.Error(problems)
		}
	})
	s.Set(fake.Object("v1", "Node", "", "n1", map[string]string{"topology.kubernetes.io/zone": "z1"}, nil))
	s.Set(fake.Object("v1", "Namespace", "", "shop", map[string]string{"team": "shop-team"}, nil))
	return s
}

// shopPod is the pod of podPath.
func shopPod(labels, annotations map[string]string) map[string]any {
	return fake.Pod("shop", "web-1", "3f0c8a52-6f0e-4b8f-9a55-0c2d6a1b7e44", "n1", labels, annotations, "StatefulSet", "web")
}

func metadataOptions(s *fake.APIServer, more ...string) map[string]string {
	o := map[string]string{"metadata": "api", "metadata_url": s.URL, "node_name": "n1", "path_key": "path", "metadata_wait": "10s"}
	for i := 0; i < len(more); i += 2 {
		o[more[i]] = more[i+1]
	}
	return o
}

// shopChunk is a chunk of the pod of podPath.
func shopChunk(texts ...string) (c []byte) {
	for i, text := range texts {
		quoted, _ := json.Marshal(text + "\n")
		c = chunktest.Append(c, int64(i)*1e9, "path", podPath, "log",
			fmt.Sprintf(`{"log":%s,"stream":"stdout","time":"2026-11-22T10:00:00.%09dZ"}`, quoted, i))
	}
	return c
}

// until waits for a condition.
func until(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("still not: %s", what)
		}
	}
}

var dotted = map[string]string{"app": "web", "app.kubernetes.io/name": "web-name", "empty": ""}

func TestMetadataInRecords(t *testing.T) {
	api := apiServer(t)
	api.Set(shopPod(dotted, map[string]string{"note": "a \"b\"\n{c}", "secret": "x"}))
	line := encodeLines(t, metadataOptions(api,
		"metadata_labels", "*, namespace:*, node:*", "metadata_annotations", "note", "metadata_fields", "owner, image, pod_ip, host_ip",
	), "t", shopChunk("hello"))[0]
	var got struct {
		Kubernetes struct {
			Labels, Annotations map[string]string
			NodeLabels          map[string]string `json:"node_labels"`
			OwnerKind           string            `json:"owner_kind"`
			OwnerName           string            `json:"owner_name"`
			Image               string            `json:"container_image"`
			PodIP               string            `json:"pod_ip"`
			HostIP              string            `json:"host_ip"`
			Missing             bool              `json:"metadata_missing"`
		}
		Namespace struct {
			Name   string
			Labels map[string]string
		} `json:"kubernetes_namespace"`
	}
	if err := json.Unmarshal([]byte(line), &got); err != nil {
		t.Fatal(err)
	}
	k := got.Kubernetes
	if fmt.Sprint(k.Labels) != fmt.Sprint(dotted) || fmt.Sprint(k.Annotations) != fmt.Sprint(map[string]string{"note": "a \"b\"\n{c}"}) ||
		k.NodeLabels["topology.kubernetes.io/zone"] != "z1" || k.OwnerKind != "StatefulSet" || k.OwnerName != "web" ||
		k.PodIP != "10.244.0.9" || k.HostIP != "192.0.2.7" || k.Missing || got.Namespace.Name != "shop" || got.Namespace.Labels["team"] != "shop-team" {
		t.Errorf("%+v", got)
	}
}

// Records of a pod that becomes known while they wait have its labels. Those of one that does
// not go without, flagged and counted.
func TestMetadataIsWaitedFor(t *testing.T) {
	api := apiServer(t)
	path := filepath.Join(t.TempDir(), "records")
	in, _ := start(t, metadataOptions(api, "backend", "file", "file_path", path))
	in.Flush(workerThread, "t", nil)
	in.Flush(3, "t", nil) // there are two workers
	until(t, "the pods are followed", func() bool { return in.metadata.Ready() })
	done := make(chan Status)
	go func() { done <- in.Flush(workerThread, "t", shopChunk("hello")) }()
	until(t, "the pod is asked for", func() bool { return in.metadata.Missing() > 0 })
	api.Set(shopPod(dotted, nil))
	if status := <-done; status != OK {
		t.Fatal(status)
	}
	records, _ := os.ReadFile(path)
	if !strings.Contains(string(records), `"app":"web"`) || strings.Contains(string(records), "metadata_missing") {
		t.Errorf("%s", records)
	}
	if n := in.ledger.NoMetadata.Load(); n != 0 {
		t.Errorf("%d records without", n)
	}

	options := metadataOptions(api, "metadata_wait", "50ms", "backend", "file", "file_path", path+"2")
	in, _ = start(t, options)
	in.Flush(workerThread, "t", nil)
	in.Flush(3, "t", nil)
	until(t, "the pods are followed", func() bool { return in.metadata.Ready() })
	other := strings.ReplaceAll(string(shopChunk("a", "b")), "web-1_shop_web-", "web-9_shop_web-")
	if status := in.Flush(workerThread, "t", []byte(other)); status != OK {
		t.Fatal(status)
	}
	records, _ = os.ReadFile(path + "2")
	if strings.Count(string(records), `"metadata_missing":true`) != 2 || in.ledger.NoMetadata.Load() != 2 {
		t.Errorf("%d: %s", in.ledger.NoMetadata.Load(), records)
	}
}

// Labels and annotations count as soon as they change, for the records from then on.
func TestMetadataChanges(t *testing.T) {
	api := apiServer(t)
	api.Set(shopPod(map[string]string{"app": "one"}, nil))
	r := receive(t, nil)
	in, host := start(t, metadataOptions(api, "backend", "http", "endpoint", r.URL, "metadata_steer", "exclude"))
	in.Flush(workerThread, "t", nil)
	in.Flush(3, "t", nil)
	deliver := func(text string) {
		t.Helper()
		if status := in.Flush(workerThread, "t", shopChunk(text)); status != OK {
			t.Fatal(status)
		}
	}
	source := func() *filters.Source { return in.pipeline.Sources.ByPath([]byte(podPath)) }
	deliver("first")
	api.Set(shopPod(map[string]string{"app": "two"}, map[string]string{"k8slog.io/exclude": "true"}))
	until(t, "the annotation is known", func() bool { return source().LabelField("label:app") == "two" })
	deliver("excluded")
	api.Set(shopPod(map[string]string{"app": "two"}, nil))
	until(t, "the annotation is gone", func() bool { return source().Rules == nil })
	deliver("last")
	api.Set(fake.Object("v1", "Namespace", "", "shop", nil, map[string]string{"fluentbit.io/exclude": "true"}))
	until(t, "the annotation of the namespace is known", func() bool { return source().Rules != nil })
	deliver("excluded by the namespace")
	if got := r.got(); !slices.Equal(got, []string{"first", "last"}) {
		t.Errorf("%q", got)
	}
	if b := in.Balance(); b.Dropped != 2 || b.Delivered != 2 {
		t.Errorf("%v", b)
	}
	n := int64(0)
	in.rules.Counts(func(rule, action string, count int64) {
		if rule == "annotation/exclude" && action == "dropped" {
			n = count
		}
	})
	if n != 2 {
		t.Errorf("%d records are counted", n)
	}
	if host.logged("are followed at the API server: 1 now") != 1 {
		t.Error(host.log)
	}
}

// A label is a tenant only where the template says so, and only as far as a tenant can have its
// characters.
func TestLabelsInTemplates(t *testing.T) {
	api := apiServer(t)
	api.Set(shopPod(map[string]string{"team": "component_kubelet", "x": "a.b"}, nil))
	for template, want := range map[string]string{
		"{label:team|no_team}": "component_kubelet", "{label:none|no_team}": "no_team", "t-{namespace_label:team}-{node_label:topology.kubernetes.io/zone}": "t-shop-team-z1",
		"{label:team|component}": "component-kubelet", "{label:x}": "a.b", "{workload}": "web",
	} {
		in, _ := start(t, metadataOptions(api, "backend", "loki", "endpoint", "http://127.0.0.1:1", "tenant", template))
		until(t, "the pods are followed", func() bool { return in.metadata.Ready() })
		until(t, "the pod is known", func() bool { return !in.pipeline.Sources.ByPath([]byte(podPath)).Missing() })
		if got := in.pipeline.Sources.ByPath([]byte(podPath)).Partition; got != want {
			t.Errorf("%s: %q, want %q", template, got, want)
		}
	}
}

// Metadata costs nothing per record.
func TestHotPathWithMetadataAllocatesNothing(t *testing.T) {
	api := apiServer(t)
	api.Set(shopPod(dotted, map[string]string{"k8slog.io/severity": "warn"}))
	for _, backend := range [][]string{
		{"backend", "stdout"}, {"backend", "loki", "endpoint", "http://127.0.0.1:1", "labels", "namespace, label:app"},
		{"backend", "elasticsearch", "endpoint", "http://127.0.0.1:1"}, {"backend", "elasticsearch", "endpoint", "http://127.0.0.1:1", "schema", "ecs"},
		{"backend", "otlp", "endpoint", "http://127.0.0.1:1"}, {"backend", "victorialogs", "endpoint", "http://127.0.0.1:1"},
	} {
		t.Run(strings.Join(backend, " "), func(t *testing.T) {
			e := newEncodeOnly(t, metadataOptions(api, append(backend, "metadata_steer", "severity", "metadata_labels", "*, namespace:*, node:*")...))
			until(t, "the pod is known", func() bool { return !e.Sources.ByPath([]byte(podPath)).Missing() })
			if e.Sources.ByPath([]byte(podPath)).Rules == nil {
				t.Error("the annotation makes no rule")
			}
			checkAllocations(t, e, "t", shopChunk(numbered(1000)...), shopChunk(numbered(2000)...))
		})
	}
}

// A record that is encoded again, after the label that names its tenant has changed, keeps the
// tenant and the labels of its request.
func TestLabelChangesInARequest(t *testing.T) {
	api := apiServer(t)
	api.Set(shopPod(map[string]string{"team": "one"}, nil))
	var in *Instance
	var mu sync.Mutex
	var got []string
	requests := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		if r.Header.Get("X-Scope-OrgID") == "" { // of a pod that is not known
			return
		}
		if requests++; requests == 1 { // both records: they are sent again, each alone
			api.Set(shopPod(map[string]string{"team": "two"}, nil))
			until(t, "the label has changed", func() bool {
				return in.pipeline.Sources.ByPath([]byte(podPath)).LabelField("label:team") == "two"
			})
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		for line := range strings.Lines(string(body)) {
			var record struct {
				Kubernetes struct{ Labels map[string]string }
			}
			if err := json.Unmarshal([]byte(line), &record); err != nil {
				t.Error(err)
			}
			got = append(got, r.Header.Get("X-Scope-OrgID")+" "+record.Kubernetes.Labels["team"])
		}
	}))
	defer server.Close()
	in, _ = start(t, metadataOptions(api, "backend", "http", "endpoint", server.URL, "tenant", "{label:team}", "request_timeout", "30s", "metadata_wait", "0s"))
	until(t, "the pod is known", func() bool { return !in.pipeline.Sources.ByPath([]byte(podPath)).Missing() })
	// The decoder keeps the source of the last path.
	other := []byte(strings.ReplaceAll(string(shopChunk("x")), "web-1_shop_web-", "web-9_shop_web-"))
	if status := in.Flush(workerThread, "t", slices.Concat(shopChunk("a"), shopChunk("b"), other)); status != OK {
		t.Fatal(status)
	}
	if want := []string{"one one", "one one"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	got = nil
	if status := in.Flush(workerThread, "t", shopChunk("c")); status != OK || !slices.Equal(got, []string{"two two"}) {
		t.Errorf("%q", got)
	}
}
