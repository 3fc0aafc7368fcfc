package plugin

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/k8slog/k8slog/plugin/ledger"
	"github.com/k8slog/k8slog/test/stall"
)

func TestMain(m *testing.M) {
	stall.Watch()
	goleak.VerifyTestMain(m, goleak.IgnoreCurrent())
}

func TestDelivers(t *testing.T) {
	r := receive(t, nil)
	in, _ := start(t, map[string]string{"backend": "http", "endpoint": r.URL})
	texts := numbered(1000) // one request
	if status := in.Flush(workerThread, podTag, dockerChunk(texts...)); status != OK {
		t.Fatalf("status %d", status)
	}
	if !slices.Equal(r.got(), texts) {
		t.Error("not all lines arrived once, in order")
	}
	if b := in.Balance(); b != (ledger.Balance{Received: 1000, Delivered: 1000}) {
		t.Error(b)
	}
}

func TestLargeChunkTravelsInParts(t *testing.T) {
	r := receive(t, nil)
	in, _ := start(t, map[string]string{"backend": "http", "endpoint": r.URL, "batch_bytes": "10KiB"})
	texts := numbered(1000)
	if status := in.Flush(workerThread, podTag, dockerChunk(texts...)); status != OK {
		t.Fatalf("status %d", status)
	}
	got := r.got()
	if stall.IsCrowded() { // what answers late loses the order
		slices.Sort(got)
		slices.Sort(texts)
	}
	if !slices.Equal(got, texts) || r.requests < 10 {
		t.Errorf("%d lines in %d requests", len(got), r.requests)
	}
}

func TestRetriesInsideTheDeadline(t *testing.T) {
	r := receive(t, func(n int, _ []string) int { return map[bool]int{true: 503, false: 200}[n < 3] })
	in, _ := start(t, map[string]string{"backend": "http", "endpoint": r.URL})
	if status := in.Flush(workerThread, podTag, dockerChunk("a")); status != OK {
		t.Fatalf("status %d", status)
	}
	if !slices.Equal(r.got(), []string{"a"}) {
		t.Error(r.got())
	}
}

func TestCorruptChunk(t *testing.T) {
	whole := string(dockerChunk("c"))
	for name, rest := range map[string]string{
		"no event": "\xc1 this is no event", "cut off": whole[:len(whole)-1], "events behind": "\xc1" + whole,
	} {
		t.Run(name, func(t *testing.T) {
			r := receive(t, nil)
			in, host := start(t, map[string]string{"backend": "http", "endpoint": r.URL})
			c := dockerChunk("a", "b")
			if status := in.Flush(workerThread, podTag, append(c, rest...)); status != OK {
				t.Fatalf("status %d", status)
			}
			if !slices.Equal(r.got(), []string{"a", "b"}) {
				t.Error(r.got())
			}
			dead := letters(t, host)
			if len(dead) != 1 || dead[0].Reason != "corrupt chunk" || dead[0].Record != nil {
				t.Fatalf("%+v", dead)
			}
			if raw, _ := base64.StdEncoding.DecodeString(dead[0].Raw); string(raw) != rest {
				t.Errorf("raw %q", raw)
			}
			if b := in.Balance(); b != (ledger.Balance{Received: 3, Delivered: 2, DeadLettered: 1}) {
				t.Error(b)
			}
			if host.logged("is corrupt") == 0 {
				t.Error("the log does not say that a chunk is corrupt")
			}
		})
	}
}

func TestPanicIsARetryAndCounted(t *testing.T) {
	r := receive(t, nil)
	in, host := start(t, map[string]string{"backend": "http", "endpoint": r.URL})
	chain := in.pipeline.Filters
	in.pipeline.Filters = append(slices.Clone(chain), nil) // a nil filter panics
	if status := in.Flush(workerThread, podTag, dockerChunk("a")); status != Retry {
		t.Fatalf("status %d", status)
	}
	if in.ledger.Panics.Load() != 1 || host.logged("panic in a chunk") != 1 {
		t.Errorf("%d panics counted, log %q", in.ledger.Panics.Load(), host.log)
	}
	in.pipeline.Filters = chain
	if status := in.Flush(workerThread, podTag, dockerChunk("a")); status != OK {
		t.Fatalf("status %d", status)
	}
}

