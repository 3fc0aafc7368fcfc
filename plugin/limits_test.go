package plugin

import (
	"fmt"
	"io"
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
	"github.com/k8slog/k8slog/plugin/status"
	"github.com/k8slog/k8slog/test/chunktest"
	"github.com/k8slog/k8slog/test/stall"
)

const (
	loudPath  = "/var/log/containers/a-0_loud_c-e3e2ad507585302aa3d77cc3670ffd3b86263bbff896ec489ddb42eb1c7f214e.log"
	quietPath = "/var/log/containers/b-0_quiet_c-e3e2ad507585302aa3d77cc3670ffd3b86263bbff896ec489ddb42eb1c7f214e.log"
)

// flood is a chunk in which one namespace writes many lines, and one a few.
func flood(loud, quiet int) (chunk []byte) {
	for n := range max(loud, quiet) {
		for path, most := range map[string]int{loudPath: loud, quietPath: quiet} {
			if n < most {
				name, _, _ := strings.Cut(strings.TrimPrefix(path, "/var/log/containers/"), "-")
				chunk = chunktest.Append(chunk, int64(n), "path", path, "log",
					fmt.Sprintf("2026-11-22T10:00:00.%09dZ stdout F %s %d", n, name, n))
			}
		}
	}
	return chunk
}

// floodHost lets each namespace have 20 records at once.
func floodHost(t *testing.T, policy, perSecond, burst string) (*Instance, *testHost, *receiver) {
	r := receive(t, func(int, []string) int { return 204 })
	in, host := start(t, map[string]string{
		"backend": "http", "endpoint": r.URL, "path_key": "path", "status_listen": "127.0.0.1:0",
		"rate_limit_records": perSecond, "rate_limit_burst": burst, "rate_limit_policy": policy, "rate_limit_sample": "10",
	})
	return in, host, r
}

func TestBudgetThatDrops(t *testing.T) {
	in, host, r := floodHost(t, "drop", "1", "20s")
	if got := in.Flush(workerThread, "containers", flood(500, 15)); got != OK {
		t.Fatalf("status %d", got)
	}
	got := r.got()
	if n := len(slices.DeleteFunc(slices.Clone(got), func(s string) bool { return s[0] != 'b' })); n != 15 {
		t.Errorf("%d of the quiet one's", n)
	}
	if host.logged("records of namespace loud are above their rate limit") != 1 {
		t.Error("nothing is said of it")
	}
	if b := in.Balance(); b.Delivered < 35 || b.Delivered > 45 || b.Dropped != 515-b.Delivered {
		t.Error(b)
	}
	samples := scrape(t, in)
	if samples[`k8slog_namespace_records_total{fate="delivered",namespace="quiet"}`] != 15 ||
		samples[`k8slog_namespace_records_total{fate="dropped",namespace="loud"}`] != float64(in.Balance().Dropped) ||
		samples[`k8slog_namespace_bytes_total{namespace="quiet"}`] < 15*100 {
		t.Errorf("%v", samples)
	}
}

