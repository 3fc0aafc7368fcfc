package image

import (
	"fmt"
	"io/fs"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/k8slog/k8slog/test/agent/session"
	"github.com/k8slog/k8slog/test/chart"
	"github.com/k8slog/k8slog/test/fake"
	"github.com/k8slog/k8slog/test/sample"
)

// largest is what the image may have beside that of Fluent Bit.
const largest = 40 << 20

// The image says what it is, and adds little to Fluent Bit's.
func TestBuild(t *testing.T) {
	d := needsDocker(t)
	label := func(name string) string {
		return d.run("inspect", "--format", fmt.Sprintf(`{{index .Config.Labels "org.opencontainers.image.%s"}}`, name), built)
	}
	if version := label("version"); version != "0.0.1-test" {
		t.Errorf("the version is %q", version)
	}
	if revision := label("revision"); len(revision) != 40 {
		t.Errorf("the revision is %q", revision)
	}
	size := func(image string) int {
		n, err := strconv.Atoi(d.run("inspect", "--format", "{{.Size}}", image))
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	more := size(built) - size("fluent-bit:standin")
	t.Logf("%.1f MB above Fluent Bit's image", float64(more)/1e6)
	if more > largest {
		t.Errorf("%d bytes above Fluent Bit's image, and not %d", more, largest)
	}
}

// A path of the plugin of one's own is in the configuration as well.
func TestPluginPath(t *testing.T) {
	d := needsDocker(t)
	d.build("--build-arg PLUGIN=/opt/k8slog.so", "path")
	t.Cleanup(func() { d.run("rmi", "k8slog:path") }) // after its container
	id := d.start("k8slog:path", "--dry-run", "-c", "/fluent-bit/etc/fluent-bit.yaml")
	d.run("wait", id)
	if log := d.logs(id); !strings.Contains(log, "/opt/k8slog.so") && !strings.Contains(log, "configuration test is successful") {
		t.Errorf("Fluent Bit says %s", log)
	}
	d.run("cp", id+":/opt/k8slog.so", t.TempDir())
}

// node is a sample node whose files have the owners and the modes of a real one. The
// syslog is not root's, as on Debian and Ubuntu.
func node(t *testing.T) *sample.Node {
	t.Helper()
	n, err := sample.Lay(t.TempDir(), 50)
	if err != nil {
		t.Fatal(err)
	}
	err = filepath.WalkDir(n.Root, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			err = os.Chmod(path, 0o640)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// containers returns how many logs of containers a node has.
func containers(n *sample.Node) int {
	names, _ := filepath.Glob(filepath.Join(n.Root, "var/log/containers/*.log"))
	return len(names)
}

const syslogLines = 20

func writeSyslog(t *testing.T, n *sample.Node) {
	t.Helper()
	path := filepath.Join(n.Root, "var/log/syslog")
	var text strings.Builder
	for i := range syslogLines {
		fmt.Fprintf(&text, "2026-11-22T10:00:%02d.000000+00:00 node-1 sshd[1]: line %d\n", i, i)
	}
	if err := os.WriteFile(path, []byte(text.String()), 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(path, 104, 4); err != nil {
		t.Skip("the test needs root: ", err)
	}
}

// agentArguments returns how docker runs the agent of deploy/daemonset.yaml on a node,
// and the port of its metrics.
func agentArguments(t *testing.T, n *sample.Node, endpoint string) (args []string, port int) {
	t.Helper()
	ports := session.FreePorts(t, 2)
	all := manifest(t, "daemonset.yaml", "http://loki.logging:3100", endpoint,
		`"0.0.0.0:2021"`, fmt.Sprintf(`"127.0.0.1:%d"`, ports[0]), `http_listen: "0.0.0.0"`, `http_listen: "127.0.0.1"`, "http_port: 2020", fmt.Sprintf("http_port: %d", ports[1]))
	p := &pod{
		t: t, all: all, dir: n.Root, spec: chart.Object(all["DaemonSet/k8slog"].At("spec", "template", "spec").(map[string]any)),
		meta: map[string]string{"spec.nodeName": "node-1", "metadata.name": "k8slog-x2x9z", "metadata.namespace": "logging"},
	}
	if err := os.MkdirAll(filepath.Join(n.Root, "run/log"), 0o755); err != nil {
		t.Fatal(err)
	}
	return p.arguments("k8slog", built), ports[0]
}

// The agent runs as in deploy/daemonset.yaml: as root without capabilities but one, on a
// file system that it cannot write, and delivers every record of the node.
func TestAgent(t *testing.T) {
	for name, lay := range map[string]func(t *testing.T, n *sample.Node){
		"with a journal":    func(*testing.T, *sample.Node) {},
		"without a journal": func(t *testing.T, n *sample.Node) { os.RemoveAll(filepath.Join(n.Root, "var/log/journal")) },
	} {
		t.Run(name, func(t *testing.T) {
			d, n := needsDocker(t), node(t)
			lay(t, n)
			writeSyslog(t, n)
			loki := &fake.Loki{}
			server := httptest.NewServer(loki)
			defer server.Close()
			args, port := agentArguments(t, n, server.URL)
			id := d.start(args...)
			d.eventually(id, "all records", func() bool { return session.Delivered(port) >= n.Total+syslogLines })
			if problems := loki.Problems(); len(problems) > 0 {
				t.Error(problems)
			}
			if status, _ := session.Get(port, "/healthz"); status != 200 {
				t.Errorf("/healthz answers %d", status)
			}
			// The README's last command.
			all := fmt.Sprintf("%[1]d of %[1]d logs shown", containers(n))
			d.eventually(id, "all logs in the ledger", func() bool {
				return strings.Contains(d.run("exec", id, "/usr/local/bin/k8slog", "disk", "-all"), all)
			})
			resident(t, d, id)
			if code := d.stopped(id); code != "0" {
				t.Errorf("the exit code is %s", code)
			}
			log := d.logs(id)
			// Fluent Bit looks for the journal where the variable does not say.
			if count, want := strings.Count(log, "used but not set"), strings.Count(log, "this node has no journal"); count != want {
				t.Errorf("%d variables are not set", count)
			}
			// The folders of the mounts are made by Docker.
			for line := range strings.Lines(d.run("diff", id)) {
				if strings.HasPrefix(line, "A ") && !strings.Contains(line, "/etc/k8slog") && !strings.Contains(line, "/var/lib") && !strings.Contains(line, "/run/") {
					t.Errorf("the file system was written: %s", line)
				}
			}
		})
	}
}

// resident writes the memory of a container into the log of the test.
func resident(t *testing.T, d *docker, id string) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%s/status", d.run("inspect", "--format", "{{.State.Pid}}", id)))
	if err != nil {
		t.Log(err)
	}
	for line := range strings.Lines(string(status)) {
		if strings.HasPrefix(line, "VmHWM") || strings.HasPrefix(line, "VmRSS") || strings.HasPrefix(line, "CapEff") || strings.HasPrefix(line, "Seccomp:") || strings.HasPrefix(line, "NoNewPrivs") {
			t.Log(strings.Join(strings.Fields(line), " "))
		}
	}
}

// The one capability is needed: without it, the syslog is not read. All else is.
func TestCapabilityIsNeeded(t *testing.T) {
	d, n := needsDocker(t), node(t)
	writeSyslog(t, n)
	server := httptest.NewServer(&fake.Loki{})
	defer server.Close()
	args, port := agentArguments(t, n, server.URL)
	i := slices.Index(args, "DAC_READ_SEARCH")
	if i < 1 {
		t.Fatalf("no DAC_READ_SEARCH in %v", args)
	}
	id := d.start(slices.Delete(args, i-1, i+1)...)
	d.eventually(id, "all records of root's files", func() bool { return session.Delivered(port) == n.Total })
	d.eventually(id, "a complaint of Fluent Bit", func() bool {
		log := d.logs(id)
		return strings.Contains(log, "var/log/syslog") && (strings.Contains(log, "denied") || strings.Contains(log, "read error"))
	})
	if session.Delivered(port) != n.Total {
		t.Error("the syslog is read without the capability")
	}
}
