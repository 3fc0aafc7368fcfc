package cluster

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/metadata"
	"github.com/k8slog/k8slog/plugin/options"
)

var away = flag.Duration("away", 20*time.Second, "how long the API server is away in TestAPIServerAway")

const (
	awayNodes = 50 // nodes that follow their pods
	awayPods  = 4  // pods of each node
)

// The API server that all nodes ask is stopped, and started again later. Labels are changed
// meanwhile over another one. They arrive afterwards, and the nodes do not come at once.
func TestAPIServerAway(t *testing.T) {
	r := newAPIRig(t)
	other, err := r.StartOtherAPIServer()
	r.must(err)
	r.create()
	for i := range awayNodes {
		r.follow(i)
	}
	r.eventually("all pods", func() bool { return r.known("first") == awayNodes*awayPods })
	before := memory()
	began := r.requests(time.Time{})
	t.Logf("start: %v", began)

	r.KillAPIServer()
	killed := time.Now()
	r.kubectl("--server", other, "label", "pods", "-n", "shop", "--all", "--overwrite", "version=second")
	r.kubectl("--server", other, "label", "namespace", "shop", "--overwrite", "team=new")
	most := before
	for time.Since(killed) < *away {
		time.Sleep(min(5*time.Second, *away/4))
		most = max(most, memory())
	}
	if n := r.known("first"); n != awayNodes*awayPods {
		t.Errorf("of %d pods the labels are known while the API server is away", n)
	}
	started := time.Now()
	r.must(r.StartAPIServer())
	ready := time.Now()
	r.eventually("the labels that were changed meanwhile", func() bool { return r.known("second") == awayNodes*awayPods })
	arrived := time.Since(ready)
	r.eventually("the label of the namespace", func() bool { return r.team() == "new" })
	t.Logf("%v away; ready after %v; all labels known %v later", started.Sub(killed).Round(time.Second), ready.Sub(started).Round(time.Second), arrived.Round(time.Second))
	again := r.requests(started)
	t.Logf("again: %v", again)

	r.kubectl("label", "pods", "-n", "shop", "--all", "--overwrite", "version=third")
	r.eventually("labels over the watch that came back", func() bool { return r.known("third") == awayNodes*awayPods })
	after := memory()
	t.Logf("memory of %d nodes: %d KiB before, at most %d KiB while away, %d KiB after", awayNodes, before>>10, most>>10, after>>10)
	if limit := before + awayNodes*100<<10; most > limit || after > limit {
		t.Error("the memory grows")
	}
	// A node lists its pods and its namespaces once, and watches both; a try may meet a server
	// that starts.
	if again.most > 2*awayNodes || again.total > 10*awayNodes {
		t.Errorf("%d nodes come at once: %v", awayNodes, again)
	}
}

// apiRig is an API server, and nodes that follow their pods at it.
type apiRig struct {
	*rig
	audit  string
	stores []*metadata.Store
}

func newAPIRig(t *testing.T) *apiRig {
	r := &apiRig{rig: &rig{T: t}}
	bin, err := filepath.Abs(*programs)
	r.must(err)
	r.Cluster = newCluster(t.TempDir(), bin)
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(r.Logs())
		}
		for _, s := range r.stores {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}
		r.KillAPIServer()
		if err := r.Cluster.Stop(); err != nil {
			t.Error(err)
		}
	})
	r.audit = r.path("audit.log")
	r.write(r.path("audit.yaml"), "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: Metadata}]\n")
	r.APIFlags = []string{"--audit-log-path", r.audit, "--audit-policy-file", r.path("audit.yaml"), "--disable-admission-plugins", "ServiceAccount"}
	r.must(r.do(r.Cluster.write, r.startEtcd, r.StartAPIServer))
	token, err := os.ReadFile(r.path("tokens.csv"))
	r.must(err)
	admin, _, _ := strings.Cut(string(token), ",")
	r.write(r.path("token"), admin)
	return r
}

