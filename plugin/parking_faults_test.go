package plugin

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/k8slog/k8slog/plugin/ledger"
	"github.com/k8slog/k8slog/test/chunktest"
	"github.com/k8slog/k8slog/test/fake"
)

// failing is a server that fails on every request until it is healed, and then answers
// after a time.
type failing struct {
	*receiver
	healed atomic.Bool
	after  time.Duration
}

func fail(t *testing.T) *failing {
	f := &failing{}
	f.receiver = receive(t, func(_ int, texts []string) int {
		if !f.healed.Load() && slices.ContainsFunc(texts, func(s string) bool { return strings.HasPrefix(s, "bad") }) {
			return http.StatusInternalServerError
		}
		return 204
	})
	handler := f.Server.Config.Handler
	f.Server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handler.ServeHTTP(w, r)
		if f.healed.Load() {
			time.Sleep(f.after) // it is stored, and the answer is not sent yet
		}
	})
	return f
}

// parkingOptions are those of an output that parks at once.
func parkingOptions(t *testing.T, f *failing) map[string]string {
	return map[string]string{
		"backend": "http", "endpoint": f.URL, "park_path": filepath.Join(t.TempDir(), "parked"), "park_after": "0s",
		"dead_letter_path": filepath.Join(t.TempDir(), "dead"), "status_listen": "127.0.0.1:0",
		"path_key": "path", "offset_key": "offset", "backoff_min": "10ms", "backoff_max": "50ms",
	}
}

// begin starts an instance that the test closes.
func begin(t *testing.T, options map[string]string) (*Instance, *testHost) {
	t.Helper()
	host := &testHost{options: options}
	in, err := New(host, engineThread)
	if err != nil {
		t.Fatal(err)
	}
	return in, host
}

// badChunk is a chunk of bad records.
func badChunk(n int) (data []byte) {
	for i := range n {
		data = (&chunktest.File{Path: podPath, Offset: int64(100 * i)}).Append(data, fmt.Sprintf("2026-11-22T10:00:00Z stdout F bad %d", i))
	}
	return data
}

func closed(t *testing.T, in *Instance) {
	t.Helper()
	if err := in.Close(); err != nil {
		t.Error(err)
	}
	if b := in.Balance(); !b.Balanced() {
		t.Error(b)
	}
}

// A damaged line of the parked records goes to the dead-letter file, with the place where it
// stood. All others are sent, and the full health has named them before.
func TestDamagedParkedRecords(t *testing.T) {
	defer http.DefaultClient.CloseIdleConnections()
	f := fail(t)
	options := parkingOptions(t, f)
	in, _ := begin(t, options)
	const records = 5
	if status := in.Flush(workerThread, "containers", badChunk(records)); status != OK {
		t.Fatalf("status %d", status)
	}
	closed(t, in)
	files, _ := filepath.Glob(filepath.Join(options["park_path"], "*.parked"))
	text, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(text), "\n")
	if len(lines) != records+2 {
		t.Fatalf("%q", lines)
	}
	lines[2] = strings.Replace(lines[2], `"raw":"`, `"raw":"AAAA`, 1) // is JSON, but no event
	lines[4] = "x" + lines[4][1:]
	if err := os.WriteFile(files[0], []byte(strings.Join(lines, "")), 0o600); err != nil {
		t.Fatal(err)
	}
	in, host := begin(t, options)
	response, err := http.Get("http://" + in.status.Addr() + "/healthz?full")
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(response.Body)
	response.Body.Close()
	if response.StatusCode != 503 || !strings.Contains(string(body), "5 records on which the server fails are parked since 20") {
		t.Errorf("after a restart the full health says %d %q", response.StatusCode, body)
	}
	f.healed.Store(true)
	waitFor(t, "nothing is parked", func() bool { return in.Balance().Parked == 0 && in.Balance().Pending == 0 })
	if b := in.Balance(); b != (ledger.Balance{Received: records, Delivered: records - 2, DeadLettered: 2}) {
		t.Error(b)
	}
	if got := f.got(); len(got) != records-2 {
		t.Errorf("%q", got)
	}
	if all := letters(t, host); len(all) != 2 || all[1].Reason != "damaged" && all[0].Reason != "damaged" {
		t.Errorf("%+v", all)
	}
	if host.logged(files[0]+":5") == 0 {
		t.Errorf("the log does not name the line: %q", host.log)
	}
	if s := scrape(t, in); s["k8slog_parked_damaged_total"] != 2 {
		t.Errorf("%v damaged lines are counted", s["k8slog_parked_damaged_total"])
	}
	if in.HealthyFull() != nil {
		t.Errorf("at the end: %v", in.HealthyFull())
	}
	closed(t, in)
}

// A server that takes its time for the parked records gets them once.
func TestParkedRecordsAreWaitedFor(t *testing.T) {
	f := fail(t)
	f.after = 3 * time.Second
	in, _ := begin(t, parkingOptions(t, f))
	in.deadlineOn(workerThread) // a worker is known
	const records = 5
	if status := in.Flush(workerThread, "containers", badChunk(records)); status != OK {
		t.Fatalf("status %d", status)
	}
	f.healed.Store(true)
	waitFor(t, "nothing is parked", func() bool { return in.Balance().Delivered == records })
	closed(t, in)
	if got := f.got(); len(got) != records {
		t.Errorf("%d records arrived: %q", len(got), got)
	}
}

