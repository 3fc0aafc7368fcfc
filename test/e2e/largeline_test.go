package e2e

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/k8slog/k8slog/test/agent"
	running "github.com/k8slog/k8slog/test/agent/session"
)

// arrivals is a backend that keeps when the lines of the pod good have arrived, and how
// large all others were.
type arrivals struct {
	mu     sync.Mutex
	good   map[string]time.Time
	others []int
}

func (a *arrivals) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	lines := bufio.NewReaderSize(r.Body, 1<<20)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return
		}
		var record struct {
			Log        string
			Kubernetes struct {
				Pod string `json:"pod_name"`
			}
		}
		if err := json.Unmarshal(line, &record); err != nil {
			http.Error(w, err.Error(), http.StatusTeapot)
			return
		}
		a.mu.Lock()
		if record.Kubernetes.Pod == "good" {
			if _, again := a.good[record.Log]; !again {
				a.good[record.Log] = time.Now()
			}
		} else {
			a.others = append(a.others, len(record.Log))
		}
		a.mu.Unlock()
	}
}

const largeLine = 16 << 20

// largeLines are ways to write a line of 16 MB into the log of a container.
var largeLines = map[string]func(w *bufio.Writer){
	"docker in pieces of 16 KiB": func(w *bufio.Writer) {
		for n := range largeLine / (16 << 10) {
			text := strings.Repeat("x", 16<<10)
			if n == largeLine/(16<<10)-1 {
				text = text[1:] + `\n`
			}
			fmt.Fprintf(w, `{"log":"%s","stream":"stdout","time":"2026-11-22T10:00:00.%09dZ"}`+"\n", text, n)
		}
	},
	"docker slowly in pieces": func(w *bufio.Writer) {
		for n := range largeLine / (16 << 10) {
			text := strings.Repeat("x", 16<<10)
			if n == largeLine/(16<<10)-1 {
				text = text[1:] + `\n`
			}
			fmt.Fprintf(w, `{"log":"%s","stream":"stdout","time":"2026-11-22T10:00:00.%09dZ"}`+"\n", text, n)
			if n%200 == 199 {
				w.Flush()
				time.Sleep(time.Second)
			}
		}
	},
	"CRI in pieces of 16 KiB": func(w *bufio.Writer) {
		for n := range largeLine / (16 << 10) {
			tag := "P"
			if n == largeLine/(16<<10)-1 {
				tag = "F"
			}
			fmt.Fprintf(w, "2026-11-22T10:00:00.%09dZ stdout %s %s\n", n, tag, strings.Repeat("x", 16<<10))
		}
	},
	"one line": func(w *bufio.Writer) {
		fmt.Fprintf(w, "2026-11-22T10:00:00Z stdout F %s\n", strings.Repeat("x", largeLine))
	},
	"one line of JSON": func(w *bufio.Writer) {
		fmt.Fprintf(w, `2026-11-22T10:00:00Z stdout F {"msg":"a","text":"%s"}`+"\n", strings.Repeat(`xyz\n`, largeLine/4))
	},
}

// lateness is how much later than before the large lines a good line may arrive.
const lateness = 3 * time.Second

// Lines of 16 MB hold up no other line, however they are written.
func TestLargeLines(t *testing.T) {
	running.Each(t, func(t *testing.T, a agent.Agent) {
		if !a.Real {
			t.Skip("needs a real tail")
		}
		besideLargeLines(t, a)
	})
}

func besideLargeLines(t *testing.T, a agent.Agent) {
	got := &arrivals{good: map[string]time.Time{}}
	server := httptest.NewServer(got)
	t.Cleanup(server.Close)
	top := t.TempDir()
	dir := filepath.Join(top, "containers")
	path := func(pod string) string { return filepath.Join(dir, fmt.Sprintf("%s_%s_web-%s.log", pod, pod, id64)) }
	write(t, path("good"), "")
	write(t, path("big"), "")
	conf := fmt.Sprintf(`[SERVICE]
    flush          1
    grace          15
    storage.path   %[1]s/storage
[INPUT]
    name           tail
    path           %[2]s/*.log
    path_key       path
    offset_key     offset
    tag            containers
    db             %[1]s/tail.db
    storage.type   filesystem
    mem_buf_limit  1k
    read_from_head on
    refresh_interval 1
    buffer_chunk_size 64k
    buffer_max_size 64M
[OUTPUT]
    name           k8slog
    match          *
    workers        4
    retry_limit    no_limits
    backend        http
    endpoint       %[3]s
    path_key       path
    offset_key     offset
    multiline      all
    compression    none
    memory_limit   64MiB
    dead_letter_path %[1]s/dead
`, top, dir, server.URL)
	s := run(t, a, conf)
	file, err := os.OpenFile(path("good"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	written := map[string]time.Time{}
	good := func(seconds int) {
		for range seconds {
			text := fmt.Sprint("good ", len(written))
			written[text] = time.Now()
			fmt.Fprintf(file, "%s stdout F %s\n", time.Now().UTC().Format(time.RFC3339Nano), text)
			time.Sleep(time.Second)
		}
	}
	// worst is the longest time that a line took.
	worst := func() (longest time.Duration) {
		s.eventually("the good lines", func() bool {
			got.mu.Lock()
			defer got.mu.Unlock()
			return len(got.good) == len(written)
		})
		got.mu.Lock()
		defer got.mu.Unlock()
		for text, at := range written {
			longest = max(longest, got.good[text].Sub(at))
		}
		clear(written)
		clear(got.good)
		return longest
	}
	good(4)
	before := worst()
	big, err := os.OpenFile(path("big"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer big.Close()
	for name, large := range largeLines {
		var writing sync.WaitGroup
		writing.Go(func() {
			w := bufio.NewWriterSize(big, 1<<20)
			large(w)
			w.Flush()
		})
		good(6)
		writing.Wait()
		during := worst()
		t.Logf("%s: the good lines arrived within %v, and %v before", name, during, before)
		if during > before+lateness {
			t.Errorf("%s: a good line was late", name)
		}
	}
	s.eventually("the large lines", func() bool {
		got.mu.Lock()
		defer got.mu.Unlock()
		total := 0
		for _, n := range got.others {
			total += n
		}
		return total >= len(largeLines)*largeLine*9/10
	})
	s.stop()
}
