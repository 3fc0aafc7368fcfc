package plugin

import (
	"bufio"
	"context"
	"encoding/base64"
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

	"go.uber.org/goleak"

	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/chunk/chunktest"
	"github.com/k8slog/k8slog/plugin/delivery"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// testHost is a host with options, which keeps the log.
type testHost struct {
	options map[string]string

	mu  sync.Mutex
	log []string
}

func (h *testHost) Property(name string) string { return h.options[name] }

func (h *testHost) Log(level Level, message string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.log = append(h.log, fmt.Sprintf("%d %s", level, message))
}

func (h *testHost) logged(part string) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := 0
	for _, line := range h.log {
		if strings.Contains(line, part) {
			n++
		}
	}
	return n
}

const engineThread, workerThread = 1, 2

// start makes an instance, with short times unless options say otherwise.
func start(t testing.TB, options map[string]string) (*Instance, *testHost) {
	t.Helper()
	all := map[string]string{
		"dead_letter_path": filepath.Join(t.TempDir(), "dead"),
		"flush_deadline":   "2s", "request_timeout": "1s", "backoff_min": "10ms", "backoff_max": "50ms",
	}
	for k, v := range options {
		all[k] = v
	}
	host := &testHost{options: all}
	in, err := New(host, engineThread)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := in.Close(); err != nil {
			t.Error(err)
		}
		if b := in.Balance(); !b.Balanced() {
			t.Errorf("the books do not balance: %v", b)
		}
	})
	return in, host
}

// receiver is an HTTP server that keeps the texts of what it accepts.
type receiver struct {
	*httptest.Server

	mu sync.Mutex
	// answer gives the status for a body; nil means 204.
	answer   func(n int, texts []string) int
	requests int
	texts    []string
}

func receive(t testing.TB, answer func(n int, texts []string) int) *receiver {
	r := &receiver{answer: answer}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	return r
}

// ServeHTTP refuses what is not lines of JSON, and then answers as it was told.
func (r *receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(request.Body)
	if err != nil || len(body) == 0 || body[len(body)-1] != '\n' || request.Header.Get("Content-Type") != "application/x-ndjson" {
		http.Error(w, "not NDJSON", http.StatusTeapot)
		return
	}
	var texts []string
	for line := range strings.Lines(string(body)) {
		var record struct {
			Log *string `json:"log"`
		}
		if err := json.Unmarshal([]byte(line), &record); err != nil || record.Log == nil {
			http.Error(w, "not a record: "+line, http.StatusTeapot)
			return
		}
		texts = append(texts, *record.Log)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.requests++
	status := http.StatusNoContent
	if r.answer != nil {
		status = r.answer(r.requests, texts)
	}
	if status/100 == 2 {
		r.texts = append(r.texts, texts...)
	}
	w.WriteHeader(status)
}

func (r *receiver) got() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.texts)
}

const podTag = "kube.var.log.containers.web-1_default_web-e3e2ad507585302aa3d77cc3670ffd3b86263bbff896ec489ddb42eb1c7f214e.log"

// dockerChunk is a chunk with a docker line for each text.
func dockerChunk(texts ...string) []byte {
	var c []byte
	for i, text := range texts {
		quoted, _ := json.Marshal(text + "\n")
		c = chunktest.Append(c, int64(i)*1e9, "log",
			fmt.Sprintf(`{"log":%s,"stream":"stdout","time":"2026-11-22T10:00:00.%09dZ"}`, quoted, i))
	}
	return c
}

func numbered(n int) []string {
	var texts []string
	for i := range n {
		texts = append(texts, fmt.Sprintf("line %d", i))
	}
	return texts
}

type letter struct {
	Tag, Reason, Answer, Raw string
	Record                   *struct{ Log string }
}

func letters(t *testing.T, host *testHost) []letter {
	t.Helper()
	file, err := os.Open(host.options["dead_letter_path"])
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var all []letter
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		var l letter
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			t.Fatalf("%s: %v", lines.Bytes(), err)
		}
		all = append(all, l)
	}
	return all
}

