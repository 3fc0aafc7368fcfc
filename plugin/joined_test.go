package plugin

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/k8slog/k8slog/plugin/ledger"
	"github.com/k8slog/k8slog/test/chunktest"
)

// joining are the options of a node agent that joins across chunks, and waits
// so long for the rest.
func joiningOptions(r *receiver, wait string) map[string]string {
	return map[string]string{
		"backend": "http", "endpoint": r.URL, "path_key": "path", "offset_key": "offset",
		"flush_deadline": "40s", "join_wait": wait,
	}
}

// cri is a line of a CRI runtime: out or err, P or F, and the text.
func cri(stream, tag, text string) string {
	return "2026-11-22T10:00:00.123456789Z std" + stream + " " + tag + " " + text
}

// flushAll flushes chunks at once, each on a worker of its own, in an order.
func flushAll(t *testing.T, in *Instance, chunks ...[]byte) {
	t.Helper()
	// The instance learns of its workers.
	for w := range len(chunks) + 1 {
		if status := in.Flush(workerThread+w, "nothing", nil); status != OK {
			t.Fatalf("status %d", status)
		}
	}
	var all sync.WaitGroup
	for i, c := range chunks {
		all.Go(func() {
			for begun := time.Now(); ; time.Sleep(time.Millisecond) { // a slow answer returns a chunk
				status := in.Flush(workerThread+i, "containers", c)
				if status == OK {
					return
				}
				if status != Retry || time.Since(begun) > time.Minute {
					t.Errorf("chunk %d: status %d", i, status)
					return
				}
			}
		})
	}
	all.Wait()
}

func TestPiecesInsideAChunk(t *testing.T) {
	for _, c := range []struct {
		name  string
		lines []string
		want  []string
	}{
		{"CRI", []string{cri("out", "P", "a"), cri("out", "P", "b"), cri("out", "F", "c"), cri("out", "F", "d")}, []string{"abc", "d"}},
		{"empty end", []string{cri("out", "P", "a"), cri("out", "F", ""), cri("out", "F", "d")}, []string{"a", "d"}},
		{"interleaved", []string{
			cri("out", "P", "a"), cri("err", "P", "1"), cri("out", "P", "b"), cri("err", "F", "2"), cri("err", "F", "3"), cri("out", "F", "c"),
		}, []string{"abc", "12", "3"}},
		{"docker", []string{
			`{"log":"a\"","stream":"stdout","time":"2026-11-22T10:00:00Z"}`,
			`{"log":"é","stream":"stdout","time":"2026-11-22T10:00:00Z"}`,
			`{"log":"\tc\n","stream":"stdout","time":"2026-11-22T10:00:00Z"}`,
		}, []string{"a\"é\tc"}},
		{"a character cut in two", []string{cri("out", "P", "\xe2\x82"), cri("out", "F", "\xac")}, []string{"€"}},
		{"something that is no line between", []string{cri("out", "P", "a"), "half a li", cri("out", "F", "b")}, []string{"ab", "half a li"}},
		{"open at the end", []string{cri("out", "F", "x"), cri("out", "P", "a"), cri("out", "P", "b")}, []string{"x", "ab"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := receive(t, nil)
			in, _ := start(t, joiningOptions(r, "0s"))
			data := (&chunktest.File{Path: podPath}).Append(nil, c.lines...)
			if status := in.Flush(workerThread, "containers", data); status != OK {
				t.Fatalf("status %d", status)
			}
			if !slices.Equal(r.got(), c.want) {
				t.Errorf("got %q", r.got())
			}
			if n := int64(len(c.lines)); in.Balance() != (ledger.Balance{Received: n, Delivered: n}) {
				t.Error(in.Balance())
			}
		})
	}
}

func TestPiecesOfFilesDoNotMix(t *testing.T) {
	r := receive(t, nil)
	in, _ := start(t, joiningOptions(r, "0s"))
	a := chunktest.File{Path: podPath}
	b := chunktest.File{Path: strings.Replace(podPath, "web-1", "web-2", 1)}
	var data []byte
	for i := range 3 {
		tag := []string{"P", "P", "F"}[i]
		data = a.Append(data, cri("out", tag, fmt.Sprint("a", i)))
		data = b.Append(data, cri("out", tag, fmt.Sprint("b", i)))
	}
	in.Flush(workerThread, "containers", data)
	if want := []string{"a0a1a2", "b0b1b2"}; !slices.Equal(r.got(), want) {
		t.Errorf("got %q", r.got())
	}
}

// A line that is cut between chunks, which come at once and in any order.
func TestPiecesAcrossChunks(t *testing.T) {
	for _, order := range [][]int{{0, 1, 2}, {2, 1, 0}, {1, 0, 2}} {
		t.Run(fmt.Sprint(order), func(t *testing.T) {
			r := receive(t, nil)
			in, _ := start(t, joiningOptions(r, "10s"))
			file := chunktest.File{Path: podPath}
			chunks := [][]byte{
				file.Append(nil, cri("out", "F", "first"), cri("out", "P", "a"), cri("err", "P", "1"), cri("out", "P", "b")),
				file.Append(nil, cri("out", "P", "c"), cri("out", "P", "d")),
				file.Append(nil, cri("err", "F", "2"), cri("out", "F", "e"), cri("out", "F", "last")),
			}
			var ordered [][]byte
			for _, i := range order {
				ordered = append(ordered, chunks[i])
			}
			flushAll(t, in, ordered...)
			got := r.got()
			slices.Sort(got)
			if want := []string{"12", "abcde", "first", "last"}; !slices.Equal(got, want) {
				t.Errorf("got %q", got)
			}
			if in.Balance() != (ledger.Balance{Received: 9, Delivered: 9}) {
				t.Error(in.Balance())
			}
		})
	}
}

