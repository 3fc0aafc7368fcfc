package e2e

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/k8slog/k8slog/test/agent"
)

// receiver keeps the texts that it accepts. It refuses what is not NDJSON.
type receiver struct {
	*httptest.Server

	mu     sync.Mutex
	n      int
	answer func(n int, w http.ResponseWriter, r *http.Request) (stored bool)
	texts  map[string]int
}

func receive(t *testing.T, answer func(n int, w http.ResponseWriter, r *http.Request) bool) *receiver {
	r := &receiver{answer: answer, texts: map[string]int{}}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		body, err := io.ReadAll(request.Body)
		if err != nil {
			return
		}
		r.mu.Lock()
		r.n++
		n := r.n
		r.mu.Unlock()
		if r.answer != nil && !r.answer(n, w, request) {
			return
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		for line := range strings.Lines(string(body)) {
			r.texts[*parse(t, []byte(line)).Log]++
		}
	}))
	t.Cleanup(r.Close)
	return r
}

// stored returns how many different texts have arrived, and how many at all.
func (r *receiver) stored() (different, all int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, n := range r.texts {
		all += n
	}
	return len(r.texts), all
}

// lay writes containers with numbered lines and returns how many lines.
func lay(t *testing.T, dir string, containers, lines int) int {
	t.Helper()
	for c := range containers {
		var text strings.Builder
		for i := range lines {
			fmt.Fprintf(&text, `{"log":"%d/%d\n","stream":"stdout","time":"2026-11-22T10:00:00.%06dZ"}`+"\n", c, i, i)
		}
		write(t, filepath.Join(dir, fmt.Sprintf("web-%d_default_web-%s.log", c, id64)), text.String())
	}
	return containers * lines
}

// A backend that refuses, resets and throttles for a while: every line
// arrives, once, because none was stored before its yes.
func TestBackendWithMoods(t *testing.T) {
	moods := []func(w http.ResponseWriter, r *http.Request){
		func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) },
		func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusTooManyRequests)
		},
		func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, // resets
		func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },    // hangs
	}
	eachAgent(t, func(t *testing.T, a agent.Agent) {
		r := receive(t, func(n int, w http.ResponseWriter, request *http.Request) bool {
			if n <= 2*len(moods) {
				moods[n%len(moods)](w, request)
				return false
			}
			return true
		})
		dir := filepath.Join(t.TempDir(), "containers")
		total := lay(t, dir, 4, 500)
		s := run(t, a, containerConf(dir, "    workers 2\n    backend http\n    endpoint "+r.URL+
			"\n    request_timeout 500ms\n    flush_deadline 3s\n    backoff_min 50ms\n    backoff_max 200ms\n"))
		s.eventually("all lines", func() bool { n, _ := r.stored(); return n == total })
		s.stop()
		if n, all := r.stored(); n != total || all != total {
			t.Errorf("%d lines, %d different, want %d", all, n, total)
		}
		if !strings.Contains(s.log.String(), fmt.Sprintf("received %[1]d = delivered %[1]d + dead-lettered 0 + dropped 0 + pending 0", total)) {
			t.Error("no balance in the log")
		}
	})
}

// What the backend refuses for good lies in the dead-letter file.
func TestDeadLetters(t *testing.T) {
	eachAgent(t, func(t *testing.T, a agent.Agent) {
		r := receive(t, func(_ int, w http.ResponseWriter, _ *http.Request) bool {
			w.WriteHeader(http.StatusGone)
			return false
		})
		dir := filepath.Join(t.TempDir(), "containers")
		total := lay(t, dir, 2, 20)
		s := run(t, a, containerConf(dir, "    workers 2\n    backend http\n    endpoint "+r.URL+"\n    http_reject 410\n"))
		dead := filepath.Join(filepath.Dir(dir), "dead")
		s.eventually("all letters", func() bool { return countLines(dead) >= total })
		s.stop()
		if n := countLines(dead); n != total {
			t.Errorf("%d letters, want %d", n, total)
		}
		if info, err := os.Stat(dead); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%v %v", info.Mode(), err)
		}
	})
}

