// Package e2e runs the plugin in the programs that load it: a real Fluent Bit
// where there is one, and test/host always. `make test` builds what it needs.
package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/k8slog/k8slog/test/agent"
	running "github.com/k8slog/k8slog/test/agent/session"
)

const patience = running.Patience

// root is the top folder of the repository.
var root = running.Root

// eachAgent runs a test in every program that can load the plugin here, beside
// others: most of a test's time is waiting.
func eachAgent(t *testing.T, test func(t *testing.T, a agent.Agent)) {
	t.Parallel()
	running.Each(t, test)
}

// session is an agent that runs.
type session struct {
	*running.Session
	t   *testing.T
	log *running.Log
}

// run starts an agent with a configuration.
func run(t *testing.T, a agent.Agent, conf string, env ...string) *session {
	t.Helper()
	path := filepath.Join(t.TempDir(), "test.conf")
	if err := os.WriteFile(path, []byte(conf), 0o644); err != nil {
		t.Fatal(err)
	}
	return watch(t, func(log io.Writer) (*agent.Process, error) {
		return a.Start(path, agent.Plugin(root), env, log)
	})
}

// runShipped starts an agent with a copy of the shipped configuration, in one
// of its formats, for the node below dir/node.
func runShipped(t *testing.T, a agent.Agent, dir, format string, env ...string) *session {
	t.Helper()
	if err := agent.CopyConf(root, filepath.Join(dir, "conf")); err != nil {
		t.Fatal(err)
	}
	return wrap(running.Shipped(t, a, dir, format, env...))
}

// watch starts a program that ends with the test.
func watch(t *testing.T, start func(log io.Writer) (*agent.Process, error)) *session {
	t.Helper()
	return wrap(running.Watch(t, start))
}

func wrap(s *running.Session) *session { return &session{Session: s, t: s.T, log: s.Log} }

func (s *session) stop() {
	s.t.Helper()
	s.End()
}

func (s *session) ended() error {
	s.t.Helper()
	return s.Ended()
}

func (s *session) eventually(what string, condition func() bool) {
	s.t.Helper()
	s.Eventually(what, condition)
}

// record is a delivered record.
type record struct {
	Time       string         `json:"time"`
	Log        *string        `json:"log"`
	Stream     string         `json:"stream"`
	Severity   string         `json:"severity"`
	Component  string         `json:"component"`
	Kubernetes map[string]any `json:"kubernetes"`
	Node       string         `json:"node"`
	Cluster    string         `json:"cluster"`
	Undecoded  bool           `json:"undecoded"`
	Partial    bool           `json:"partial"`
}

func parse(t *testing.T, line []byte) (r record) {
	t.Helper()
	if err := json.Unmarshal(line, &r); err != nil {
		t.Fatalf("%q is not a record: %v", line, err)
	}
	return r
}

// records reads a file of records; nil while there is none.
func records(t *testing.T, path string) (all []record) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		all = append(all, parse(t, lines.Bytes()))
	}
	return all
}

func countLines(path string) int {
	text, _ := os.ReadFile(path)
	return bytes.Count(text, []byte{'\n'})
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// tagOf is what Tag kube.* makes of a path.
func tagOf(path string) string { return "kube" + strings.ReplaceAll(path, "/", ".") }

// containerConf tails the containers of a node below dir with the output
// given, and a tag per file.
func containerConf(dir, output string) string {
	return fmt.Sprintf(`[SERVICE]
    flush          0.2
    grace          10
    scheduler.base 1
    scheduler.cap  2
[INPUT]
    name           tail
    path           %[1]s/*.log
    tag            kube.*
    read_from_head on
    refresh_interval 1
[OUTPUT]
    name             k8slog
    match            *
    retry_limit      no_limits
    tag_prefix       %[2]s.
    dead_letter_path %[3]s
%[4]s`, dir, tagOf(dir), filepath.Join(filepath.Dir(dir), "dead"), output)
}
