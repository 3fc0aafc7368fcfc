// Package session is an agent in a test: it runs one, keeps its log, waits for
// what it does, and ends it with the test.
package session

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/k8slog/k8slog/test/agent"
)

// Patience is how long anything may take that a test waits for.
const Patience = 3 * time.Minute

// Root is the top folder of the repository.
var Root = func() string {
	dir, err := agent.Root()
	if err != nil {
		panic(err)
	}
	return dir
}()

// Each runs a test in every program that can load the plugin here, and says
// which one it is.
func Each(t *testing.T, test func(t *testing.T, a agent.Agent)) {
	if _, err := os.Stat(agent.Plugin(Root)); err != nil {
		t.Fatalf("%v; run make build", err)
	}
	if a, err := agent.FluentBit(); err == nil {
		t.Run("Fluent Bit", func(t *testing.T) { t.Log(a); test(t, a) })
	} else {
		t.Log("only the test host is used:", err)
	}
	t.Run("test host", func(t *testing.T) {
		a := agent.TestHost(Root)
		if _, err := os.Stat(a.Path); err != nil {
			t.Fatalf("%v; run make test", err)
		}
		t.Log(a)
		test(t, a)
	})
}

// Log is a bytes.Buffer for one writer and one reader.
type Log struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

// Write implements io.Writer.
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

// String is all that was written so far.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// Session is an agent that runs.
type Session struct {
	*agent.Process
	T   *testing.T
	Log *Log
}

// Watch starts a program. The test's end kills it if it is still there, and
// shows its log if the test has failed.
func Watch(t *testing.T, start func(log io.Writer) (*agent.Process, error)) *Session {
	t.Helper()
	log := &Log{}
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
	return &Session{Process: p, T: t, Log: log}
}

// Shipped starts an agent with the configuration below dir/conf, in one of its
// formats, for the node below dir/node. The journal of the node is empty. What
// env names takes the place of all this.
func Shipped(t *testing.T, a agent.Agent, dir, format string, env ...string) *Session {
	t.Helper()
	node, journal := filepath.Join(dir, "node"), filepath.Join(dir, "journal")
	for _, folder := range []string{journal, filepath.Join(node, "var/lib/k8slog")} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	env = append([]string{
		"K8SLOG_NODE_ROOT=" + node, "K8SLOG_JOURNAL=" + journal,
		"K8SLOG_CLUSTER=test", "K8SLOG_TIME_ZONE=UTC", "NODE_NAME=node-1",
	}, env...)
	return Watch(t, func(log io.Writer) (*agent.Process, error) {
		return a.Start(filepath.Join(dir, "conf", format), "", env, log)
	})
}

// End stops the agent as the system would, and fails the test if it does not
// go in time.
func (s *Session) End() {
	s.T.Helper()
	if err := s.Stop(Patience); err != nil {
		s.T.Error(err)
	}
}

// Ended waits until the agent has ended by itself.
func (s *Session) Ended() error {
	s.T.Helper()
	select {
	case <-s.Done():
	case <-time.After(Patience):
		s.T.Fatal("the agent still runs")
	}
	return s.Err()
}

// Eventually waits for a condition, for as long as anything may take.
func (s *Session) Eventually(what string, condition func() bool) {
	s.T.Helper()
	s.Within(Patience, what, condition)
}

// Within waits for a condition.
func (s *Session) Within(limit time.Duration, what string, condition func() bool) {
	s.T.Helper()
	for end := time.Now().Add(limit); !condition(); time.Sleep(20 * time.Millisecond) {
		select {
		case <-s.Done():
			s.T.Fatalf("the agent ended before %s: %v", what, s.Err())
		default:
		}
		if time.Now().After(end) {
			s.T.Fatalf("no %s within %v", what, limit)
		}
	}
}