func TestDelivers(t *testing.T) {
	r := receive(t, nil)
	in, _ := start(t, map[string]string{"backend": "http", "endpoint": r.URL})
	texts := numbered(5000)
	if status := in.Flush(workerThread, podTag, dockerChunk(texts...)); status != OK {
		t.Fatalf("status %d", status)
	}
	if !slices.Equal(r.got(), texts) {
		t.Error("not all lines arrived once, in order")
	}
	if b := in.Balance(); b != (Balance{Received: 5000, Delivered: 5000}) {
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
	if !slices.Equal(r.got(), texts) || r.requests < 10 {
		t.Errorf("%d lines in %d requests", len(r.got()), r.requests)
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

// What was accepted before the backend went down is not sent again.
func TestHalfAcceptedChunkResendsTheRest(t *testing.T) {
	var down atomic.Bool
	down.Store(true)
	r := receive(t, func(n int, _ []string) int {
		if n >= 3 && down.Load() {
			return 503
		}
		return 204
	})
	in, _ := start(t, map[string]string{
		"backend": "http", "endpoint": r.URL, "batch_bytes": "4KiB", "flush_deadline": "100ms", "request_timeout": "100ms",
	})
	texts := numbered(100)
	c := dockerChunk(texts...)
	if status := in.Flush(workerThread, podTag, c); status != Retry {
		t.Fatalf("status %d", status)
	}
	half := len(r.got())
	b := in.Balance()
	if half == 0 || half == len(texts) || b != (Balance{Received: 100, Delivered: int64(half), Pending: int64(100 - half)}) {
		t.Fatalf("half %d, %v", half, b)
	}
	down.Store(false)
	time.Sleep(60 * time.Millisecond) // the gate's pause, backoff_max
	if status := in.Flush(workerThread, podTag, c); status != OK {
		t.Fatalf("status %d", status)
	}
	if !slices.Equal(r.got(), texts) {
		t.Errorf("%d lines arrived", len(r.got()))
	}
	if b := in.Balance(); b != (Balance{Received: 100, Delivered: 100}) {
		t.Error(b)
	}
}

func TestPoisonIsFoundAndBuried(t *testing.T) {
	r := receive(t, func(_ int, texts []string) int {
		if slices.Contains(texts, "line 37") {
			return 400
		}
		return 204
	})
	in, host := start(t, map[string]string{"backend": "http", "endpoint": r.URL})
	texts := numbered(100)
	if status := in.Flush(workerThread, podTag, dockerChunk(texts...)); status != OK {
		t.Fatalf("status %d", status)
	}
	if want := slices.Delete(slices.Clone(texts), 37, 38); !slices.Equal(r.got(), want) {
		t.Errorf("%d lines arrived", len(r.got()))
	}
	dead := letters(t, host)
	if len(dead) != 1 || dead[0].Record.Log != "line 37" || dead[0].Reason != "rejected" || dead[0].Tag != podTag ||
		!strings.Contains(dead[0].Answer, "400") {
		t.Fatalf("%+v", dead)
	}
	raw, err := base64.StdEncoding.DecodeString(dead[0].Raw)
	if err != nil || !strings.Contains(string(raw), `{"log":"line 37\n"`) {
		t.Errorf("raw %q: %v", raw, err)
	}
}

// However many they are, only the refused ones are buried.
func TestManyRefusedRecordsAmongOthers(t *testing.T) {
	var want, bad []string
	texts := numbered(2000)
	for i, text := range texts {
		if i%50 == 7 {
			bad = append(bad, text)
		} else {
			want = append(want, text)
		}
	}
	r := receive(t, func(_ int, texts []string) int {
		if slices.ContainsFunc(texts, func(text string) bool { return slices.Contains(bad, text) }) {
			return 400
		}
		return 204
	})
	in, host := start(t, map[string]string{"backend": "http", "endpoint": r.URL})
	c := dockerChunk(texts...)
	for in.Flush(workerThread, podTag, c) != OK { // what is settled by the deadline stays so
	}
	if !slices.Equal(r.got(), want) || len(letters(t, host)) != len(bad) {
		t.Errorf("%d lines arrived, %d letters", len(r.got()), len(letters(t, host)))
	}
}

// A backend that refuses everything for its content costs no request a record.
func TestAllRefusedForTheirContent(t *testing.T) {
	r := receive(t, func(int, []string) int { return 400 })
	in, host := start(t, map[string]string{"backend": "http", "endpoint": r.URL})
	if status := in.Flush(workerThread, podTag, dockerChunk(numbered(2000)...)); status != OK {
		t.Fatalf("status %d", status)
	}
	if n := len(letters(t, host)); n != 2000 || r.requests > 200 {
		t.Errorf("%d letters after %d requests", n, r.requests)
	}
}

// A backend that takes small bodies only gets small bodies.
func TestSmallBodiesOnly(t *testing.T) {
	const most = 100 << 10
	var refused atomic.Int64
	r := receive(t, nil)
	limited := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		if request.ContentLength > most {
			refused.Add(1)
			w.WriteHeader(http.StatusRequestEntityTooLarge)
			return
		}
		r.ServeHTTP(w, request)
	}))
	defer limited.Close()
	in, host := start(t, map[string]string{"backend": "http", "endpoint": limited.URL})
	texts := numbered(8000)
	for range 2 {
		if status := in.Flush(workerThread, podTag, dockerChunk(texts...)); status != OK {
			t.Fatalf("status %d", status)
		}
	}
	if n := len(r.got()); n != 2*len(texts) || len(letters(t, host)) != 0 {
		t.Errorf("%d lines arrived, %d letters", n, len(letters(t, host)))
	}
	if n := refused.Load(); n > 8 {
		t.Errorf("%d requests were too large: nothing was learnt", n)
	}
}

