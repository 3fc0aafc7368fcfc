package plugin

import (
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/ledger"
	"github.com/k8slog/k8slog/test/chunktest"
)

// What becomes of the joined record becomes of its pieces, in either chunk.
func TestJoinedAcrossChunksAndRefused(t *testing.T) {
	r := receive(t, func(_ int, texts []string) int {
		if slices.ContainsFunc(texts, func(text string) bool { return strings.Contains("poison", text) }) {
			return 400
		}
		return 204
	})
	in, host := start(t, joiningOptions(r, "10s"))
	file := chunktest.File{Path: podPath}
	one := file.Append(nil, cri("out", "F", "first"), cri("out", "P", "poi"))
	two := file.Append(nil, cri("out", "F", "son"), cri("out", "F", "last"))
	flushAll(t, in, one, two)
	var dead []string
	for _, l := range letters(t, host) {
		dead = append(dead, l.Record.Log)
	}
	slices.Sort(dead)
	if !slices.Equal(dead, []string{"poi", "son"}) {
		t.Errorf("dead letters %q", dead)
	}
	if in.Balance() != (ledger.Balance{Received: 4, Delivered: 2, DeadLettered: 2}) {
		t.Error(in.Balance())
	}
}

// When the backend goes down with a joined record, neither chunk is
// acknowledged, and both are delivered in the end.
func TestJoinedAcrossChunksAndGivenBack(t *testing.T) {
	var up atomic.Bool
	r := receive(t, func(int, []string) int {
		if up.Load() {
			return 204
		}
		return 503
	})
	options := joiningOptions(r, "300ms")
	options["flush_deadline"] = "1200ms"
	in, _ := start(t, options)
	for w := range 3 {
		in.Flush(workerThread+w, "nothing", nil)
	}
	file := chunktest.File{Path: podPath}
	chunks := [][]byte{
		file.Append(nil, cri("out", "P", "a")),
		file.Append(nil, cri("out", "F", "b"), cri("out", "F", "last")),
	}
	var all sync.WaitGroup
	for w, c := range chunks {
		all.Go(func() {
			if status := in.Flush(workerThread+w, "containers", c); status != Retry {
				t.Errorf("chunk %d: status %d", w, status)
			}
		})
	}
	all.Wait()
	up.Store(true)
	for w, c := range chunks {
		for in.Flush(workerThread+w, "containers", c) != OK {
			time.Sleep(10 * time.Millisecond)
		}
	}
	if got := strings.Join(r.got(), ""); got != "ablast" {
		t.Errorf("got %q", r.got())
	}
	if in.Balance() != (ledger.Balance{Received: 3, Delivered: 3}) {
		t.Error(in.Balance())
	}
}

// A panic in the chunk with the rest is not the end of the one that waits.
func TestPanicWhileJoining(t *testing.T) {
	r := receive(t, nil)
	in, _ := start(t, joiningOptions(r, "10s"))
	in.pipeline.Filters = append(slices.Clone(in.pipeline.Filters), panicOn("ab"))
	file := chunktest.File{Path: podPath}
	chunks := [][]byte{file.Append(nil, cri("out", "P", "a")), file.Append(nil, cri("out", "F", "b"))}
	for w := range 3 {
		in.Flush(workerThread+w, "nothing", nil)
	}
	var all sync.WaitGroup
	for w, c := range chunks {
		all.Go(func() {
			if status := in.Flush(workerThread+w, "containers", c); status != Retry {
				t.Errorf("chunk %d: status %d", w, status)
			}
		})
	}
	all.Wait()
}

// panicOn panics at a text.
type panicOn string

func (p panicOn) Apply(r *filters.Record) bool {
	if text, _ := r.Log.Plain(); string(text) == string(p) {
		panic("as the test wants it")
	}
	return true
}

// A joined text that the backend does not take goes out in its pieces.
func TestJoinedAndTooLarge(t *testing.T) {
	for _, status := range []int{400, 413} {
		r := receive(t, func(_ int, texts []string) int {
			if slices.ContainsFunc(texts, func(text string) bool { return len(text) > 100_000 }) {
				return status
			}
			return 204
		})
		in, _ := start(t, joiningOptions(r, "0s"))
		var lines []string
		for range 20 {
			lines = append(lines, cri("out", "P", strings.Repeat("x", 16<<10)))
		}
		c := (&chunktest.File{Path: podPath}).Append(nil, append(lines, cri("out", "F", "end"))...)
		if in.Flush(workerThread, "containers", c) != OK || in.Balance() != (ledger.Balance{Received: 21, Delivered: 21}) {
			t.Errorf("%d: %v", status, in.Balance())
		}
		if got := strings.Join(r.got(), ""); got != strings.Repeat("x", 20*16<<10)+"end" {
			t.Errorf("%d: %d bytes arrived", status, len(got))
		}
	}
}

