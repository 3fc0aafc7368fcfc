package cluster

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/k8slog/k8slog/test/agent"
	"github.com/k8slog/k8slog/test/node"
)

var programs = flag.String("programs", "../../build/cluster", "the folder of the programs of Kubernetes")

func TestMain(m *testing.M) {
	flag.Parse()
	if missing := missing(); missing != "" {
		fmt.Println("ok: no cluster on this machine, because", missing)
		return
	}
	code, err := Isolated(m.Run)
	if err != nil {
		fmt.Println(err)
		code = 1
	}
	os.Exit(code)
}

// missing says what a cluster needs that this machine does not have; empty for nothing.
func missing() string {
	if os.Getuid() != 0 {
		return "it needs root"
	}
	if programs := node.Missing("containerd", "ctr", "runc", "ip", "mount"); len(programs) > 0 {
		return "it needs " + strings.Join(programs, ", ")
	}
	if _, err := os.Stat("/usr/lib/cni/bridge"); err != nil {
		return "it needs the plugins of the container network interface (containernetworking-plugins)"
	}
	if _, err := agent.FluentBit(); err != nil {
		return "it needs a real Fluent Bit: " + err.Error()
	}
	return ""
}

// patience is how long a step may take.
const patience = 3 * time.Minute

// rig is a cluster with workloads, an agent on its node, and a backend.
type rig struct {
	*testing.T
	*Cluster
	sink   *Sink
	pods   *Pods
	files  *Files
	faults []string
}

func newRig(t *testing.T) *rig {
	dir := t.TempDir()
	bin, err := filepath.Abs(*programs)
	r := &rig{T: t}
	r.must(err)
	r.Cluster, err = Start(dir, bin)
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(r.Logs())
			t.Log("what failed, once more behind the logs:\n" + strings.Join(r.faults, "\n"))
		}
		r.KillAPIServer()
		if err := r.Cluster.Stop(); err != nil {
			t.Error(err)
		}
	})
	r.must(err)
	r.sink, err = NewSink()
	r.must(err)
	t.Cleanup(r.sink.Close)
	fluentBit, err := agent.FluentBit()
	r.must(err)
	top, err := filepath.Abs("../..")
	r.must(err)
	for _, build := range []func() (string, error){
		func() (string, error) { return WriterImage(dir) },
		func() (string, error) { return Image(dir, top, fluentBit.Path) },
	} {
		image, err := build()
		r.must(err)
		r.must(r.Load(image))
	}
	r.pods, err = r.WatchPods()
	r.must(err)
	t.Cleanup(r.pods.Stop)
	r.files, err = KeepFiles("/var/log/pods")
	r.must(err)
	r.must(r.StartKubelet())
	return r
}

// Errorf and Fatalf keep what failed, because the logs of a cluster are long.
func (r *rig) Errorf(format string, args ...any) {
	r.Helper()
	r.faults = append(r.faults, fmt.Sprintf(format, args...))
	r.T.Errorf(format, args...)
}

func (r *rig) Fatalf(format string, args ...any) {
	r.Helper()
	r.faults = append(r.faults, fmt.Sprintf(format, args...))
	r.T.Fatalf(format, args...)
}

func (r *rig) must(err error) {
	r.Helper()
	if err != nil {
		r.Fatalf("%v", err)
	}
}

func (r *rig) write(path, text string) { r.must(os.WriteFile(path, []byte(text), 0o644)) }

// kubectl runs kubectl, and fails the test if kubectl fails.
func (r *rig) kubectl(args ...string) string {
	r.Helper()
	out, err := r.Kubectl(args...)
	r.must(err)
	return out
}

// eventually waits for a condition.
func (r *rig) eventually(what string, is func() bool) {
	r.Helper()
	for end := time.Now().Add(patience); !is(); time.Sleep(200 * time.Millisecond) {
		if time.Now().After(end) {
			out, _ := r.Kubectl("get", "pods", "-A", "-o", "wide")
			agents, _ := filepath.Glob("/var/log/pods/logging_*/*/*.log")
			for _, name := range agents {
				text, _ := os.ReadFile(name)
				out += fmt.Sprintf("\n=== %s\n%s", name, text[max(len(text)-3000, 0):])
			}
			r.Fatalf("not in %s: %s\n%s", patience, what, out)
		}
	}
}

// more waits until so many more lines have arrived.
func (r *rig) more(lines int) {
	r.Helper()
	from := r.sink.Total()
	r.eventually(fmt.Sprintf("%d more lines", lines), func() bool { return r.sink.Total() >= from+lines })
}

// counts returns how many lines each run of a container has written that has ended.
func (r *rig) counts() map[string]int {
	counts := map[string]int{}
	entries, err := os.ReadDir("/run/counts")
	r.must(err)
	for _, entry := range entries {
		text, err := os.ReadFile(filepath.Join("/run/counts", entry.Name()))
		r.must(err)
		counts[entry.Name()], err = strconv.Atoi(string(text))
		r.must(err)
	}
	return counts
}

// The agent is installed as its users install it. Then all that happens on a cluster
// happens at once: pods come and go, logs are rotated, and the backend, the API server and
// the agent are away for a time.
func TestCluster(t *testing.T) {
	r := newRig(t)
	static, err := os.ReadFile("workloads/static.yaml")
	r.must(err)
	r.write(r.path("static/proxy.yaml"), string(static))

	r.install()
	r.kubectl("apply", "-f", "workloads/workloads.yaml")
	r.more(20_000)

	t.Log("the workload is rolled out anew")
	r.kubectl("rollout", "restart", "deployment/web", "-n", "shop")
	r.kubectl("rollout", "status", "deployment/web", "-n", "shop", "--timeout=3m")

	r.arrive(r.counts()) // of the pods whose files are removed

	t.Log("the agent is rolled out anew")
	r.upgrade()
	r.more(20_000)

	r.rollback()
	r.more(20_000)

	r.kubectl("apply", "-f", "workloads/crash.yaml")
	t.Log("the backend is away")
	r.sink.Down.Store(true)
	r.kubectl("rollout", "restart", "deployment/web", "-n", "shop")
	r.kubectl("rollout", "status", "deployment/web", "-n", "shop", "--timeout=3m")
	r.sink.Down.Store(false)
	r.more(20_000)

	t.Log("the node is drained")
	r.kubectl("drain", Node, "--ignore-daemonsets", "--delete-emptydir-data", "--force", "--timeout=3m")
	r.kubectl("uncordon", Node)
	r.more(20_000)

	t.Log("the API server is away")
	r.KillAPIServer()
	r.more(20_000)
	r.must(r.StartAPIServer())
	r.must(r.pods.Watch())

	t.Log("the workloads end")
	r.must(os.Remove(r.path("static/proxy.yaml")))
	r.kubectl("delete", "namespace", "shop", "batch", "--timeout=3m")
	r.eventually("the end of the static pod", func() bool {
		return !strings.Contains(r.kubectl("get", "pods", "-n", "kube-system", "-o", "name"), "proxy")
	})
	counts := r.counts()
	r.arrive(counts)
	r.uninstall()
	r.compare(counts)
}

// arrive waits until all lines have arrived, or none of those that are missing for a while:
// then compare says which they are.
func (r *rig) arrive(counts map[string]int) {
	missing := func() (n int) {
		for name, count := range counts {
			n += max(count-r.sink.Arrived(name), 0)
		}
		return n
	}
	for last, since := missing(), time.Now(); last > 0 && time.Since(since) < time.Minute; time.Sleep(200 * time.Millisecond) {
		if n := missing(); n != last {
			last, since = n, time.Now()
		}
	}
}