func TestWithoutWorkers(t *testing.T) {
	blocked := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-blocked }))
	defer server.Close()
	defer close(blocked)
	in, host := start(t, map[string]string{"backend": "http", "endpoint": server.URL, "flush_deadline": "1m", "request_timeout": "50s"})
	begin := time.Now()
	for range 2 {
		if status := in.Flush(engineThread, podTag, dockerChunk("a")); status != Retry {
			t.Fatalf("status %d", status)
		}
	}
	if took := time.Since(begin); took > 30*time.Second {
		t.Errorf("the engine was stopped for %v", took)
	}
	if host.logged("without workers") != 1 {
		t.Errorf("log %q", host.log)
	}
}

func TestInstancesAreIndependent(t *testing.T) {
	r := receive(t, func(int, []string) int { return 503 })
	path := filepath.Join(t.TempDir(), "records")
	down, _ := start(t, map[string]string{"backend": "http", "endpoint": r.URL, "flush_deadline": "200ms", "request_timeout": "200ms"})
	up, _ := start(t, map[string]string{"backend": "file", "file_path": path, "cluster_name": "two"})
	c := dockerChunk("a")
	if status := down.Flush(workerThread, podTag, c); status != Retry {
		t.Errorf("status %d", status)
	}
	if status := up.Flush(workerThread, podTag, c); status != OK {
		t.Errorf("status %d", status)
	}
	text, err := os.ReadFile(path)
	if err != nil || strings.Count(string(text), "\n") != 1 || !strings.Contains(string(text), `"cluster":"two"`) {
		t.Errorf("%s: %v", text, err)
	}
	if a, b := down.Balance(), up.Balance(); a.Delivered != 0 || b.Delivered != 1 {
		t.Errorf("%v; %v", a, b)
	}
}

func TestRefusedAtStart(t *testing.T) {
	folder := t.TempDir()
	for _, test := range []struct {
		options map[string]string
		want    string
	}{
		{nil, "option backend: must be set; allowed: file, stdout, http, loki"},
		{map[string]string{"backend": "file", "file_path": folder}, "option file_path: "},
		{map[string]string{"backend": "stdout", "dead_letter_path": folder}, "option dead_letter_path: "},
		{map[string]string{"backend": "file", "file_path": "/proc/nowhere/file"}, "option file_path: "},
	} {
		if test.options["dead_letter_path"] == "" {
			test.options = mergeOptions(test.options, "dead_letter_path", filepath.Join(folder, "dead"))
		}
		_, err := New(&testHost{options: test.options}, engineThread)
		if err == nil || !strings.HasPrefix(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v: %v", test.options, err)
		}
	}
}

func mergeOptions(m map[string]string, key, value string) map[string]string {
	all := map[string]string{key: value}
	for k, v := range m {
		all[k] = v
	}
	return all
}

// Many workers at once, a backend with moods, chunks presented until they are
// taken: every line arrives, once, and the books balance.
func TestConcurrentFlushes(t *testing.T) {
	r := receive(t, func(n int, _ []string) int { return []int{204, 503, 204, 429, 204}[n%5] })
	in, _ := start(t, map[string]string{"backend": "http", "endpoint": r.URL, "batch_bytes": "4KiB"})
	var all sync.WaitGroup
	for w := range 8 {
		all.Go(func() {
			for i := range 10 {
				var texts []string
				for k := range 40 {
					texts = append(texts, fmt.Sprintf("%d/%d/%d", w, i, k))
				}
				c := dockerChunk(texts...)
				for in.Flush(workerThread+w, podTag, c) != OK {
					time.Sleep(5 * time.Millisecond)
				}
			}
		})
	}
	all.Wait()
	got := r.got()
	slices.Sort(got)
	if unique := len(slices.Compact(got)); len(got) != 8*10*40 || unique != len(got) {
		t.Errorf("%d lines arrived, %d different", len(got), unique)
	}
	if b := in.Balance(); b != (ledger.Balance{Received: 3200, Delivered: 3200}) {
		t.Error(b)
	}
}