func awayNode(i int) string { return fmt.Sprintf("node-%d", i) }

func awayPod(i, k int) string { return fmt.Sprintf("web-%d-%d", i, k) }

// create creates the pods of all nodes. No kubelet runs them.
func (r *apiRig) create() {
	var all strings.Builder
	all.WriteString("apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {team: old}}\n")
	for i := range awayNodes {
		for k := range awayPods {
			fmt.Fprintf(&all, "---\napiVersion: v1\nkind: Pod\nmetadata: {name: %s, namespace: shop, labels: {version: first}}\n"+
				"spec: {nodeName: %s, containers: [{name: c, image: none}]}\n", awayPod(i, k), awayNode(i))
		}
	}
	r.write(r.path("pods.yaml"), all.String())
	r.kubectl("create", "-f", r.path("pods.yaml"))
}

// follow follows the pods of a node.
func (r *apiRig) follow(i int) {
	s, err := metadata.Open(metadata.Config{
		Options: options.Metadata{
			API: true, URL: "https://" + nodeIP + ":443", TokenFile: r.path("token"), CAFile: r.path("pki/apiserver.crt"),
			Wait: time.Second, Labels: []options.TagPattern{{Object: "pod", Glob: "*"}}, Fields: []string{options.FieldOwner},
		},
		Node: awayNode(i), Version: "test", Infof: func(string, ...any) {}, Warnf: func(string, ...any) {},
	})
	r.must(err)
	s.Start()
	r.stores = append(r.stores, s)
}

// of returns what the store of a node says of a pod.
func (r *apiRig) of(i, k int) *filters.Metadata {
	return r.stores[i].Of(&filters.Source{Kind: filters.Container, Namespace: "shop", Pod: awayPod(i, k)})
}

// known returns how many pods are known with a version.
func (r *apiRig) known(version string) (n int) {
	for i := range r.stores {
		for k := range awayPods {
			if v, _ := r.of(i, k).Pod.Labels.Get("version"); v == version {
				n++
			}
		}
	}
	return n
}

// team returns the label of the namespace, where all nodes agree.
func (r *apiRig) team() (team string) {
	for i := range r.stores {
		t, _ := r.of(i, 0).Namespace.Labels.Get("team")
		if team = t; t != "new" {
			return t
		}
	}
	return team
}

// load is what the nodes asked of the API server.
type load struct {
	total, most int // requests, and the most of them that came within a second
	byVerb      map[string]int
}

func (l load) String() string {
	return fmt.Sprintf("%d requests of %d nodes, at most %d within a second, %v", l.total, awayNodes, l.most, l.byVerb)
}

// requests returns the requests of the nodes since a time, of the audit log.
func (r *apiRig) requests(since time.Time) load {
	file, err := os.Open(r.audit)
	r.must(err)
	defer file.Close()
	all := load{byVerb: map[string]int{}}
	var times []time.Time
	lines := bufio.NewScanner(file)
	for lines.Buffer(nil, 1<<20); lines.Scan(); {
		var event struct {
			Stage, Verb, UserAgent   string
			RequestReceivedTimestamp time.Time
			ResponseStatus           struct{ Code int }
			ObjectRef                struct{ Resource string }
		}
		r.must(json.Unmarshal(lines.Bytes(), &event))
		if event.Stage != "RequestReceived" || !strings.HasPrefix(event.UserAgent, "k8slog/") || event.RequestReceivedTimestamp.Before(since) {
			continue
		}
		all.total++
		all.byVerb[event.Verb+" "+event.ObjectRef.Resource]++
		times = append(times, event.RequestReceivedTimestamp)
	}
	r.must(lines.Err())
	// Events are written in about their order.
	for _, from := range times {
		n := 0
		for _, at := range times {
			if d := at.Sub(from); d >= 0 && d < time.Second {
				n++
			}
		}
		all.most = max(all.most, n)
	}
	return all
}

// memory returns the bytes that are in use on the heap.
func memory() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
