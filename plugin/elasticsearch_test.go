package plugin

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/k8slog/k8slog/plugin/ledger"
	"github.com/k8slog/k8slog/test/chunktest"
	"github.com/k8slog/k8slog/test/fake"
	"github.com/k8slog/k8slog/test/stall"
)

// startBulk makes an instance that delivers to a stand-in for Elasticsearch.
func startBulk(t *testing.T, server *fake.Elasticsearch, options map[string]string) (*Instance, *testHost) {
	t.Helper()
	web := httptest.NewServer(server)
	t.Cleanup(web.Close)
	return start(t, mergeOptions(mergeOptions(options, "backend", "elasticsearch"), "endpoint", web.URL))
}

// documentTexts are those of what is stored, in their order.
func documentTexts(server *fake.Elasticsearch) (all []string) {
	for _, d := range server.Docs() {
		all = append(all, fmt.Sprint(d.Source["log"]))
	}
	return all
}

// number is the number of a numbered text.
func number(d fake.Doc) (n int) {
	_, _ = fmt.Sscanf(fmt.Sprint(d.Source["log"]), "line %d", &n)
	return n
}

// Of a bulk that is half accepted exactly the refused documents are buried, and
// exactly those that are not taken for now are sent again.
func TestBulkHalfAccepted(t *testing.T) {
	server := &fake.Elasticsearch{Each: func(request int, d fake.Doc) *fake.Failure {
		switch n := number(d); {
		case n%7 == 3:
			return &fake.Failure{Status: 400, Type: "document_parsing_exception", Reason: "failed to parse field [n]"}
		case n%5 == 1 && request == 1:
			return &fake.Failure{Status: 429, Type: "es_rejected_execution_exception", Reason: "rejected"}
		case n%11 == 2 && request <= 2:
			return &fake.Failure{Status: 503, Type: "unavailable_shards_exception", Reason: "no primary"}
		}
		return nil
	}}
	in, host := startBulk(t, server, nil)
	all := numbered(200)
	if status := in.Flush(workerThread, podTag, dockerChunk(all...)); status != OK {
		t.Fatalf("status %d", status)
	}
	var want, bad []string
	for i, text := range all {
		if i%7 == 3 {
			bad = append(bad, text)
		} else {
			want = append(want, text)
		}
	}
	got := documentTexts(server)
	slices.SortFunc(got, func(a, b string) int { return slices.Index(all, a) - slices.Index(all, b) })
	if !slices.Equal(got, want) || server.Requests() != 3 {
		t.Errorf("%d documents are stored after %d requests, want %d", len(got), server.Requests(), len(want))
	}
	var dead []string
	for _, l := range letters(t, host) {
		dead = append(dead, l.Record.Log)
		if l.Reason != "rejected" || !strings.Contains(l.Answer, "document_parsing_exception: failed to parse field [n]") {
			t.Errorf("%+v", l)
		}
	}
	if !slices.Equal(dead, bad) {
		t.Errorf("buried are %q, want %q", dead, bad)
	}
	if b := in.Balance(); b != (ledger.Balance{Received: 200, Delivered: int64(len(want)), DeadLettered: int64(len(bad))}) {
		t.Error(b)
	}
	if len(server.Refused()) > 0 {
		t.Errorf("%q", server.Refused())
	}
}

// What a server stored whose answer was lost is not stored twice, neither in
// the next try nor by a process that knows nothing of the first.
func TestBulkStoredButNotAnswered(t *testing.T) {
	var broken atomic.Bool
	broken.Store(true)
	server := &fake.Elasticsearch{}
	web := httptest.NewServer(nil)
	web.Config.Handler = stored{server, &broken}
	defer web.Close()
	options := map[string]string{"backend": "elasticsearch", "endpoint": web.URL, "flush_deadline": "500ms", "request_timeout": "400ms"}
	c := dockerChunk(numbered(50)...)
	first, _ := start(t, options)
	if status := first.Flush(workerThread, podTag, c); status != Retry {
		t.Fatalf("status %d", status)
	}
	if n := len(server.Docs()); n != 50 || server.Requests() < 2 {
		t.Fatalf("%d documents after %d requests", n, server.Requests())
	}
	broken.Store(false)
	second, _ := start(t, options)
	if status := second.Flush(workerThread, podTag, c); status != OK {
		t.Fatalf("status %d", status)
	}
	if got := documentTexts(server); !slices.Equal(got, numbered(50)) {
		t.Errorf("%d documents", len(got))
	}
	if b := second.Balance(); b != (ledger.Balance{Received: 50, Delivered: 50}) {
		t.Error(b)
	}
}

// A disk that is full refuses everything for now: nothing is buried, and
// nothing is lost.
func TestBulkReadOnlyIndex(t *testing.T) {
	var full atomic.Bool
	full.Store(true)
	server := &fake.Elasticsearch{Each: func(int, fake.Doc) *fake.Failure {
		if full.Load() {
			return &fake.Failure{Status: 403, Type: "cluster_block_exception", Reason: "blocked by: [FORBIDDEN/12/index read-only / allow delete (api)];"}
		}
		return nil
	}}
	in, _ := startBulk(t, server, map[string]string{"flush_deadline": "500ms", "request_timeout": "400ms"})
	c := dockerChunk(numbered(20)...)
	if status := in.Flush(workerThread, podTag, c); status != Retry {
		t.Fatalf("status %d", status)
	}
	if b := in.Balance(); b != (ledger.Balance{Received: 20, Pending: 20}) {
		t.Error(b)
	}
	full.Store(false)
	for tries := 0; in.Flush(workerThread, podTag, c) != OK; tries++ {
		if time.Sleep(10 * time.Millisecond); tries == 100 { // the gate is closed for a moment
			t.Fatal("it is never taken")
		}
	}
	if got := documentTexts(server); !slices.Equal(got, numbered(20)) {
		t.Errorf("%d documents", len(got))
	}
}

