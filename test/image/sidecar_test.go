package image

import (
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/k8slog/k8slog/test/chart"
	"github.com/k8slog/k8slog/test/fake"
)

// sidecarPod is the pod of a manifest of a sidecar.
func sidecarPod(t *testing.T, name string, replace ...string) *pod {
	t.Helper()
	all := manifest(t, name, replace...)
	p := &pod{
		t: t, all: all, dir: t.TempDir(), spec: chart.Object(all["Deployment/shop"].At("spec", "template", "spec").(map[string]any)),
		meta: map[string]string{
			"spec.nodeName": "node-1", "metadata.name": "shop-7d9c6b5f4-x2x9z", "metadata.namespace": "shop",
			"metadata.uid": "3f0c8a52-6f0e-4b8f-9a55-0c2d6a1b7e44",
		},
	}
	// The user of the pod goes through the temporary folder of the test.
	for dir := p.dir; dir != os.TempDir() && dir != "/"; dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// application starts a container of the application in the pod: as the user of the
// pod, it writes lines that nobody else may read, until it is asked to end, and one
// more then.
func (p *pod) application(d *docker, file string) string {
	p.t.Helper()
	c := p.container("web")
	c["command"] = []any{"sh", "-c", fmt.Sprintf(`umask 077; trap 'echo the end >> %[1]s; exit 0' TERM
for i in 1 2 3 4 5 6 7 8 9; do echo "line $i" >> %[1]s; done; while :; do sleep 1 & wait; done`, file)}
	return d.start(p.arguments("web", busybox)...)
}

// The sidecar agent reads files with the mode 0600, and delivers every line, also the
// one that the application writes at its end.
func TestSidecar(t *testing.T) {
	d := needsDocker(t)
	loki := &fake.Loki{}
	server := httptest.NewServer(loki)
	defer server.Close()
	p := sidecarPod(t, "sidecar.yaml", "http://loki.logging:3100", server.URL)
	agent := d.start(p.arguments("k8slog", built)...)
	drain := d.start(p.arguments("drain", busybox)...)
	web := p.application(d, "/var/log/app/web.log")
	const labels = `{cluster="production", container="web", namespace="shop", pod="shop-7d9c6b5f4-x2x9z"}`
	d.eventually(agent, "the first lines", func() bool { return len(loki.Lines(labels)) == 9 })
	info, err := os.Stat(filepath.Join(p.volume("logs"), "web.log"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatal(info, err)
	}
	// The kubelet ends the application first, and native sidecars after it, the last
	// one first.
	for _, id := range []string{web, drain, agent} {
		if code := d.stopped(id); code != "0" {
			t.Errorf("the exit code is %s:\n%s", code, d.logs(id))
		}
	}
	if lines := loki.Lines(labels); len(lines) != 10 || !strings.Contains(lines[9], "the end") {
		t.Errorf("the lines are %q", lines)
	}
}

// The streaming sidecar prints files with the mode 0600, every line of them, and ends
// by itself when it is asked to.
func TestStreamingSidecar(t *testing.T) {
	d := needsDocker(t)
	p := sidecarPod(t, "streaming-sidecar.yaml")
	stream := d.start(p.arguments("access-log", busybox)...)
	web := p.application(d, "/var/log/app/access.log")
	d.eventually(stream, "the first lines", func() bool { return strings.Contains(d.logs(stream), "line 9\n") })
	for _, id := range []string{web, stream} {
		if code := d.stopped(id); code != "0" {
			t.Errorf("the exit code is %s:\n%s", code, d.logs(id))
		}
	}
	if log := d.logs(stream); strings.Count(log, "line ") != 9 || !strings.Contains(log, "the end\n") {
		t.Errorf("the log is %s", log)
	}
	took := d.run("inspect", "--format", "{{.State.FinishedAt}}", stream)
	t.Logf("stopped at %s; the application at %s", took, d.run("inspect", "--format", "{{.State.FinishedAt}}", web))
}