// What a rule drops is not above the rate limit. The counter of a namespace is there before
// the first of its records is above the limit.
func TestRateLimitedRecordsAreCountedApart(t *testing.T) {
	rulesFile := filepath.Join(t.TempDir(), "rules.yaml")
	if err := os.WriteFile(rulesFile, []byte("rules: [{name: quiet, match: {namespace: quiet}, drop: {text: '1'}}]"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := receive(t, nil)
	options := map[string]string{
		"backend": "http", "endpoint": r.URL, "path_key": "path", "status_listen": "127.0.0.1:0", "rules_file": rulesFile,
		"rate_limit_records": "1", "rate_limit_burst": "20s", "rate_limit_policy": "drop",
	}
	in, _ := start(t, options)
	if got := in.Flush(workerThread, "containers", flood(500, 15)); got != OK {
		t.Fatalf("status %d", got)
	}
	s := scrape(t, in)
	loud, counted := s[`k8slog_namespace_rate_limited_records_total{namespace="loud"}`], s[`k8slog_namespace_records_total{fate="dropped",namespace="loud"}`]
	quiet, exists := s[`k8slog_namespace_rate_limited_records_total{namespace="quiet"}`]
	if loud < 400 || loud != counted || quiet != 0 || !exists || s[`k8slog_namespace_records_total{fate="dropped",namespace="quiet"}`] == 0 {
		t.Errorf("%v", s)
	}
	shown, _ := statusOf(t, in)
	if len(shown.Limited) != 1 || problem(&shown, "The namespace loud is above its rate limit: ").Level != status.LevelNote {
		t.Errorf("%+v %+v", shown.Limited, shown.Problems)
	}
	options["rate_limit_policy"] = "delay"
	in, _ = start(t, options)
	in.Flush(workerThread, "containers", flood(1, 1))
	if _, exists := scrape(t, in)[`k8slog_namespace_rate_limited_records_total{namespace="quiet"}`]; exists {
		t.Error("records that are delayed are counted as dropped")
	}
	if in.Flush(workerThread, "containers", flood(500, 1)) != Retry {
		t.Error("nothing was delayed")
	}
	shown, _ = statusOf(t, in)
	if p := problem(&shown, "The namespace loud is above its rate limit, and its records wait"); p.Level != status.LevelWarning {
		t.Errorf("%+v %+v", shown.Limited, shown.Problems)
	}
}

func TestBudgetThatSamples(t *testing.T) {
	in, _, _ := floodHost(t, "sample", "1", "20s")
	if status := in.Flush(workerThread, "containers", flood(520, 0)); status != OK {
		t.Fatalf("status %d", status)
	}
	if b := in.Balance(); b.Delivered < 65 || b.Delivered > 80 {
		t.Error(b)
	}
}

// What is above the budget comes again, in its order, until all is there; what
// was delivered is not sent twice.
func TestBudgetThatDelays(t *testing.T) {
	in, _, r := floodHost(t, "delay", "20", "1s")
	chunk := flood(25, 5)
	if status := in.Flush(workerThread, "containers", chunk); status != Retry {
		t.Fatalf("status %d", status)
	}
	if b := in.Balance(); b.Pending == 0 || b.Delivered != 30-b.Pending || len(r.got()) != int(b.Delivered) {
		t.Error(b)
	}
	for in.Flush(workerThread, "containers", chunk) != OK {
	}
	var want []string
	for n := range 25 {
		want = append(want, fmt.Sprintf("a %d", n))
	}
	if got := slices.DeleteFunc(slices.Clone(r.got()), func(s string) bool { return s[0] != 'a' }); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	if b := in.Balance(); b != (ledger.Balance{Received: 30, Delivered: 30}) {
		t.Error(b)
	}
}

// A large chunk that finds no memory left goes back, and is counted once. A small one beside
// a large one is delivered.
func TestChunkAboveTheMemoryLimitGoesBack(t *testing.T) {
	asked, answer := make(chan bool, 1), make(chan bool)
	var requests atomic.Int64
	r := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		_, _ = io.Copy(io.Discard, request.Body)
		if requests.Add(1) == 1 {
			asked <- true
			<-answer
		}
		w.WriteHeader(http.StatusNoContent)
	}))
	defer r.Close()
	in, _ := start(t, map[string]string{
		"backend": "http", "endpoint": r.URL, "memory_limit": "16MiB", "flush_deadline": "6s", "request_timeout": "6s",
	})
	large, second := dockerChunk(strings.Repeat("x", 5<<20)), dockerChunk(strings.Repeat("y", 5<<20))
	first := make(chan Status)
	go func() {
		for { // a request that takes long gives its worker up
			if status := in.Flush(workerThread, podTag, large); status == OK {
				first <- status
				return
			}
		}
	}()
	<-asked
	begun := time.Now()
	if status := in.Flush(workerThread+1, podTag, second); status != Retry {
		if time.Since(begun) > 250*time.Millisecond || stall.IsCrowded() { // it has waited
			close(answer)
			<-first
			t.Skip("the first request was slow, and gave its worker and its memory up")
		}
		t.Errorf("status %d", status)
	}
	if _, unread := in.pipeline.Resume.Outstanding(time.Time{}); unread != 1 || in.keepsUp() {
		t.Error("nobody knows that the chunk is outstanding: its lines would be read from the file")
	}
	if status := in.Flush(workerThread+1, podTag, dockerChunk("a")); status != OK {
		t.Errorf("status %d of a small one", status)
	}
	close(answer)
	if status := <-first; status != OK {
		t.Errorf("status %d of the first", status)
	}
	waitFor(t, "the second one is delivered", func() bool { return in.Flush(workerThread, podTag, second) == OK })
	if b := in.Balance(); b != (ledger.Balance{Received: 3, Delivered: 3}) {
		t.Error(b)
	}
	waitFor(t, "the memory is free", func() bool { return in.pipeline.MemoryBytes() == 0 })
}

// A stop does not wait for budgets.
func TestStopLetsAllThrough(t *testing.T) {
	in, host, r := floodHost(t, "delay", "1", "20s")
	host.stopping.Store(true)
	if status := in.Flush(workerThread, "containers", flood(100, 0)); status != OK || len(r.got()) != 100 {
		t.Errorf("status %d, %d records", status, len(r.got()))
	}
}
