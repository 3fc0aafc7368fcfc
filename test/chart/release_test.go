package chart

import (
	"flag"
	"strings"
	"testing"
)

var kubeconfig = flag.String("kubeconfig", "", "the kubeconfig of a cluster for tests, in which the chart is installed; without it, the test is skipped")

// An API server takes the chart, its upgrade to every option, and the way back. No pod
// needs to run. Kinds of the Prometheus operator are left out.
func TestRelease(t *testing.T) {
	needsHelm(t)
	if *kubeconfig == "" {
		t.Skip("the test needs a cluster; run make test-chart TEST_KUBECONFIG=file")
	}
	const namespace = "k8slog-chart-test"
	helm := func(args ...string) string {
		t.Helper()
		out, err := Helm(append(args, "--namespace", namespace, "--kubeconfig", *kubeconfig)...)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	helm("install", "k8slog", Folder, "--create-namespace", "--set", "backend=loki,endpoint=http://loki.logging:3100")
	t.Cleanup(func() { helm("uninstall", "k8slog") })
	before := helm("get", "manifest", "k8slog")
	helm("upgrade", "k8slog", Folder, "--values", everything, "--set", "podMonitor.enabled=false,prometheusRule.enabled=false")
	if after := helm("get", "manifest", "k8slog"); after == before || !strings.Contains(after, "k8slog-direct") {
		t.Error("the upgrade changes nothing")
	}
	helm("rollback", "k8slog", "1")
	if after := helm("get", "manifest", "k8slog"); after != before {
		t.Errorf("after the way back, the release is\n%s", after)
	}
}
