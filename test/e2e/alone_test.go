package e2e

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/k8slog/k8slog/test/agent"
	"github.com/k8slog/k8slog/test/fake"
)

// refusing is a backend that takes the lines of the pod good, and not those of the
// pod bad until it is healed.
type refusing struct {
	http.Handler
	url    string // of a real server; empty for the Handler
	conf   string
	healed atomic.Bool
	heal   func() // of a real server
	// lines returns what is stored of a pod, in any order.
	lines func(pod string) []string
}

func refusingLoki() *refusing {
	r := &refusing{conf: "    backend loki\n    labels namespace, pod\n"}
	server := &fake.Loki{Limited: func(labels string) bool { return strings.Contains(labels, `pod="bad"`) && !r.healed.Load() }}
	r.Handler = server
	r.lines = func(pod string) []string { return server.Lines(fmt.Sprintf(`{namespace="%s", pod="%s"}`, pod, pod)) }
	return r
}

func refusingElasticsearch(f fake.Failure) func() *refusing {
	return func() *refusing {
		r := &refusing{conf: "    backend elasticsearch\n    index logs-{namespace}-default\n"}
		server := &fake.Elasticsearch{Each: func(_ int, d fake.Doc) *fake.Failure {
			if d.Index == "logs-bad-default" && !r.healed.Load() {
				return &f
			}
			return nil
		}}
		r.Handler = server
		r.lines = func(pod string) (lines []string) {
			for _, d := range server.Docs() {
				if d.Index == "logs-"+pod+"-default" {
					lines = append(lines, fmt.Sprint(d.Source["log"], d.Source["message"]))
				}
			}
			return lines
		}
		return r
	}
}

// refusingHTTP fails on every request that has a line of the pod bad in it.
func refusingHTTP() *refusing {
	r := &refusing{conf: "    backend http\n"}
	var mu sync.Mutex
	stored := map[string][]string{}
	r.Handler = http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		body, _ := io.ReadAll(request.Body)
		if strings.Contains(string(body), `"bad`) && !r.healed.Load() {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		mu.Lock()
		defer mu.Unlock()
		for line := range strings.Lines(string(body)) {
			pod := "good"
			if strings.Contains(line, `"log":"bad`) {
				pod = "bad"
			}
			stored[pod] = append(stored[pod], line)
		}
	})
	r.lines = func(pod string) []string {
		mu.Lock()
		defer mu.Unlock()
		return append([]string(nil), stored[pod]...)
	}
	return r
}

// parkedRecords finds the number of records of a line of parked records.
var parkedRecords = regexp.MustCompile(`"records":(\d+),"(?:raw|zstd)"`)

// What a backend refuses for now of one stream, one index or one record waits
// alone, on the disk: all else is delivered meanwhile, by the process that comes
// after a kill as well, and what waited is delivered in the end.
func TestWhatFailsWaitsAlone(t *testing.T) {
	for name, backend := range map[string]func() *refusing{
		"loki stream over its limit":    refusingLoki,
		"elasticsearch index read-only": refusingElasticsearch(fake.Failure{Status: 429, Type: "cluster_block_exception", Reason: "index [logs-bad-default] blocked by: [TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage watermark, index has read-only-allow-delete block];"}),
		"elasticsearch index forbidden": refusingElasticsearch(fake.Failure{Status: 403, Type: "security_exception", Reason: "action [indices:data/write/bulk[s]] is unauthorized"}),
		"elasticsearch too many shards": refusingElasticsearch(fake.Failure{Status: 400, Type: "validation_exception", Reason: "Validation Failed: 1: this action would add [2] shards, but this cluster currently has [1000]/[1000] maximum normal shards open;"}),
		"http record that fails":        refusingHTTP,
	} {
		t.Run(name, func(t *testing.T) {
			eachAgent(t, func(t *testing.T, a agent.Agent) { waitsAlone(t, a, backend()) })
		})
	}
}

func waitsAlone(t *testing.T, a agent.Agent, r *refusing) {
	if r.url == "" {
		server := httptest.NewServer(r)
		t.Cleanup(server.Close)
		r.url, r.heal = server.URL, func() { r.healed.Store(true) }
	}
	top := t.TempDir()
	dir := filepath.Join(top, "containers")
	files := map[string]*os.File{}
	for _, pod := range []string{"good", "bad"} {
		path := filepath.Join(dir, fmt.Sprintf("%s_%s_web-%s.log", pod, pod, id64))
		write(t, path, "")
		file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		files[pod] = file
	}
	conf := strings.Replace(containerConf(dir, fmt.Sprintf("    workers 2\n    endpoint %s\n    park_path %s\n    park_after 1s\n%s", r.url, filepath.Join(top, "parked"), r.conf)),
		"    read_from_head on\n", fmt.Sprintf("    read_from_head on\n    db %s\n    storage.type filesystem\n", filepath.Join(top, "tail.db")), 1)
	conf = strings.Replace(conf, "[SERVICE]\n", "[SERVICE]\n    storage.path "+filepath.Join(top, "storage")+"\n    storage.max_chunks_up 32\n", 1)
	start := func() *session { return run(t, a, conf) }
	s := start()
	written := 0
	writeLines := func(n int) {
		for range n {
			for pod, file := range files {
				if pod == "bad" && strings.Contains(r.conf, "backend http") && written%10 > 0 {
					continue // a record that fails now and then
				}
				text := fmt.Sprint(pod, " ", written)
				if pod == "bad" { // the stream over its limit is the largest of a push: of others Loki does not say so
					text += strings.Repeat(" and more", 30)
				}
				fmt.Fprintf(file, "%s stdout F %s\n", time.Now().UTC().Format(time.RFC3339Nano), text)
			}
			written++
			time.Sleep(20 * time.Millisecond)
		}
	}
	bad := func() int { return countLines(files["bad"].Name()) }
	parked := func() int {
		paths, _ := filepath.Glob(filepath.Join(top, "parked", "*.parked"))
		n := 0
		for _, path := range paths {
			text, _ := os.ReadFile(path)
			for _, match := range parkedRecords.FindAllSubmatch(text, -1) {
				records, _ := strconv.Atoi(string(match[1]))
				n += records
			}
		}
		return n
	}
	writeLines(50)
	s.eventually("the good lines", func() bool { return len(r.lines("good")) >= written })
	s.eventually("all bad lines are parked", func() bool { return parked() >= bad() })
	writeLines(20)
	if a.Real {
		s.Kill()
		s = start()
	}
	writeLines(20)
	s.eventually("the good lines after that", func() bool { return len(r.lines("good")) >= written })
	if n := len(r.lines("bad")); n > 0 {
		t.Fatalf("%d bad lines are stored", n)
	}
	r.heal()
	s.eventually("the bad lines", func() bool { return len(r.lines("bad")) >= bad() })
	s.eventually("nothing is parked", func() bool { return parked() == 0 })
	s.stop()
	for pod := range files {
		seen := map[string]bool{}
		for _, line := range r.lines(pod) {
			seen[line] = true
		}
		want := written
		if pod == "bad" {
			want = bad()
		}
		if len(seen) != want {
			t.Errorf("%d different lines of %s, want %d", len(seen), pod, want)
		}
	}
}
