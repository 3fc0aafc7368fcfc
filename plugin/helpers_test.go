package plugin

import (
	"bufio"
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

	"github.com/k8slog/k8slog/plugin/delivery"
	"github.com/k8slog/k8slog/plugin/hostlog"
	"github.com/k8slog/k8slog/test/chunktest"
)

// testHost is a host with options, which keeps the log.
type testHost struct {
	options  map[string]string
	stopping atomic.Bool

	mu  sync.Mutex
	log []string
}

func (h *testHost) Stopping() bool { return h.stopping.Load() }

func (h *testHost) Property(name string) string { return h.options[name] }

func (h *testHost) Log(level hostlog.Level, message string) {
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
		"flush_deadline":   "1m", "request_timeout": "1s", "backoff_min": "10ms", "backoff_max": "50ms",
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

// deliverBy replaces how an instance delivers.
func deliverBy(in *Instance, b *delivery.Batcher) {
	in.own.batcher, in.pipeline.Destinations[0].Batcher = b, b
}

// encodeChunk returns what the backend file makes of a chunk.
func encodeChunk(t *testing.T, options map[string]string, tag string, data []byte) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "records")
	in, _ := start(t, mergeOptions(mergeOptions(options, "backend", "file"), "file_path", path))
	if status := in.Flush(workerThread, tag, data); status != OK {
		t.Fatalf("status %d", status)
	}
	records, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return records
}

// encodeLines is encodeChunk line by line.
func encodeLines(t *testing.T, options map[string]string, tag string, data []byte) []string {
	t.Helper()
	return strings.Split(strings.TrimSuffix(string(encodeChunk(t, options, tag, data)), "\n"), "\n")
}

// receiver is an HTTP server that keeps the texts of what it accepts.
type receiver struct {
	*httptest.Server

	mu sync.Mutex
	// answer gives the status for a body; nil means 204.
	answer   func(n int, texts []string) int
	requests int
	texts    []string
	partial  []string // of these, the flagged ones
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
	var texts, partial []string
	for line := range strings.Lines(string(body)) {
		var record struct {
			Log     *string `json:"log"`
			Partial bool    `json:"partial"`
		}
		if err := json.Unmarshal([]byte(line), &record); err != nil || record.Log == nil {
			http.Error(w, "not a record: "+line, http.StatusTeapot)
			return
		}
		texts = append(texts, *record.Log)
		if record.Partial {
			partial = append(partial, *record.Log)
		}
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
		r.partial = append(r.partial, partial...)
	}
	w.WriteHeader(status)
}

func (r *receiver) got() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.texts)
}

func (r *receiver) gotPartial() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.partial)
}

const dockerID = "2cd439bb6d232379490dcb48f7a39e7c292bc6aba26a6249faf6d9a122697234"

// The path of a container, and that of another.
const (
	podPath   = "/var/log/containers/web-1_shop_web-" + dockerID + ".log"
	otherPath = "/var/log/containers/evil_kube-system_x-" + dockerID + ".log"
)

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
	Tag, Reason, Answer, Raw, Destination string
	Record                                *struct{ Log string }
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

func mustJSON(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return text
}

// lineChunk is a chunk with an event for each line of a file.
func lineChunk(lines ...string) []byte {
	var c []byte
	for i, line := range lines {
		c = chunktest.Append(c, int64(i)*1e9, "log", line)
	}
	return c
}

// fieldsChunk is a chunk of one event with fields: name, value, …
func fieldsChunk(fields ...string) []byte { return chunktest.Append(nil, 0, fields...) }
