package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/k8slog/k8slog/test/agent"
)

// late is how old a line may get before it arrives: Fluent Bit hands chunks over once a
// second, and the machine of a test may be busy. On an idle one the lines are 1 s old.
const late = 10 * time.Second

// watchedReceiver is a receiver of NDJSON that notes how old each line is when it arrives.
// It answers as answer does, and stores what is answered with a success.
type watchedReceiver struct {
	answer func(r *http.Request) int

	mu       sync.Mutex
	arrived  map[string]time.Time // of a line that was stored, when it came first
	times    map[string]int       // of a line, how often it was stored
	now, max int                  // requests under way
}

func (w *watchedReceiver) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	at := time.Now()
	w.mu.Lock()
	w.now++
	w.max = max(w.max, w.now)
	w.mu.Unlock()
	status := w.answer(r)
	w.mu.Lock()
	w.now--
	for line := range bytes.Lines(body) {
		var record struct{ Log string }
		if json.Unmarshal(line, &record) == nil && status/100 == 2 {
			w.times[record.Log]++
			if w.arrived[record.Log].IsZero() {
				w.arrived[record.Log] = at
			}
		}
	}
	w.mu.Unlock()
	out.WriteHeader(status)
}

// stored returns the number of different lines that begin with a prefix.
func (w *watchedReceiver) stored(prefix string) (n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for line := range w.arrived {
		if strings.HasPrefix(line, prefix) {
			n++
		}
	}
	return n
}

// watchedNode is the log files of a node, whose lines tell when they were written.
type watchedNode struct {
	dir     string
	files   map[string]*os.File // by namespace
	written map[string]time.Time
}

func newWatchedNode(t *testing.T, dir string, namespaces ...string) *watchedNode {
	t.Helper()
	n := &watchedNode{dir: dir, files: map[string]*os.File{}, written: map[string]time.Time{}}
	for _, ns := range namespaces {
		path := filepath.Join(dir, fmt.Sprintf("web_%s_web-%s.log", ns, id64))
		write(t, path, "")
		file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { file.Close() })
		n.files[ns] = file
	}
	return n
}

// writeLine writes the next line of a namespace.
func (n *watchedNode) writeLine(namespace string, number int) {
	text := fmt.Sprintf("%s %d", namespace, number)
	n.written[text] = time.Now()
	fmt.Fprintf(n.files[namespace], "%s stdout F %s\n", time.Now().UTC().Format(time.RFC3339Nano), text)
}

// ages returns the ages of the lines with a prefix at their arrival, sorted.
func (n *watchedNode) ages(w *watchedReceiver, prefix string) (ages []time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for text, at := range n.written {
		if arrived, ok := w.arrived[text]; ok && strings.HasPrefix(text, prefix) {
			ages = append(ages, arrived.Sub(at))
		}
	}
	slices.Sort(ages)
	return ages
}

// watchedConf is the shipped layout: one tag, and the chunks on the disk. Chunks that were
// given back come again sooner, because the test waits for them.
func watchedConf(top, dir, output string) string {
	return fmt.Sprintf(`[SERVICE]
    flush          1
    grace          10
    scheduler.base 2
    scheduler.cap  5
    storage.path   %[1]s/storage
[INPUT]
    name           tail
    path           %[2]s/*.log
    tag            containers
    path_key       path
    offset_key     offset
    read_from_head on
    refresh_interval 1
    storage.type   filesystem
[OUTPUT]
    name             k8slog
    match            *
    retry_limit      no_limits
    workers          4
    path_key         path
    offset_key       offset
    dead_letter_path %[1]s/dead
%[3]s`, top, dir, output)
}

// A backend that stores every record and answers late gets every record once and in time,
// and every record is acknowledged.
func TestSlowIsNotDown(t *testing.T) {
	t.Parallel()
	for _, answersAfter := range []time.Duration{9 * time.Second, 25 * time.Second} {
		t.Run(answersAfter.String(), func(t *testing.T) {
			eachAgent(t, func(t *testing.T, a agent.Agent) { slowIsNotDown(t, a, answersAfter) })
		})
	}
}