// A disk that ignores the deadline does not hold the worker.
func TestBackendThatHangs(t *testing.T) {
	in, _ := start(t, map[string]string{"backend": "stdout", "flush_deadline": "300ms", "request_timeout": "300ms"})
	hang := make(chan struct{})
	in.committer = delivery.New(&hangingBackend{in.backend, hang}, delivery.Config{
		BatchBytes: 1 << 20, RequestTimeout: time.Second, BackoffMin: time.Millisecond, BackoffMax: time.Millisecond,
	})
	if status := in.Flush(workerThread, podTag, dockerChunk("a")); status != Retry {
		t.Errorf("status %d", status)
	}
	close(hang)
	if b := in.Balance(); b.Pending != 1 {
		t.Error(b)
	}
}

type hangingBackend struct {
	backend.Backend
	hang chan struct{}
}

func (b *hangingBackend) Send(context.Context, backend.Body) error {
	<-b.hang
	return nil
}

func TestTooLargeIsDivided(t *testing.T) {
	r := receive(t, func(_ int, texts []string) int {
		if len(texts) > 10 || slices.Contains(texts, "huge") {
			return 413
		}
		return 204
	})
	in, host := start(t, map[string]string{"backend": "http", "endpoint": r.URL})
	texts := numbered(95)
	if status := in.Flush(workerThread, podTag, dockerChunk(append(texts, "huge")...)); status != OK {
		t.Fatalf("status %d", status)
	}
	if !slices.Equal(r.got(), texts) {
		t.Errorf("%d lines arrived", len(r.got()))
	}
	if dead := letters(t, host); len(dead) != 1 || dead[0].Reason != "too large" || dead[0].Record.Log != "huge" {
		t.Errorf("%+v", dead)
	}
}

func TestRefusalOfAllIsNotDivided(t *testing.T) {
	r := receive(t, func(int, []string) int { return 401 })
	in, host := start(t, map[string]string{"backend": "http", "endpoint": r.URL})
	if status := in.Flush(workerThread, podTag, dockerChunk(numbered(100)...)); status != OK {
		t.Fatalf("status %d", status)
	}
	if dead := letters(t, host); len(dead) != 100 || r.requests != 1 {
		t.Errorf("%d letters after %d requests", len(dead), r.requests)
	}
	if b := in.Balance(); b != (Balance{Received: 100, DeadLettered: 100}) {
		t.Error(b)
	}
}

func TestDeadLetterThatCannotBeWrittenIsARetry(t *testing.T) {
	r := receive(t, func(int, []string) int { return 400 })
	in, host := start(t, map[string]string{"backend": "http", "endpoint": r.URL, "dead_letter_path": "/dev/full"})
	if status := in.Flush(workerThread, podTag, dockerChunk("a")); status != Retry {
		t.Fatalf("status %d", status)
	}
	if b := in.Balance(); b != (Balance{Received: 1, Pending: 1}) || host.logged("/dev/full") == 0 {
		t.Error(b)
	}
}

func TestCorruptChunk(t *testing.T) {
	r := receive(t, nil)
	in, host := start(t, map[string]string{"backend": "http", "endpoint": r.URL})
	c := dockerChunk("a", "b")
	rest := "\xc1 this is no event"
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
	if b := in.Balance(); b != (Balance{Received: 3, Delivered: 2, DeadLettered: 1}) {
		t.Error(b)
	}
}

func TestPanicIsARetryAndCounted(t *testing.T) {
	r := receive(t, nil)
	in, host := start(t, map[string]string{"backend": "http", "endpoint": r.URL})
	chain := in.chain
	in.chain = append(slices.Clone(chain), nil) // a nil filter panics
	if status := in.Flush(workerThread, podTag, dockerChunk("a")); status != Retry {
		t.Fatalf("status %d", status)
	}
	if in.books.panics.Load() != 1 || host.logged("panic in a chunk") != 1 {
		t.Errorf("%d panics counted, log %q", in.books.panics.Load(), host.log)
	}
	in.chain = chain
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
	if b := in.Balance(); b != (Balance{Received: 3200, Delivered: 3200}) {
		t.Error(b)
	}
}
