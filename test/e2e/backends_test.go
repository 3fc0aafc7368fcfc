package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/k8slog/k8slog/test/agent"
	running "github.com/k8slog/k8slog/test/agent/session"
)

// runBackend starts an agent with the shipped configuration, but the output of
// conf/backends/name.conf, in which some texts are replaced by others.
func runBackend(t *testing.T, a agent.Agent, dir, name string, replace *strings.Replacer, env ...string) *session {
	t.Helper()
	return runBackendIn(t, a, dir, "fluent-bit.conf", name, replace, env...)
}

// runBackendIn is runBackend with a shipped configuration in either format.
func runBackendIn(t *testing.T, a agent.Agent, dir, format, name string, replace *strings.Replacer, env ...string) *session {
	t.Helper()
	ending := filepath.Ext(format)
	conf := filepath.Join(dir, "conf")
	if err := agent.CopyConf(root, conf); err != nil {
		t.Fatal(err)
	}
	change := func(name string, r *strings.Replacer) {
		path := filepath.Join(conf, name)
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		changed := r.Replace(string(text))
		if changed == string(text) {
			t.Fatalf("%s has nothing to replace", name)
		}
		write(t, path, changed)
	}
	change(format, strings.NewReplacer(" clusters/default"+ending, " backends/"+name+ending))
	if replace != nil {
		change("backends/"+name+ending, replace)
	}
	return wrap(running.Shipped(t, a, dir, format, env...))
}
