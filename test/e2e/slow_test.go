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
	"testing"
	"time"

	"github.com/k8slog/k8slog/test/agent"
)

// late is how old a line may get before it arrives: Fluent Bit hands chunks over once a
// second, and the machine of a test may be busy. On an idle one the lines are 1 s old.
const late = 5 * time.Second

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
	for _, answersAfter := range []time.Duration{9 * time.Second, 25 * time.Second} {
		t.Run(answersAfter.String(), func(t *testing.T) {
			eachAgent(t, func(t *testing.T, a agent.Agent) { slowIsNotDown(t, a, answersAfter) })
		})
	}
}

func slowIsNotDown(t *testing.T, a agent.Agent, answersAfter time.Duration) {
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
		r, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/metrics", metrics))
		if err != nil {
			return false
		}
		defer r.Body.Close()
		text, _ := io.ReadAll(r.Body)
		return strings.Contains(string(text), "\nk8slog_records_pending 0\n")
	})
	s.stop()
}
