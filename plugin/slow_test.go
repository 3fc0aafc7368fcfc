package plugin

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/k8slog/k8slog/plugin/ledger"
)

// A backend that stores everything at once and answers late gets every record
// once, and holds nobody up: a chunk whose answer is out is given back, and is
// acknowledged when the answer has come.
func TestSlowBackendGetsEverythingOnce(t *testing.T) {
	const workers, chunks = 2, 5
	answer := make(chan struct{})
	stored := make(chan string, 100)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		for line := range strings.Lines(string(body)) {
			stored <- line
		}
		<-answer
	}))
	defer server.Close()
	in, _ := start(t, map[string]string{"backend": "http", "endpoint": server.URL, "flush_deadline": "30s", "request_timeout": "20s"})
	for w := range workers {
		in.deadlineOn(workerThread + w)
	}
	queue := make(chan int, chunks)
	for i := range chunks {
		queue <- i
	}
	close(queue)
	flush := func(thread, i int) Status {
		return in.Flush(thread, podTag, dockerChunk(fmt.Sprint("chunk ", i)))
	}
	returned := make(chan int, chunks)
	var free sync.WaitGroup
	for w := range workers {
		free.Go(func() {
			for i := range queue {
				if flush(workerThread+w, i) == Retry {
					returned <- i
				}
			}
		})
	}
	got := map[string]int{}
	for range chunks { // though no more than two workers can wait for an answer
		got[<-stored]++
	}
	again := <-returned
	if status := flush(workerThread, again); status != Retry {
		t.Errorf("a chunk whose answer is out: status %d", status)
	}
	returned <- again
	close(answer)
	free.Wait()
	close(returned)
	for i := range returned {
		for flush(workerThread, i) != OK {
			time.Sleep(time.Millisecond)
		}
	}
	close(stored)
	for line := range stored {
		t.Errorf("sent again: %s", line)
	}
	if b := in.Balance(); len(got) != chunks || b != (ledger.Balance{Received: chunks, Delivered: chunks}) {
		t.Errorf("%d chunks arrived, %v", len(got), b)
	}
}