// What comes too late is passed on in parts, each flagged.
func TestPiecesThatComeTooLate(t *testing.T) {
	r := receive(t, nil)
	in, _ := start(t, joiningOptions(r, "50ms"))
	file := chunktest.File{Path: podPath}
	one := file.Append(nil, cri("out", "P", "a"))
	two := file.Append(nil, cri("out", "P", "b"), cri("out", "F", "c"), cri("out", "F", "last"))
	flushAll(t, in, one)
	flushAll(t, in, two)
	if got := r.got(); !slices.Equal(got, []string{"a", "bc", "last"}) {
		t.Errorf("got %q", got)
	}
	if got := r.gotPartial(); !slices.Equal(got, []string{"a", "bc"}) {
		t.Errorf("flagged %q", got)
	}
}

// After a restart the chunk with the beginning comes from the disk, behind the
// one with the rest, and nobody knows what was before either.
func TestPiecesAfterARestart(t *testing.T) {
	r := receive(t, nil)
	in, _ := start(t, joiningOptions(r, "300ms"))
	file := chunktest.File{Path: podPath, Offset: 4711}
	one := file.Append(nil, cri("out", "F", "first"), cri("out", "P", "a"))
	two := file.Append(nil, cri("out", "F", "b"), cri("out", "F", "last"))
	flushAll(t, in, two, one)
	got := r.got()
	slices.Sort(got)
	if !slices.Equal(got, []string{"ab", "first", "last"}) || len(r.gotPartial()) > 0 {
		t.Errorf("got %q, flagged %q", r.got(), r.gotPartial())
	}
}

// The file was renamed, or truncated, in the middle of a line: its name has a
// new beginning.
func TestPiecesAcrossARotation(t *testing.T) {
	r := receive(t, nil)
	in, _ := start(t, joiningOptions(r, "10s"))
	old, anew := chunktest.File{Path: podPath}, chunktest.File{Path: podPath}
	one := old.Append(nil, cri("out", "F", "first"), cri("out", "P", "a"))
	two := anew.Append(nil, cri("out", "P", "b"), cri("out", "F", "c"), cri("out", "F", "last"))
	end := beginWith(t, in, r, one)
	flushAll(t, in, two)
	end()
	if got := r.got(); !slices.Equal(got, []string{"first", "abc", "last"}) {
		t.Errorf("got %q", got)
	}
}

// beginWith begins to flush a chunk, and returns when its line "first" has been
// delivered: it waits for another. end waits until all of it is delivered.
func beginWith(t *testing.T, in *Instance, r *receiver, one []byte) (end func()) {
	t.Helper()
	for w := range 8 { // the instance learns of its workers
		in.Flush(workerThread+w, "nothing", nil)
	}
	done := make(chan Status, 1)
	go func() { done <- in.Flush(workerThread+7, "containers", one) }()
	for !slices.Contains(r.got(), "first") {
		time.Sleep(time.Millisecond)
	}
	return func() {
		t.Helper()
		if status := <-done; status != OK {
			t.Errorf("the first chunk: status %d", status)
		}
	}
}

// A line that Fluent Bit left out does not make one of what is around it.
func TestPiecesAroundAGap(t *testing.T) {
	r := receive(t, nil)
	in, _ := start(t, joiningOptions(r, "0s"))
	file := chunktest.File{Path: podPath}
	c := file.Append(nil, cri("out", "P", "a"))
	file.Offset += 100_000
	c = file.Append(c, cri("out", "F", "b"))
	flushAll(t, in, c)
	if got := r.got(); !slices.Equal(got, []string{"a", "b"}) || !slices.Equal(r.gotPartial(), []string{"a"}) {
		t.Errorf("got %q, flagged %q", got, r.gotPartial())
	}
}

// One worker, or none, cannot bring the rest while it waits: nothing waits.
func TestOneWorkerDoesNotWait(t *testing.T) {
	for _, thread := range []int{engineThread, workerThread} {
		r := receive(t, nil)
		in, _ := start(t, joiningOptions(r, "10s"))
		file := chunktest.File{Path: podPath, Offset: 4711}
		begin := time.Now()
		in.Flush(thread, "nothing", nil)
		for _, lines := range [][]string{{cri("out", "P", "a")}, {cri("out", "P", "b")}, {cri("out", "F", "c")}} {
			if status := in.Flush(thread, "containers", file.Append(nil, lines...)); status != OK {
				t.Fatalf("status %d", status)
			}
		}
		if took := time.Since(begin); took > 8*time.Second {
			t.Errorf("waited %v", took)
		}
		if got := r.gotPartial(); !slices.Equal(got, []string{"a", "b", "c"}) {
			t.Errorf("flagged %q", got)
		}
	}
}

func TestJoinedTextsAreBounded(t *testing.T) {
	r := receive(t, nil)
	options := joiningOptions(r, "0s")
	options["join_bytes"] = "16KiB"
	in, _ := start(t, options)
	piece := strings.Repeat("x", 7000)
	var lines []string
	for range 5 {
		lines = append(lines, cri("out", "P", piece))
	}
	lines = append(lines, cri("out", "F", "end"), cri("out", "F", "next"))
	flushAll(t, in, (&chunktest.File{Path: podPath}).Append(nil, lines...))
	var sizes []int
	for _, text := range r.got() {
		sizes = append(sizes, len(text))
	}
	if !slices.Equal(sizes, []int{14000, 14000, 7003, 4}) || len(r.gotPartial()) != 3 {
		t.Errorf("texts of %d bytes, %d flagged", sizes, len(r.gotPartial()))
	}
}
