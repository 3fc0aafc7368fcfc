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
	"sync"
	"testing"
	"time"

	"github.com/k8slog/k8slog/test/agent"
)

const patience = time.Minute

// root is the top folder of the repository.
var root = func() string {
	dir, err := agent.Root()
	if err != nil {
		panic(err)
	}
	return dir
}()

// eachAgent runs a test in every program that can load the plugin here.
func eachAgent(t *testing.T, test func(t *testing.T, a agent.Agent)) {
	if _, err := os.Stat(agent.Plugin(root)); err != nil {
		t.Fatalf("%v; run make build", err)
	}
	if a, err := agent.FluentBit(); err == nil {
		t.Run("Fluent Bit", func(t *testing.T) { t.Log(a); test(t, a) })
	} else {
		t.Log("only the test host is used:", err)
	}
	t.Run("test host", func(t *testing.T) {
		a := agent.TestHost(root)
		if _, err := os.Stat(a.Path); err != nil {
			t.Fatalf("%v; run make test", err)
		}
		test(t, a)
	})
}

// buffer is a bytes.Buffer for one writer and one reader.
type buffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// session is an agent that runs.
type session struct {
	*agent.Process
	t   *testing.T
	log *buffer
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
	conf := filepath.Join(dir, "conf")
	if err := agent.CopyConf(root, conf); err != nil {
		t.Fatal(err)
	}
	return watch(t, func(log io.Writer) (*agent.Process, error) {
		return a.Start(filepath.Join(conf, format), "", append(env,
			"K8SLOG_NODE_ROOT="+filepath.Join(dir, "node"), "K8SLOG_CLUSTER=test", "K8SLOG_TIME_ZONE=UTC", "NODE_NAME=node-1"), log)
	})
}

// watch starts a program. The test's end kills it if it is still there, and
// shows its log if the test has failed.
func watch(t *testing.T, start func(log io.Writer) (*agent.Process, error)) *session {
	t.Helper()
	log := &buffer{}
	p, err := start(log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.Kill()
		if t.Failed() {
			t.Logf("its log:\n%s", log)
		}
	})
	return &session{Process: p, t: t, log: log}
}

// stop ends the agent as the system would, and fails the test if it does not
// go in time.
func (s *session) stop() {
	s.t.Helper()
	if err := s.Stop(patience); err != nil {
		s.t.Error(err)
	}
}

// ended waits until the agent has ended by itself.
func (s *session) ended() error {
	s.t.Helper()
	select {
	case <-s.Done():
	case <-time.After(patience):
		s.t.Fatal("the agent still runs")
	}
	return s.Err()
}

// eventually waits for a condition.
func (s *session) eventually(what string, condition func() bool) {
	s.t.Helper()
	for end := time.Now().Add(patience); !condition(); time.Sleep(20 * time.Millisecond) {
		select {
		case <-s.Done():
			s.t.Fatalf("the agent ended before %s: %v", what, s.Err())
		default:
		}
		if time.Now().After(end) {
			s.t.Fatalf("no %s within %v", what, patience)
		}
	}
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