// incompressible returns a text of n letters that no compression makes much smaller.
func incompressible(n int) string {
	text := make([]byte, n)
	for i := range text {
		text[i] = 'a' + byte(rand.IntN(26))
	}
	return string(text)
}

// A server that is slow to fail on a record is found out as well, when other chunks wait
// behind the one with that record.
func TestSlowFailure(t *testing.T) {
	defer http.DefaultClient.CloseIdleConnections()
	f := fail(t)
	handler := f.Server.Config.Handler
	f.Server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(300 * time.Millisecond)
		handler.ServeHTTP(w, r)
	})
	in, _ := begin(t, parkingOptions(t, f))
	c := badChunk(3)
	waitFor(t, "the records are parked", func() bool { return in.Flush(workerThread, "containers", c) == OK })
	f.healed.Store(true)
	waitFor(t, "nothing is parked", func() bool { return in.Balance().Delivered == 3 })
	closed(t, in)
}

// When park_bytes is reached, the rest stays in Fluent Bit's chunk, and the log and a metric
// say so.
func TestParkingIsFull(t *testing.T) {
	defer http.DefaultClient.CloseIdleConnections()
	f := fail(t)
	options := parkingOptions(t, f)
	options["park_bytes"] = "1MiB"
	in, host := begin(t, options)
	var small, large []byte
	large = (&chunktest.File{Path: podPath}).Append(nil, "2026-11-22T10:00:00Z stdout F bad "+incompressible(2<<20))
	small = badChunk(3)
	waitFor(t, "the log says so", func() bool {
		if status := in.Flush(workerThread, "containers", large); status != Retry {
			t.Fatalf("status %d", status)
		}
		return host.logged("cannot park records (park_path): the parked records take all of park_bytes") > 0
	})
	waitFor(t, "what fits is parked", func() bool { return in.Flush(workerThread, "containers", small) == OK })
	s := scrape(t, in)
	if s["k8slog_park_failures_total"] == 0 || s["k8slog_records_parked"] != 3 || s["k8slog_records_pending"] != 1 || s["k8slog_parked_bytes"] == 0 {
		t.Errorf("%v failures, %v parked, %v pending, %v bytes", s["k8slog_park_failures_total"], s["k8slog_records_parked"], s["k8slog_records_pending"], s["k8slog_parked_bytes"])
	}
	if shown, _ := statusOf(t, in); !strings.Contains(problem(&shown, "cannot be parked since").Answer, "park_bytes") {
		t.Errorf("%+v", shown.Problems)
	}
	if err := in.HealthyFull(); err == nil || !strings.Contains(err.Error(), "records cannot be parked (park_path) since") || !strings.Contains(err.Error(), "park_bytes") {
		t.Errorf("healthz?full: %v", err)
	}
	f.healed.Store(true)
	for in.Flush(workerThread, "containers", large) != OK {
		time.Sleep(time.Millisecond)
	}
	waitFor(t, "all is delivered", func() bool { return in.Balance().Delivered == 4 })
	closed(t, in)
}

// A stop waits for the answer to a request with parked records: the next process does not
// send them again.
func TestStopWaitsForParkedRecords(t *testing.T) {
	f := fail(t)
	f.after = time.Second
	options := parkingOptions(t, f)
	in, _ := begin(t, options)
	const records = 3
	if status := in.Flush(workerThread, "containers", badChunk(records)); status != OK {
		t.Fatalf("status %d", status)
	}
	f.healed.Store(true)
	waitFor(t, "the parked records are stored", func() bool { return len(f.got()) >= records })
	closed(t, in)
	in, _ = begin(t, options)
	waitFor(t, "all is delivered", func() bool { return len(f.got()) >= records && in.Balance().Parked == 0 })
	closed(t, in)
	if got := f.got(); len(got) != records {
		t.Errorf("%d records arrived: %q", len(got), got)
	}
}

// A backend that is slow, and refuses an index for now, has the records of that index parked
// too: its answers come when the chunk is back with Fluent Bit.
func TestLateRefusalsAreParked(t *testing.T) {
	server := &fake.Elasticsearch{Each: func(_ int, d fake.Doc) *fake.Failure {
		if d.Index == "logs-bad" {
			return &fake.Failure{Status: 429, Type: "cluster_block_exception", Reason: "index [logs-bad] blocked by: [TOO_MANY_REQUESTS/12/index has read-only-allow-delete block];"}
		}
		return nil
	}}
	slow := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		server.ServeHTTP(w, r)
		time.Sleep(1500 * time.Millisecond)
	}))
	t.Cleanup(slow.Close)
	in, _ := start(t, map[string]string{
		"backend": "elasticsearch", "endpoint": slow.URL, "index": "logs-{namespace}", "path_key": "path",
		"park_path": filepath.Join(t.TempDir(), "parked"), "park_after": "0s", "request_timeout": "10s", "backoff_min": "1s", "backoff_max": "1s",
	})
	in.deadlineOn(workerThread)
	var data []byte
	for _, namespace := range []string{"good", "bad"} {
		data = chunktest.Append(data, 1, "path", "/var/log/containers/web-1_"+namespace+"_web-"+dockerID+".log", "log", "2026-11-22T10:00:00Z stdout F text")
	}
	waitFor(t, "the chunk is acknowledged", func() bool { return in.Flush(workerThread, "containers", data) == OK })
	if b := in.Balance(); b != (ledger.Balance{Received: 2, Delivered: 1, Parked: 1}) {
		t.Error(b)
	}
}
