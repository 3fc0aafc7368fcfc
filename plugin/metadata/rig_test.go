package metadata

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/internal/kubeapi"
	"github.com/k8slog/k8slog/plugin/options"
	"github.com/k8slog/k8slog/test/fake"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	node   = "node-1"
	uid    = "3f0c8a52-6f0e-4b8f-9a55-0c2d6a1b7e44"
	secret = "eyJhbGciOi.top-secret"
)

// rig is an API server and stores that follow it, in synthetic time.
type rig struct {
	t       *testing.T
	server  *fake.APIServer
	memory  *fake.Memory
	token   string // the file
	options options.Metadata

	mu  sync.Mutex
	log []string
}

// inRig runs a test with a server that has a node, two namespaces and no pods.
func inRig(t *testing.T, test func(r *rig)) {
	synctest.Test(t, func(t *testing.T) {
		r := &rig{t: t, memory: fake.NewMemory(), token: filepath.Join(t.TempDir(), "token")}
		r.options = options.Metadata{
			API: true, Wait: 2 * time.Second, Labels: []options.TagPattern{{Object: "pod", Glob: "*"}}, Fields: []string{options.FieldOwner},
		}
		r.server = fake.NewAPIServer(r.memory.Serve)
		r.server.Token = secret
		r.writeToken(secret)
		r.server.Set(fake.Object("v1", "Node", "", node, map[string]string{"topology.kubernetes.io/zone": "z1"}, nil))
		for _, name := range []string{"shop", "kube-system"} {
			r.server.Set(fake.Object("v1", "Namespace", "", name, map[string]string{"team": name + "-team"}, nil))
		}
		test(r)
		r.server.Cut()
		r.server.Close()
		if problems := r.server.Problems(); len(problems) > 0 {
			t.Error(problems)
		}
		if log := strings.Join(r.lines(), "\n"); strings.Contains(log, secret) {
			t.Errorf("the token is in the log: %s", log)
		}
	})
}

func (r *rig) writeToken(token string) {
	if err := os.WriteFile(r.token, []byte(token+"\n"), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

// start starts a store. The test must close it.
func (r *rig) start() *Store {
	r.t.Helper()
	s, err := Open(r.config())
	if err != nil {
		r.t.Fatal(err)
	}
	s.SetWorkers(4)
	s.Start()
	return s
}

func (r *rig) config() Config {
	logf := func(format string, args ...any) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.log = append(r.log, fmt.Sprintf(format, args...))
	}
	return Config{
		Options: r.options, Node: node, Version: "1", Infof: logf, Warnf: logf,
		Client: kubeapi.New(kubeapi.Config{URL: "http://localhost", TokenFile: r.token, Dial: r.memory.Dial}),
	}
}

func (r *rig) stop(s *Store) {
	r.t.Helper()
	if err := s.Close(); err != nil {
		r.t.Error(err)
	}
}

func (r *rig) lines() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string{}, r.log...)
}

// logged returns how many lines have a text.
func (r *rig) logged(text string) (n int) {
	for _, line := range r.lines() {
		if strings.Contains(line, text) {
			n++
		}
	}
	return n
}

// requested returns how many requests begin with a text.
func (r *rig) requested(text string) (n int) {
	for _, line := range r.server.Requests() {
		if strings.HasPrefix(line, text) {
			n++
		}
	}
	return n
}

func labels(pairs ...string) map[string]string {
	m := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return m
}

// web is a pod of a Deployment.
func web(app string) map[string]any {
	return fake.Pod("shop", "web-7d9c6b5f4-x2x9z", uid, node, labels("app", app, "pod-template-hash", "7d9c6b5f4"), nil, "ReplicaSet", "web-7d9c6b5f4")
}

var webSource = &filters.Source{Kind: filters.Container, Namespace: "shop", Pod: "web-7d9c6b5f4-x2x9z", PodUID: uid, Container: "app"}

// settle lets everything happen that happens at once.
func settle() { synctest.Wait() }
