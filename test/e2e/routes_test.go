package e2e

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/k8slog/k8slog/test/agent"
	"github.com/k8slog/k8slog/test/fake"
)

const routesOfTest = `
destinations:
  errors: {backend: elasticsearch, endpoint: 'http://%s', index: errors}
routes:
  - {match: {}, to: default}
  - {match: {namespace: shop}, when: {severity: error or above}, to: errors}
`

// killable is a server that can be killed, and comes back at the same address.
type killable struct {
	t       *testing.T
	handler http.Handler
	address string
	server  *http.Server
}

func newKillable(t *testing.T, handler http.Handler) *killable {
	k := &killable{t: t, handler: handler, address: "127.0.0.1:0"}
	k.start()
	t.Cleanup(k.kill)
	return k
}

func (k *killable) start() {
	k.t.Helper()
	listener, err := net.Listen("tcp", k.address)
	if err != nil {
		k.t.Fatal(err)
	}
	k.address, k.server = listener.Addr().String(), &http.Server{Handler: k.handler}
	go func() { _ = k.server.Serve(listener) }()
}

func (k *killable) kill() { _ = k.server.Close() }

// counted counts the lines that a server gets.
type counted struct {
	mu    sync.Mutex
	lines map[string]int
}

func (c *counted) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for line := range strings.Lines(string(body)) {
		c.lines[line]++
	}
	w.WriteHeader(http.StatusNoContent)
}

// repeats returns the number of different lines, and of those that came again.
func (c *counted) repeats() (different, again int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, n := range c.lines {
		again += n - 1
	}
	return len(c.lines), again
}

// All records go to one backend, and the errors to another one as well, which is killed and
// comes back. The agent is killed meanwhile. Every record is at each of its destinations, and
// only what was in flight when the agent was killed comes twice.
func TestRoutes(t *testing.T) {
	eachAgent(t, func(t *testing.T, a agent.Agent) {
		all, errors := &counted{lines: map[string]int{}}, &fake.Elasticsearch{}
		own, other := newKillable(t, all), newKillable(t, errors)
		top := t.TempDir()
		dir := filepath.Join(top, "containers")
		path := filepath.Join(dir, "web-0_shop_web-"+id64+".log")
		write(t, path, "")
		file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		rules := filepath.Join(top, "rules.yaml")
		write(t, rules, fmt.Sprintf(routesOfTest, other.address))
		conf := strings.Replace(containerConf(dir, fmt.Sprintf("    workers 2\n    backend http\n    endpoint http://%s\n    rules_file %s\n    park_path %s\n    park_after 1s\n    backoff_max 500ms\n",
			own.address, rules, filepath.Join(top, "parked"))),
			"    read_from_head on\n", fmt.Sprintf("    read_from_head on\n    db %s\n    storage.type filesystem\n", filepath.Join(top, "tail.db")), 1)
		conf = strings.Replace(conf, "[SERVICE]\n", "[SERVICE]\n    storage.path "+filepath.Join(top, "storage")+"\n", 1)
		start := func() *session { return run(t, a, conf) }
		s := start()
		written, failures := 0, 0
		writeLines := func(n int) {
			for range n {
				text := fmt.Sprintf(`{"level":"info","msg":"%d"}`, written)
				if written%5 == 0 {
					text = fmt.Sprintf(`{"level":"error","msg":"%d"}`, written)
					failures++
				}
				fmt.Fprintf(file, "%s stdout F %s\n", time.Now().UTC().Format(time.RFC3339Nano), text)
				written++
				time.Sleep(5 * time.Millisecond)
			}
		}
		delivered := func() bool { n, _ := all.repeats(); return n == written }
		writeLines(100)
		s.eventually("the first records at both", func() bool { return delivered() && len(errors.Docs()) == failures })
		other.kill()
		writeLines(100)
		s.eventually("all records at the one that is up", delivered)
		parked := func() bool {
			paths, _ := filepath.Glob(filepath.Join(top, "parked", "*.parked"))
			return len(paths) > 0
		}
		s.eventually("the others are parked", parked)
		inFlight := 0
		if a.Real {
			time.Sleep(3 * time.Second) // so that what was written before has its outcome
			inFlight = 40
			writeLines(inFlight)
			s.Kill()
			s = start()
		}
		writeLines(60)
		s.eventually("all records after that", delivered)
		if n := len(errors.Docs()); n != 20 {
			t.Errorf("%d errors are at the server that was killed", n)
		}
		other.start()
		s.eventually("the errors", func() bool { return len(ids(errors)) == failures })
		s.eventually("nothing is parked", func() bool { return !parked() })
		s.stop()
		if n, again := all.repeats(); n != written || again > inFlight {
			t.Errorf("%d records at the first, %d of them again; want %d, and %d at most", n, again, written, inFlight)
		}
		if n, again := len(ids(errors)), len(errors.Docs())-failures; n != failures || again > inFlight/5 {
			t.Errorf("%d errors at the second, %d of them again; want %d, and %d at most", n, again, failures, inFlight/5)
		}
		for text := range ids(errors) {
			if !strings.Contains(text, `"error"`) {
				t.Errorf("at the destination of errors: %s", text)
			}
		}
	})
}

// ids are the different texts of a server.
func ids(server *fake.Elasticsearch) map[string]bool {
	all := map[string]bool{}
	for _, d := range server.Docs() {
		all[fmt.Sprint(d.Source["log"], d.Source["message"])] = true
	}
	return all
}