// Two chunks of which each begins, in one of two files, where the other ends:
// after a rotation tail makes such.
func TestChunksThatWaitForEachOther(t *testing.T) {
	r := receive(t, nil)
	in, _ := start(t, joiningOptions(r, "300ms"))
	one := chunktest.File{Path: podPath}
	old := chunktest.File{Path: otherPath, Offset: 100_000}
	anew := chunktest.File{Path: otherPath}
	x := old.Append(one.Append(nil, cri("out", "F", "a")), cri("out", "F", "b"))
	y := one.Append(anew.Append(nil, cri("out", "F", "c")), cri("out", "F", "d"))
	flushAll(t, in, x, y)
	if got := r.got(); len(got) != 4 {
		t.Errorf("got %q", got)
	}
}

// tail reads the new file and the rest of the old one in turn.
func TestRotatedWhileTheAgentLags(t *testing.T) {
	r := receive(t, nil)
	in, _ := start(t, joiningOptions(r, "0s"))
	old, anew := chunktest.File{Path: podPath, Offset: 5_000_000}, chunktest.File{Path: podPath}
	c := old.Append(nil, cri("out", "P", "old, "))
	c = anew.Append(c, cri("out", "F", "new"), cri("out", "P", "newer, "))
	c = old.Append(c, cri("out", "F", "its rest"))
	c = anew.Append(c, cri("out", "F", "its end"))
	flushAll(t, in, c)
	if got := r.got(); !slices.Equal(got, []string{"old, its rest", "new", "newer, its end"}) {
		t.Errorf("got %q", got)
	}
}

// A file that begins anew inside a chunk goes on with what the old one ended with.
func TestRotatedInsideAChunk(t *testing.T) {
	r := receive(t, nil)
	in, _ := start(t, joiningOptions(r, "0s"))
	old, anew := chunktest.File{Path: podPath, Offset: 5_000_000}, chunktest.File{Path: podPath}
	c := old.Append(nil, cri("out", "F", "before"), cri("out", "P", "old, "), cri("err", "F", "other"))
	c = anew.Append(c, cri("out", "P", "new, "), cri("out", "F", "end"), cri("out", "F", "after"))
	flushAll(t, in, c)
	if got := r.got(); !slices.Equal(got, []string{"before", "old, new, end", "other", "after"}) {
		t.Errorf("got %q", got)
	}
}

// A chunk from the beginning of a file that comes again, behind its successors,
// is not the beginning of another file.
func TestRetriedFromTheBeginning(t *testing.T) {
	var down atomic.Bool
	down.Store(true)
	r := receive(t, func(int, []string) int {
		if down.Load() {
			return 503
		}
		return 204
	})
	options := joiningOptions(r, "100ms")
	options["flush_deadline"], options["request_timeout"] = "400ms", "400ms"
	in, _ := start(t, options)
	file := chunktest.File{Path: podPath}
	first := file.Append(nil, cri("out", "F", "one"))
	second := file.Append(nil, cri("out", "F", "two"), cri("out", "P", "three, "))
	for w := range 3 {
		in.Flush(workerThread+w, "nothing", nil)
	}
	if in.Flush(workerThread, "containers", first) != Retry {
		t.Fatal("delivered")
	}
	down.Store(false)
	time.Sleep(60 * time.Millisecond) // the gate's pause, backoff_max
	for in.Flush(workerThread+1, "containers", second) != OK || in.Flush(workerThread, "containers", first) != OK {
		time.Sleep(10 * time.Millisecond)
	}
	if slices.ContainsFunc(r.got(), func(text string) bool { return strings.Contains(text, "three, o") }) {
		t.Errorf("got %q", r.got())
	}
}

// Where it is not known who wrote a line, nothing is joined.
func TestUnknownWritersAreNotJoined(t *testing.T) {
	r := receive(t, nil)
	in, _ := start(t, map[string]string{"backend": "http", "endpoint": r.URL, "multiline": "all"})
	var c []byte
	want := []string{"of a, ", "of b", "java.lang.Error: of c", "\tat of.d.D(D.java:1)"}
	for i, text := range want {
		c = chunktest.Append(c, 1e9, "log", cri("out", []string{"P", "F", "F", "F"}[i], text))
	}
	in.Flush(workerThread, "containers", c)
	if !slices.Equal(r.got(), want) {
		t.Errorf("got %q", r.got())
	}
}
