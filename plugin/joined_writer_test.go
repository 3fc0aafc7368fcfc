package plugin

import (
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"time"

	"github.com/k8slog/k8slog/test/chunktest"
)

// logWriter writes the logs of a node, at random, and makes chunks of them as
// tail does.
type logWriter struct {
	random *rand.Rand
	files  []*logFile
	now    time.Duration // each line takes a millisecond
	chunks int
	names  []string        // of all pieces that were written
	anew   map[string]bool // of those that go on with a text behind a rotation
}

// logFile is what has a name, and what had it before.
type logFile struct {
	number    int
	component bool
	file      chunktest.File
	texts     [2]logText // of each stream
	rotated   time.Duration
	old       chunktest.File
	rest      []string // lines of the old file that tail has not read
	oldRead   int      // in which chunk it has last: until then there is no third file
	ends      []int64  // where files that had the name, and chunks, have ended
}

// logText is what a stream writes: a line in pieces, a trace or a block.
type logText struct {
	number, piece int
	kind          string
	cut           bool // the last line was a piece
	anew          bool // the file was rotated since
}

// longest is longer than a text may stand still (join_wait). So long a file has
// its name. So long every second chunk is, as well: of a file's end and the
// beginning of the next one that come within join_wait nobody can tell whether
// a chunk between them is missing.
const longest = 130 * time.Millisecond

func newLogWriter(random *rand.Rand) *logWriter {
	w := &logWriter{random: random, anew: map[string]bool{}}
	for i := range 1 + random.Intn(5) {
		f := &logFile{number: i, component: i == 1}
		if f.file.Path = strings.Replace(podPath, "web-1", fmt.Sprint("web-", i), 1); f.component {
			f.file.Path = kubeletPath
		}
		f.file.Offset = int64(random.Intn(2)) * 4711
		w.files = append(w.files, f)
	}
	return w
}

// chunk returns the next chunk.
func (w *logWriter) chunk() (c []byte) {
	if w.chunks++; w.chunks%2 == 0 {
		w.now += longest
	}
	for range 1 + w.random.Intn(30) {
		f := w.files[w.random.Intn(len(w.files))]
		if n := len(f.rest); n > 0 {
			c = w.readOld(c, f, 1+w.random.Intn(n))
		}
		if w.chunks > f.oldRead && w.now-f.rotated > longest && w.random.Intn(8) == 0 {
			c = w.rotate(c, f)
		}
		c = w.read(c, f)
	}
	for _, f := range w.files {
		f.ends = append(f.ends, f.file.Offset)
	}
	return c
}

// end returns a last chunk, of what tail has not read yet.
func (w *logWriter) end() (c []byte) {
	for _, f := range w.files {
		if n := len(f.rest); n > 0 {
			c = w.readOld(c, f, n)
		}
	}
	return c
}

// read reads a new line of a file.
func (w *logWriter) read(c []byte, f *logFile) []byte {
	line := w.line(f, &f.file)
	f.file.Read = w.now
	return f.file.Append(c, line)
}

// readOld reads lines of the file that was rotated.
func (w *logWriter) readOld(c []byte, f *logFile, n int) []byte {
	w.now += time.Millisecond
	f.old.Read, f.oldRead = w.now, w.chunks
	c = f.old.Append(c, f.rest[:n]...)
	f.rest = f.rest[n:]
	return c
}

// rotate rotates a file. The agent may lag, and then reads the new one first,
// and the old one in turn.
func (w *logWriter) rotate(c []byte, f *logFile) []byte {
	var rest []string
	end := f.file
	for range w.random.Intn(2) * w.random.Intn(8) {
		f.ends = append(f.ends, end.Offset)
		rest = append(rest, w.line(f, &end))
		end.Append(nil, rest[len(rest)-1])
	}
	f.ends = append(f.ends, end.Offset)
	f.old, f.rest, f.rotated = f.file, rest, w.now
	f.file.Offset = 0
	for i := range f.texts {
		f.texts[i].anew = f.texts[i].piece > 0
	}
	if len(rest) > 0 {
		c = w.readOld(w.read(c, f), f, 1+w.random.Intn(len(rest)))
	}
	return c
}

// line writes a line at the end of a file. It does not end where another file
// of that name did: small as these are, the one would be taken for the other.
func (w *logWriter) line(f *logFile, end *chunktest.File) string {
	w.now += time.Millisecond
	stream := w.random.Intn(2)
	if f.component {
		stream = 0
	}
	t := &f.texts[stream]
	first, last := t.piece == 0, w.random.Intn(4) == 0
	if first && f.component {
		t.kind, last = "block", false
	} else if first {
		t.kind = []string{"pieces", "trace"}[w.random.Intn(2)]
	}
	tag := "F"
	if t.kind == "pieces" && !last || t.kind == "trace" && w.random.Intn(4) == 0 {
		tag = "P"
	}
	name := fmt.Sprintf("<%d.%d.%d.%d.%s>", f.number, stream, t.number, t.piece, tag)
	w.names = append(w.names, name)
	if t.anew {
		w.anew[name] = true
	}
	before, behind := "", ""
	switch {
	case t.cut || t.kind == "pieces":
	case t.kind == "trace" && first:
		before = "java.lang.Error: "
	case t.kind == "trace":
		before = "\tat "
	case first:
		before, behind = `E1122 10:00:00.000000       1 a.go:1] "`, `" err=<`
	case last:
		before = " > "
	default:
		before = "\t"
	}
	if !f.component {
		at := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC).Add(w.now).Format(time.RFC3339Nano)
		before = fmt.Sprint(at, []string{" stdout ", " stderr "}[stream], tag, " ", before)
	}
	t.piece++
	t.anew, t.cut = false, tag == "P"
	if tag == "F" && last {
		*t = logText{number: t.number + 1}
	}
	for n := w.random.Intn(300); ; n += 10 {
		line := before + name + strings.Repeat("x", n) + behind
		next := end.Offset + int64(len(line)) + 1
		if !slices.ContainsFunc(f.ends, func(other int64) bool { return max(next-other, other-next) < 100 }) {
			return line
		}
	}
}