func slowIsNotDown(t *testing.T, a agent.Agent, answersAfter time.Duration) {
	t.Parallel()
	w := &watchedReceiver{arrived: map[string]time.Time{}, times: map[string]int{}}
	w.answer = func(r *http.Request) int {
		select {
		case <-time.After(answersAfter):
		case <-r.Context().Done():
		}
		return http.StatusNoContent
	}
	server := httptest.NewServer(w)
	t.Cleanup(server.Close)
	top := t.TempDir()
	dir := filepath.Join(top, "containers")
	n := newWatchedNode(t, dir, "good")
	metrics := freePort(t)
	s := run(t, a, watchedConf(top, dir, fmt.Sprintf("    backend http\n    endpoint %s\n    status_listen 127.0.0.1:%d\n", server.URL, metrics)))
	const lines = 60
	for i := range lines {
		n.writeLine("good", i)
		time.Sleep(500 * time.Millisecond)
	}
	s.eventually("all lines", func() bool { return w.stored("good ") >= lines })
	ages := n.ages(w, "good ")
	in3 := len(ages) - len(slices.DeleteFunc(slices.Clone(ages), func(d time.Duration) bool { return d <= 3*time.Second }))
	t.Logf("%d of %d lines arrived within 3 s, the oldest after %v; %d requests at a time", in3, lines, ages[len(ages)-1], w.max)
	if oldest := ages[len(ages)-1]; oldest > late {
		t.Errorf("a line arrived after %v", oldest)
	}
	w.mu.Lock()
	for line, times := range w.times {
		if times > 1 {
			t.Errorf("%q came %d times", line, times)
		}
	}
	w.mu.Unlock()
	s.eventually("all lines are acknowledged", func() bool {
		return strings.Contains(s.metrics(metrics), "\nk8slog_records_pending 0\n")
	})
	s.stop()
}

// Tenants who are throttled, or down, keep nobody else from their records: the lines of
// the others arrive in time, and those that wait are parked and delivered in the end.
func TestTenantsWaitAlone(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ tenants, status int }{
		"298 tenants are throttled": {298, http.StatusTooManyRequests},
		"one tenant is down":        {1, http.StatusServiceUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			eachAgent(t, func(t *testing.T, a agent.Agent) { tenantsWaitAlone(t, a, c.tenants, c.status) })
		})
	}
}

func tenantsWaitAlone(t *testing.T, a agent.Agent, bad, status int) {
	t.Parallel()
	var healed atomic.Bool
	w := &watchedReceiver{arrived: map[string]time.Time{}, times: map[string]int{}}
	w.answer = func(r *http.Request) int {
		if strings.HasPrefix(r.Header.Get("X-Scope-Orgid"), "bad") && !healed.Load() {
			return status
		}
		return http.StatusNoContent
	}
	server := httptest.NewServer(w)
	t.Cleanup(server.Close)
	top := t.TempDir()
	dir := filepath.Join(top, "containers")
	names := []string{"good-a", "good-b"}
	for i := range bad {
		names = append(names, fmt.Sprintf("bad-%d", i))
	}
	n := newWatchedNode(t, dir, names...)
	metrics := freePort(t)
	s := run(t, a, watchedConf(top, dir, fmt.Sprintf("    backend http\n    endpoint %s\n    tenant {namespace}\n    status_listen 127.0.0.1:%d\n    park_path %s/parked\n    park_after 5s\n",
		server.URL, metrics, top)))
	const rounds = 60
	for i := range rounds {
		for _, name := range names {
			if strings.HasPrefix(name, "good") || i%4 == 0 {
				n.writeLine(name, i)
			}
		}
		time.Sleep(500 * time.Millisecond)
	}
	s.eventually("all good lines", func() bool { return w.stored("good") >= 2*rounds })
	ages := n.ages(w, "good")
	in3 := len(ages) - len(slices.DeleteFunc(slices.Clone(ages), func(d time.Duration) bool { return d <= 3*time.Second }))
	t.Logf("%d of %d good lines arrived within 3 s, the oldest after %v; %d requests at a time", in3, len(ages), ages[len(ages)-1], w.max)
	if oldest := ages[len(ages)-1]; oldest > late {
		t.Errorf("a good line arrived after %v", oldest)
	}
	if w.max > 100 {
		t.Errorf("%d requests at a time", w.max)
	}
	say := func(lines ...string) bool {
		text := s.metrics(metrics)
		return !slices.ContainsFunc(lines, func(line string) bool { return !strings.Contains(text, "\n"+line+"\n") })
	}
	waiting := bad * rounds / 4
	s.eventually("all others are parked", func() bool {
		return say(fmt.Sprint("k8slog_records_parked ", waiting), "k8slog_records_pending 0", fmt.Sprint("k8slog_partitions_down ", bad), "k8slog_backend_up 1")
	})
	healed.Store(true)
	s.Within(2*time.Minute, "all records", func() bool {
		return w.stored("bad") >= waiting && say("k8slog_records_parked 0", "k8slog_records_pending 0")
	})
	s.stop()
	w.mu.Lock()
	defer w.mu.Unlock()
	for line, times := range w.times {
		if times > 1 {
			t.Errorf("%q came %d times", line, times)
		}
	}
}

// metrics returns the metrics of a status server; empty while it does not answer.
func (s *session) metrics(port int) string {
	r, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/metrics", port))
	if err != nil {
		return ""
	}
	defer r.Body.Close()
	text, _ := io.ReadAll(r.Body)
	return string(text)
}