// A stop delivers what was read.
func TestStopDelivers(t *testing.T) {
	eachAgent(t, func(t *testing.T, a agent.Agent) {
		dir := filepath.Join(t.TempDir(), "containers")
		path := filepath.Join(t.TempDir(), "records")
		total := lay(t, dir, 4, 1000)
		conf := containerConf(dir, "    workers 2\n    backend file\n    file_path "+path+"\n")
		s := run(t, a, conf)
		s.eventually("the first line", func() bool { return countLines(path) > 0 })
		s.stop()
		if n := countLines(path); n != total {
			t.Errorf("%d lines, want %d", n, total)
		}
	})
}

// Two outputs of different kinds beside each other: one is down, the other
// has everything.
func TestTwoOutputs(t *testing.T) {
	eachAgent(t, func(t *testing.T, a agent.Agent) {
		r := receive(t, func(_ int, w http.ResponseWriter, _ *http.Request) bool {
			w.WriteHeader(http.StatusServiceUnavailable)
			return false
		})
		dir := filepath.Join(t.TempDir(), "containers")
		path := filepath.Join(t.TempDir(), "records")
		total := lay(t, dir, 4, 1000)
		s := run(t, a, containerConf(dir, "    workers 2\n    backend http\n    flush_deadline 1s\n    request_timeout 1s\n    endpoint "+r.URL+"\n")+
			"[OUTPUT]\n    name k8slog\n    match *\n    workers 2\n    backend file\n    cluster_name second\n    file_path "+path+
			"\n    dead_letter_path "+path+".dead\n    tag_prefix "+tagOf(dir)+".\n")
		s.eventually("all lines", func() bool { return countLines(path) == total })
		for _, r := range records(t, path) {
			if r.Cluster != "second" || r.Kubernetes == nil {
				t.Fatalf("%+v", r)
			}
		}
		if n, _ := r.stored(); n != 0 {
			t.Errorf("%d lines", n)
		}
	})
}

// A bad option stops the agent at start, with a line that says what is wrong.
func TestBadOptions(t *testing.T) {
	folder := t.TempDir()
	for options, want := range map[string]string{
		"":                                      "option backend: must be set; allowed: file, stdout, http, loki",
		"backend splunkk":                       `option backend: "splunkk" is not one of the choices; allowed: file, stdout, http, loki`,
		"backend http":                          "option endpoint: must be set for backend http; allowed: http:// or https:// URLs",
		"backend stdout\n    batch_bytes 12x":   `option batch_bytes: "12x" is not a size; allowed: 1KiB to 64MiB`,
		"backend file\n    file_path " + folder: "option file_path: ",
		"backend stdout\n    flush_deadline 1hour": `option flush_deadline: "1hour" is not a duration; allowed: 100ms to 10m`,
	} {
		t.Run(strings.ReplaceAll(options, "\n   ", ","), func(t *testing.T) {
			eachAgent(t, func(t *testing.T, a agent.Agent) {
				dir := filepath.Join(t.TempDir(), "containers")
				lay(t, dir, 1, 1)
				s := run(t, a, containerConf(dir, "    workers 2\n    "+options+"\n"))
				if err := s.ended(); err == nil {
					t.Error("the agent ended well")
				}
				if !strings.Contains(s.log.String(), want) {
					t.Errorf("no line %q", want)
				}
			})
		})
	}
}

// Without workers there is a loud warning, and logs still arrive.
func TestWithoutWorkers(t *testing.T) {
	eachAgent(t, func(t *testing.T, a agent.Agent) {
		dir := filepath.Join(t.TempDir(), "containers")
		path := filepath.Join(t.TempDir(), "records")
		total := lay(t, dir, 2, 100)
		s := run(t, a, containerConf(dir, "    backend file\n    file_path "+path+"\n"))
		s.eventually("all lines", func() bool { return countLines(path) == total })
		s.stop()
		if strings.Count(s.log.String(), "runs without workers") != 1 {
			t.Error("no warning, or more than one")
		}
	})
}
