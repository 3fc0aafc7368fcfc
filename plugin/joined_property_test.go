package plugin

import (
	"fmt"
	"math/rand"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/k8slog/k8slog/filters"
)

// Pieces, traces and blocks of several files and streams in many chunks; files
// that are rotated in the middle of them; workers that bring the chunks side by
// side, and not in their order; a backend that refuses, finds requests too large and some
// pieces poison; panics; chunks that come again on any worker: nothing is lost,
// no two lines are glued, the books balance, and no flush outlives its deadline.
func TestJoiningProperties(t *testing.T) {
	var overTurns atomic.Int64
	t.Cleanup(func() {
		t.Log(overTurns.Load(), "texts were joined over a rotation")
		if overTurns.Load() == 0 {
			t.Error("nothing was joined over a rotation")
		}
	})
	for seed := range int64(8) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			run := newJoiningRun(t, seed)
			run.check()
			overTurns.Add(run.overTurns)
		})
	}
}

// pieceName is what stands in each piece: file, stream, line, piece, tag.
var pieceName = regexp.MustCompile(`<(\d+)\.(\d+)\.(\d+)\.(\d+)\.([PF])>`)

type joiningRun struct {
	t      *testing.T
	in     *Instance
	host   *testHost
	chunks [][]byte
	names  []string        // of all pieces
	anew   map[string]bool // of those behind a rotation
	queues []chan []byte

	mu       sync.Mutex
	random   *rand.Rand
	moody    bool
	accepted map[string]int
	glued    []string
	// overTurns counts the texts that were joined over a rotation.
	overTurns int64
}

func newJoiningRun(t *testing.T, seed int64) *joiningRun {
	run := &joiningRun{t: t, random: rand.New(rand.NewSource(seed)), moody: true, accepted: map[string]int{}}
	r := receive(t, run.answer)
	options := joiningOptions(r, fmt.Sprint(50+run.random.Intn(70), "ms"))
	options["flush_deadline"], options["request_timeout"], options["backoff_max"] = "500ms", "200ms", "20ms"
	options["join_bytes"], options["multiline"] = "16KiB", "all"
	run.in, run.host = start(t, options)
	run.in.pipeline.Filters = append(run.in.pipeline.Filters[:len(run.in.pipeline.Filters):len(run.in.pipeline.Filters)], run)
	run.queues = make([]chan []byte, []int{1, 2, 3, 4, 8}[run.random.Intn(5)])
	w := newLogWriter(run.random)
	for range 40 {
		run.chunks = append(run.chunks, w.chunk())
	}
	run.chunks = append(run.chunks, w.end())
	run.names, run.anew = w.names, w.anew
	for i := range run.chunks[1:] {
		if run.random.Intn(4) == 0 {
			run.chunks[i], run.chunks[i+1] = run.chunks[i+1], run.chunks[i]
		}
	}
	return run
}

// Apply panics at times.
func (run *joiningRun) Apply(*filters.Record) bool {
	run.mu.Lock()
	defer run.mu.Unlock()
	if run.moody && run.random.Intn(300) == 0 {
		panic("as the test wants it")
	}
	return true
}

// answer is the backend's.
func (run *joiningRun) answer(_ int, texts []string) int {
	run.mu.Lock()
	defer run.mu.Unlock()
	size := 0
	for _, text := range texts {
		size += len(text)
		if strings.Contains(text, ".3.7.F>") {
			return 400
		}
	}
	switch {
	case run.moody && time.Now().UnixMilli()/400%3 != 0:
		return 503
	case len(texts) > 1 && size > 3000:
		return 413
	}
	for _, text := range texts {
		pieces := pieceName.FindAllStringSubmatch(text, -1)
		for i, p := range pieces {
			run.accepted[p[0]]++
			if i > 0 && !consecutive(pieces[i-1], p) {
				run.glued = append(run.glued, text)
			}
			if i > 0 && run.anew[p[0]] {
				run.overTurns++
			}
		}
	}
	return 204
}

func consecutive(a, b []string) bool {
	m, _ := strconv.Atoi(a[4])
	n, _ := strconv.Atoi(b[4])
	return a[1] == b[1] && a[2] == b[2] && a[3] == b[3] && n == m+1
}

// deliver deals the chunks to the workers, until all are taken.
func (run *joiningRun) deliver() {
	var open, workers sync.WaitGroup
	for w := range run.queues {
		run.queues[w] = make(chan []byte, 100*len(run.chunks))
		workers.Go(func() {
			for c := range run.queues[w] {
				begin := time.Now()
				status := run.in.Flush(workerThread+w, "containers", c)
				if took := time.Since(begin); took > 10*time.Second {
					run.t.Errorf("a flush took %v", took)
				}
				if status == OK {
					open.Done()
					continue
				}
				run.mu.Lock()
				to, after := run.random.Intn(len(run.queues)), time.Duration(run.random.Intn(300))*time.Millisecond
				run.mu.Unlock()
				time.AfterFunc(after, func() { run.queues[to] <- c })
			}
		})
	}
	for i, c := range run.chunks {
		open.Add(1)
		run.queues[i%len(run.queues)] <- c
		time.Sleep(time.Duration(i%7) * 5 * time.Millisecond)
	}
	run.mu.Lock()
	run.moody = false
	run.mu.Unlock()
	open.Wait()
	for _, q := range run.queues {
		close(q)
	}
	workers.Wait()
}

func (run *joiningRun) check() {
	run.deliver()
	b := run.in.Balance()
	if b.Received != int64(len(run.names)) || b.Pending != 0 || !b.Balanced() {
		run.t.Errorf("%d pieces, %v", len(run.names), b)
	}
	dead := map[string]bool{}
	if b.DeadLettered > 0 {
		for _, l := range letters(run.t, run.host) {
			dead[pieceName.FindString(l.Record.Log)] = true
		}
	}
	for _, name := range run.names {
		if run.accepted[name] == 0 && !dead[name] {
			run.t.Errorf("%s is lost", name)
		}
	}
	if len(run.glued) > 0 {
		run.t.Errorf("lines that were glued: %q", run.glued)
	}
}
