package plugin

import (
	"fmt"
	"math/rand"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/k8slog/k8slog/plugin/ledger"
	"github.com/k8slog/k8slog/test/chunktest"
	"github.com/k8slog/k8slog/test/fake"
)

// After an outage that is longer than Loki's window, the oldest records go first, in
// whatever order Fluent Bit presents the chunks, and new ones give way to them: Loki takes
// all of them.
func TestLokiGetsTheOldestFirst(t *testing.T) {
	for seed := range int64(5) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			random := rand.New(rand.NewSource(seed))
			var down atomic.Bool
			down.Store(true)
			server := &fake.Loki{Window: time.Hour, Whole: func(int) (int, http.Header, string) {
				if down.Load() {
					return http.StatusServiceUnavailable, nil, ""
				}
				return 0, nil, ""
			}}
			in, host := startLoki(t, server, "flush_deadline", "500ms", "request_timeout", "200ms", "backoff_max", "20ms", "backoff_min", "5ms")
			begin := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
			const chunks = 30 // of ten minutes each
			newChunk := func(i int) (c []byte) {
				for k := range 5 {
					at := begin.Add(time.Duration(10*i+2*k) * time.Minute)
					c = chunktest.Append(c, at.UnixNano(), "path", strings.Replace(podPath, "_shop_", "_a_", 1),
						"log", fmt.Sprintf("%s stdout F %d of %d", at.Format(time.RFC3339), k, i))
				}
				return c
			}
			left := map[int][]byte{}
			for i := range chunks {
				left[i] = newChunk(i)
				if s := in.Flush(workerThread, "t", left[i]); s != Retry {
					t.Fatalf("status %d", s)
				}
			}
			for i := range chunks { // Fluent Bit presents all of them again
				in.Flush(workerThread, "t", left[i])
			}
			down.Store(false)
			left[chunks] = newChunk(chunks)
			for begun := time.Now(); len(left) > 0; {
				order := []int{chunks} // the new one first
				for i := range left {
					order = append(order, i)
				}
				random.Shuffle(len(order)-1, func(i, j int) { order[1+i], order[1+j] = order[1+j], order[1+i] })
				for _, i := range order {
					if c := left[i]; c != nil && in.Flush(workerThread, "t", c) == OK {
						delete(left, i)
					}
				}
				if time.Since(begun) > time.Minute {
					t.Fatalf("%d chunks are left", len(left))
				}
			}
			if n := len(lokiTexts(server, "a")); n != 5*(chunks+1) || len(letters(t, host)) != 0 {
				t.Errorf("%d records are stored, %d dead letters", n, len(letters(t, host)))
			}
			if b := in.Balance(); b != (ledger.Balance{Received: 5 * (chunks + 1), Delivered: 5 * (chunks + 1)}) {
				t.Error(b)
			}
		})
	}
}

// After a start that follows a long outage, Fluent Bit presents what it reads now before what
// is on the disk. The new chunk waits or gives way, and Loki takes both.
func TestLokiGetsTheDiskFirst(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "ledger")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if before := time.Now().Add(-2 * time.Hour); os.Chtimes(path, before, before) != nil {
		t.Fatal("the ledger has no time")
	}
	server := &fake.Loki{Window: time.Hour}
	in, host := startLoki(t, server, "disk_ledger_path", path, "disk_ledger_logs", filepath.Join(dir, "*.log"), "path_key", "path", "offset_key", "offset")
	chunkAt := func(age time.Duration) []byte {
		at := time.Now().Add(-age)
		return chunktest.Append(nil, at.UnixNano(), "path", strings.Replace(podPath, "_shop_", "_a_", 1), "log", at.Format(time.RFC3339Nano)+" stdout F "+age.String())
	}
	done, fresh := make(chan Status, 1), chunkAt(0)
	go func() { done <- in.Flush(workerThread, "t", fresh) }()
	time.Sleep(300 * time.Millisecond) // the next flush of Fluent Bit
	if status := in.Flush(workerThread+1, "t", chunkAt(90*time.Minute)); status != OK {
		t.Errorf("the old chunk: status %d", status)
	}
	if status := <-done; status == Retry { // it gave way
		waitFor(t, "the new chunk is stored", func() bool { return in.Flush(workerThread, "t", fresh) == OK })
	}
	if texts := lokiTexts(server, "a"); len(texts) != 2 || len(letters(t, host)) != 0 {
		t.Errorf("%q are stored, %d dead letters", texts, len(letters(t, host)))
	}
}

// After a start in an outage's backlog, a busy machine begins the chunks in another order than
// Fluent Bit has passed them to its workers. Loki takes all.
func TestLokiGetsTheOldestOfManyWorkersFirst(t *testing.T) {
	server := &fake.Loki{Window: time.Hour}
	in, host := startLoki(t, server)
	const chunks = 24
	begin := time.Now().Add(-chunks * 10 * time.Minute)
	chunkOf := func(i int) []byte {
		at := begin.Add(time.Duration(i) * 10 * time.Minute)
		return chunktest.Append(nil, at.UnixNano(), "path", strings.Replace(podPath, "_shop_", "_a_", 1), "log", fmt.Sprintf("%s stdout F %d", at.Format(time.RFC3339Nano), i))
	}
	var all sync.WaitGroup
	for i := range chunks {
		all.Go(func() {
			c := chunkOf(i)
			time.Sleep(time.Duration(chunks-i) * 10 * time.Millisecond) // the newest first
			for in.Flush(workerThread+i, "t", c) != OK {
				time.Sleep(10 * time.Millisecond)
			}
		})
	}
	all.Wait()
	if n := len(lokiTexts(server, "a")); n != chunks || len(letters(t, host)) != 0 {
		t.Errorf("%d of %d are stored, %d dead letters", n, chunks, len(letters(t, host)))
	}
}
