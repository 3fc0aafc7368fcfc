package chart

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/k8slog/k8slog/test/agent/session"
)

var strict = flag.String("strict", "", "the program of test/helm/strict; without it, the test is skipped")

// Kubernetes' own types have every field of the manifests, and of the chart with every
// option.
func TestSchema(t *testing.T) {
	needsHelm(t)
	if *strict == "" {
		t.Skip("the test needs test/helm/strict; run make test-chart")
	}
	all, err := Template("--values", everything)
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{"everything": all}
	for _, name := range []string{"daemonset.yaml", "direct.yaml", "sidecar.yaml", "streaming-sidecar.yaml"} {
		text, err := os.ReadFile(filepath.Join(session.Root, "deploy", name))
		if err != nil {
			t.Fatal(err)
		}
		texts[name] = string(text)
	}
	for name, text := range texts {
		command := exec.Command(*strict)
		command.Stdin = strings.NewReader(text)
		if out, err := command.CombinedOutput(); err != nil || !strings.Contains(string(out), "read: apps/v1, Kind=D") {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}