// Requests that are too large are divided.
func TestBulkTooLarge(t *testing.T) {
	server := &fake.Elasticsearch{MaxBody: 100 << 10}
	in, host := startBulk(t, server, nil)
	all := numbered(3000)
	huge := strings.Repeat("x", 120<<10)
	if status := in.Flush(workerThread, podTag, dockerChunk(append(all, huge)...)); status != OK {
		t.Fatalf("status %d", status)
	}
	got := documentTexts(server)
	if stall.IsCrowded() { // what answers late loses the order
		slices.Sort(got)
		slices.Sort(all)
	}
	if !slices.Equal(got, all) {
		t.Errorf("%d documents", len(got))
	}
	dead, err := os.ReadFile(host.options["dead_letter_path"])
	if err != nil || strings.Count(string(dead), "\n") != 1 || !strings.Contains(string(dead), `"reason":"too large"`) || !strings.Contains(string(dead), huge) {
		t.Errorf("%v, %.200s", err, dead)
	}
}

// stored is a server whose answers are lost while it is broken.
type stored struct {
	*fake.Elasticsearch
	broken *atomic.Bool
}

func (s stored) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !s.broken.Load() {
		s.Elasticsearch.ServeHTTP(w, r)
		return
	}
	s.Elasticsearch.ServeHTTP(httptest.NewRecorder(), r)
	w.WriteHeader(http.StatusGatewayTimeout)
}

// A shard that has too much to do refuses the documents of its index, also where they are
// all of a request. Other indices are not held up.
func TestBulkThrottledIndex(t *testing.T) {
	server := &fake.Elasticsearch{Each: func(_ int, d fake.Doc) *fake.Failure {
		if strings.HasPrefix(fmt.Sprint(d.Source["log"]), "bad") {
			return &fake.Failure{Status: 429, Type: "es_rejected_execution_exception", Reason: "rejected execution of primary operation"}
		}
		return nil
	}}
	in, _ := startBulk(t, server, map[string]string{"index": "logs-{namespace}", "path_key": "path"})
	good, bad := &chunktest.File{Path: podPath}, &chunktest.File{Path: strings.Replace(podPath, "_shop_", "_bad_", 1)}
	line := func(f *chunktest.File, text string) []byte {
		return f.Append(nil, "2026-11-22T10:00:00Z stdout F "+text)
	}
	first := append(line(good, "good first"), line(bad, "bad first")...)
	var want []string
	for n := range 20 {
		if status := in.Flush(workerThread, "containers", first); status != Retry {
			t.Fatalf("status %d", status)
		}
		if status := in.Flush(workerThread, "containers", line(bad, fmt.Sprint("bad ", n))); status != Retry {
			t.Fatalf("status %d", status)
		}
		text := fmt.Sprint("good ", n)
		want = append(want, text)
		if status := in.Flush(workerThread, "containers", line(good, text)); status != OK {
			t.Fatalf("a chunk of another index: status %d", status)
		}
		if in.own.batcher.Down() {
			t.Fatal("the backend counts as down")
		}
		time.Sleep(20 * time.Millisecond) // some of the pauses of the index are over
	}
	if got := documentTexts(server); !slices.Equal(got, append([]string{"good first"}, want...)) {
		t.Errorf("%q", got)
	}
}

// When no index of a request is taken, each has its own reason in the full health, and not
// that of the first.
func TestEachIndexHasItsReason(t *testing.T) {
	reasons := map[string]*fake.Failure{
		"logs-ns-0": {Status: 500, Type: "null_pointer_exception", Reason: "broken"},
		"logs-ns-1": {Status: 403, Type: "cluster_block_exception", Reason: "index [logs-ns-1] blocked by: [FORBIDDEN/12/index read-only];"},
	}
	server := &fake.Elasticsearch{Each: func(_ int, d fake.Doc) *fake.Failure { return reasons[d.Index] }}
	in, _ := startBulk(t, server, map[string]string{
		"index": "logs-{namespace}", "path_key": "path", "backoff_min": "10ms", "flush_deadline": "5s", "request_timeout": "5s",
	})
	good := chunktest.Append(manyNamespaces(2), 2, "path", "/var/log/containers/web-1_good_web-"+strings.Repeat("a", 64)+".log",
		"log", "2026-11-22T10:00:00Z stdout F text")
	if status := in.Flush(workerThread, "containers", good); status != Retry {
		t.Fatalf("status %d", status)
	}
	for _, refused := range in.pipeline.RefusedScopes() {
		if !strings.Contains(refused.Err.Error(), reasons[refused.Scope].Reason) {
			t.Fatalf("%s: %v", refused.Scope, refused.Err)
		}
	}
	requests := server.Requests()
	waitFor(t, "a request without a good record", func() bool {
		in.Flush(workerThread, "containers", manyNamespaces(2))
		return server.Requests() > requests
	})
	refused := in.pipeline.RefusedScopes()
	if len(refused) != 2 {
		t.Fatalf("%v", refused)
	}
	for _, one := range refused {
		if !strings.Contains(one.Err.Error(), reasons[one.Scope].Reason) {
			t.Errorf("%s is refused because of %v", one.Scope, one.Err)
		}
	}
}
