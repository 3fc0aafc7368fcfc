package plugin

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/delivery"
	"github.com/k8slog/k8slog/plugin/ledger"
)

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
		"backend": "http", "endpoint": r.URL, "batch_bytes": "4KiB", "flush_deadline": "1s", "request_timeout": "1s",
	})
	texts := numbered(100)
	c := dockerChunk(texts...)
	if status := in.Flush(workerThread, podTag, c); status != Retry {
		t.Fatalf("status %d", status)
	}
	half := len(r.got())
	b := in.Balance()
	if half == 0 || half == len(texts) || b != (ledger.Balance{Received: 100, Delivered: int64(half), Pending: int64(100 - half)}) {
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
	if b := in.Balance(); b != (ledger.Balance{Received: 100, Delivered: 100}) {
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

// A backend that refuses everything for its content costs few requests, and
// nothing is buried that it was not asked about.
func TestAllRefusedForTheirContent(t *testing.T) {
	r := receive(t, func(int, []string) int { return 400 })
	in, host := start(t, map[string]string{"backend": "http", "endpoint": r.URL, "flush_deadline": "2s"})
	if status := in.Flush(workerThread, podTag, dockerChunk(numbered(2000)...)); status != Retry {
		t.Fatalf("status %d", status)
	}
	n := len(letters(t, host))
	if n < 32 || r.requests > 300 || r.requests < n {
		t.Errorf("%d letters after %d requests", n, r.requests)
	}
	if b := in.Balance(); b != (ledger.Balance{Received: 2000, DeadLettered: int64(n), Pending: int64(2000 - n)}) {
		t.Error(b)
	}
}

// Refused records that stand together cost no good one its delivery.
func TestRefusedRecordsInARow(t *testing.T) {
	const bad = 63
	r := receive(t, func(_ int, texts []string) int {
		if slices.ContainsFunc(texts, func(text string) bool { return strings.HasPrefix(text, "bad") }) {
			return 400
		}
		return 204
	})
	in, host := start(t, map[string]string{"backend": "http", "endpoint": r.URL, "flush_deadline": "30s", "request_timeout": "30s"})
	texts := numbered(1024)
	for i := range bad {
		texts[300+i] = fmt.Sprint("bad ", i)
	}
	if status := in.Flush(workerThread, podTag, dockerChunk(texts...)); status != OK {
		t.Fatalf("status %d", status)
	}
	if len(letters(t, host)) != bad || len(r.got()) != len(texts)-bad || r.requests > 4*bad {
		t.Errorf("%d letters, %d delivered, %d requests", len(letters(t, host)), len(r.got()), r.requests)
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
	deliverBy(in, delivery.New(&hangingBackend{in.own.backend, hang}, delivery.Config{
		BatchBytes: 1 << 20, RequestTimeout: time.Second, BackoffMin: time.Millisecond, BackoffMax: time.Millisecond,
	}))
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
	r := receive(t, func(int, []string) int { return 410 })
	in, host := start(t, map[string]string{"backend": "http", "endpoint": r.URL, "http_reject": "410"})
	if status := in.Flush(workerThread, podTag, dockerChunk(numbered(100)...)); status != OK {
		t.Fatalf("status %d", status)
	}
	if dead := letters(t, host); len(dead) != 100 || r.requests != 1 {
		t.Errorf("%d letters after %d requests", len(dead), r.requests)
	}
	if b := in.Balance(); b != (ledger.Balance{Received: 100, DeadLettered: 100}) {
		t.Error(b)
	}
}

func TestDeadLetterThatCannotBeWrittenIsARetry(t *testing.T) {
	r := receive(t, func(int, []string) int { return 400 })
	in, host := start(t, map[string]string{"backend": "http", "endpoint": r.URL, "dead_letter_path": "/dev/full"})
	if status := in.Flush(workerThread, podTag, dockerChunk("a")); status != Retry {
		t.Fatalf("status %d", status)
	}
	if b := in.Balance(); b != (ledger.Balance{Received: 1, Pending: 1}) || host.logged("/dev/full") == 0 {
		t.Error(b)
	}
}

// The dead-letter file is turned over, and what had to go is said.
func TestDeadLetterFilesAreBounded(t *testing.T) {
	r := receive(t, func(int, []string) int { return 400 })
	in, host := start(t, map[string]string{
		"backend": "http", "endpoint": r.URL, "dead_letter_bytes": "64KiB", "dead_letter_files": "2",
	})
	texts := []string{strings.Repeat("x", 20_000)}
	for range 10 {
		if status := in.Flush(workerThread, podTag, dockerChunk(texts...)); status != OK {
			t.Fatalf("status %d", status)
		}
	}
	files, err := filepath.Glob(host.options["dead_letter_path"] + "*")
	if err != nil || len(files) != 2 {
		t.Errorf("files %q", files)
	}
	if host.logged("was removed to make room") == 0 {
		t.Error("nothing was said of what was removed")
	}
}

// A backend that takes a part of a request, and does not say which, gets none of
// it again; and nothing of it is lost.
func TestPartialSuccessIsBuriedWhole(t *testing.T) {
	var requests atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		requests.Add(1)
		// ExportLogsServiceResponse{PartialSuccess{2, "old"}}
		_, _ = w.Write([]byte{0x0a, 0x07, 0x08, 0x02, 0x12, 0x03, 'o', 'l', 'd'})
	}))
	defer server.Close()
	in, host := start(t, map[string]string{"backend": "otlp", "endpoint": server.URL})
	if status := in.Flush(workerThread, podTag, dockerChunk(numbered(5)...)); status != OK {
		t.Fatalf("status %d", status)
	}
	if n := requests.Load(); n != 1 {
		t.Errorf("%d requests", n)
	}
	if b := in.Balance(); b != (ledger.Balance{Received: 5, DeadLettered: 5}) {
		t.Error(b)
	}
	all := letters(t, host)
	if len(all) != 5 {
		t.Fatalf("%d letters", len(all))
	}
	for _, l := range all {
		if !strings.Contains(l.Answer, "partial success: 2 records") || !strings.Contains(l.Answer, "old") {
			t.Errorf("%+v", l)
		}
	}
	if host.logged("partial success: 2 records") == 0 {
		t.Error("nothing was logged")
	}
}
