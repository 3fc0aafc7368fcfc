package node

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/k8slog/k8slog/test/agent"
	"github.com/k8slog/k8slog/test/agent/session"
)

// rig is a node with an agent that has the shipped configuration, and a sink.
type rig struct {
	t    *testing.T
	dir  string
	root string // the node's file system
	sink *Sink
	a    agent.Agent
	now  *session.Session // the agent that runs; nil for none
	logs []*session.Log

	settings map[string]string // options of the output that differ from the shipped ones
}

// root finds the top folder of the repository, which is not that of this module.
func top() string {
	dir, _ := filepath.Abs("../..")
	return dir
}

func newRig(t *testing.T, settings map[string]string) *rig {
	t.Helper()
	a, err := agent.FluentBit()
	if err != nil {
		t.Skip("the test needs a real Fluent Bit: ", err)
	}
	if _, err := os.Stat(agent.Plugin(top())); err != nil {
		t.Fatalf("%v; run make build", err)
	}
	r := &rig{t: t, dir: t.TempDir(), sink: NewSink(), a: a, settings: settings}
	t.Cleanup(r.sink.Close)
	r.root = filepath.Join(r.dir, "node")
	r.must(os.MkdirAll(filepath.Join(r.root, "var/log/containers"), 0o755))
	r.must(agent.CopyConf(top(), filepath.Join(r.dir, "conf")))
	r.edit("conf/fluent-bit.conf", "clusters/default.conf", "backends/http.conf")
	for option, value := range settings {
		r.set(option, value)
	}
	return r
}

func (r *rig) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

// edit replaces a text in a file of the configuration.
func (r *rig) edit(name, old, anew string) {
	r.t.Helper()
	path := filepath.Join(r.dir, name)
	text, err := os.ReadFile(path)
	r.must(err)
	if !strings.Contains(string(text), old) {
		r.t.Fatalf("%s has no %q", name, old)
	}
	r.must(os.WriteFile(path, []byte(strings.Replace(string(text), old, anew, 1)), 0o644))
}

// set sets an option of the output; an empty value removes it.
func (r *rig) set(option, value string) {
	path := filepath.Join(r.dir, "conf/backends/http.conf")
	text, err := os.ReadFile(path)
	r.must(err)
	line := regexp.MustCompile(`(?m)^ +` + regexp.QuoteMeta(option) + ` .*\n`)
	text = line.ReplaceAll(text, nil)
	if value != "" {
		text = append(text, fmt.Sprintf("    %s %s\n", option, value)...)
	}
	r.must(os.WriteFile(path, text, 0o644))
}

func (r *rig) start() {
	r.t.Helper()
	r.now = session.Shipped(r.t, r.a, r.dir, "fluent-bit.conf", "K8SLOG_ENDPOINT="+r.sink.URL)
	r.logs = append(r.logs, r.now.Log)
}

func (r *rig) kill() {
	r.now.Kill()
	r.now = nil
}

// stop stops the agent as the system does.
func (r *rig) stop() {
	r.t.Helper()
	if err := r.now.Stop(time.Minute); err != nil {
		r.t.Error(err)
	}
	r.now = nil
}

// eventually waits for a condition as long as it comes nearer.
func (r *rig) eventually(what string, progress func() int, is func() bool) bool {
	last, since := -1, time.Now()
	for !is() {
		if n := progress(); n != last {
			last, since = n, time.Now()
		}
		if time.Since(since) > 90*time.Second {
			r.t.Errorf("no progress for 90 s: %s", what)
			return false
		}
		time.Sleep(100 * time.Millisecond)
	}
	return true
}

var balance = regexp.MustCompile(`written (\d+) = settled (\d+) \+ waiting (\d+) \+ unread (\d+) \+ missing (\d+) bytes`)

// figures returns the last figures that the agent wrote into its log.
func figures(log string) string {
	all := balance.FindAllString(log, -1)
	if len(all) == 0 {
		return ""
	}
	return all[len(all)-1]
}
