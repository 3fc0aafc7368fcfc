package disk

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestInodeOfAnotherCompressedFile: the kubelet removes the oldest file and compresses
// another one, which gets the inode. What was not read of it is read.
func TestInodeOfAnotherCompressedFile(t *testing.T) {
	n := newNode(t)
	l := n.ledger()
	n.write(100)
	r, _ := n.read(l, n.target, 0, 100)
	r.Settle()
	oldest := n.rotate()
	n.compress(oldest)
	n.write(100)
	waitFor(t, "both files are known", func() bool { g := l.Figures(); return g.Unread > 0 && g.Written > 7000 })
	n.must(l.Close())

	newest := n.rotate()
	data, err := os.ReadFile(newest)
	n.must(err)
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err = w.Write(data)
	n.must(err)
	n.must(w.Close())
	n.must(os.Rename(oldest+".gz", newest+".gz")) // with the inode
	n.must(os.WriteFile(newest+".gz", b.Bytes(), 0o644))
	n.must(os.Remove(newest))
	n.write(10)

	l = n.ledger()
	var got receiver
	got.start(l)
	waitFor(t, "the compressed file is read", func() bool { lines, _ := got.count(); return lines >= 100 })
	r, _ = n.read(l, n.target, 0, 10)
	r.Settle()
	waitFor(t, "nothing is unread", func() bool { g := l.Figures(); return g.Unread == 0 && g.Missing == 0 && g.Written == g.Settled })
	n.must(l.Close())
}

// TestDockerCompresses: Docker compresses x.1 to x.1.gz by that name, and then removes x.1.
func TestDockerCompresses(t *testing.T) {
	n := newNode(t)
	l := n.ledger()
	n.write(2000)
	r, _ := n.read(l, n.target, 0, 1000)
	r.Settle()
	n.must(n.writer.Close())
	first := n.target + ".1"
	n.must(os.Rename(n.target, first))
	n.open()
	data, err := os.ReadFile(first)
	n.must(err)
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err = w.Write(data)
	n.must(err)
	n.must(w.Close())
	want := int64(len(data))
	look := func() {
		t.Helper()
		l.mu.Lock()
		l.scanLog(l.logs[n.link], time.Now(), true)
		l.mu.Unlock()
		if g := l.Figures(); g.Written != want || g.Missing != 0 {
			t.Error(g)
		}
	}
	for _, size := range []int{0, 5, b.Len() / 2, b.Len()} { // half of it is there
		n.must(os.WriteFile(first+".gz", b.Bytes()[:size], 0o640))
		look()
	}
	n.must(os.Remove(first))
	look()
	n.must(os.Rename(first+".gz", n.target+".2.gz"))
	look()
	var got receiver
	got.start(l)
	waitFor(t, "the rest is read once", func() bool { g := l.Figures(); return g.Written == g.Settled && g.Missing == 0 })
	if lines, twice := got.count(); lines != 1000 || twice != 0 {
		t.Errorf("%d lines, %d twice", lines, twice)
	}
	n.must(l.Close())
}

// TestLinesOfTheSameLength: where a file ended, the next one has a line as well. Its lines
// are not those of the rotated file.
func TestLinesOfTheSameLength(t *testing.T) {
	n := newNode(t)
	l := n.ledger()
	write := func(from, to int) {
		for i := from; i < to; i++ {
			_, err := fmt.Fprintf(n.writer, "2026-11-29T10:00:00.%09dZ stdout F line %6d\n", i, i)
			n.must(err)
		}
	}
	write(0, 200)
	r, _ := n.read(l, n.target, 0, 100) // tail does not come further
	r.Settle()
	n.rotate()
	write(200, 400)
	chunk, _ := n.read(l, n.target, 100, 200) // of two chunks, the second one comes first
	chunk.Settle()
	chunk, _ = n.read(l, n.target, 0, 100)
	chunk.Settle()
	var got receiver
	got.start(l)
	waitFor(t, "the rest of the rotated file is read", func() bool { lines, _ := got.count(); return lines == 100 })
	waitFor(t, "all is settled", func() bool { g := l.Figures(); return g.Written == g.Settled })
	n.must(l.Close())
}

// TestLongLinesOfDocker: lines of Docker that begin alike, and have their time at the end.
func TestLongLinesOfDocker(t *testing.T) {
	line := func(minute int) []byte {
		return fmt.Appendf(nil, `{"log":"%s\n","stream":"stdout","time":"2026-11-29T10:%02d:00Z"}`, strings.Repeat("x", 4000), minute)
	}
	name := filepath.Join(t.TempDir(), "x-json.log")
	var text []byte
	for minute := range 2 {
		text = append(append(text, line(minute)...), '\n')
	}
	if err := os.WriteFile(name, text, 0o600); err != nil {
		t.Fatal(err)
	}
	f := &file{name: name, size: int64(len(text))}
	if second := int64(len(text) / 2); !f.has(line(1), second) || f.has(line(2), second) || f.has(line(1)[:4050], second) {
		t.Error("a line of another time counts as that of the file")
	}
}

// TestBeginsInTheMiddle: tail begins in the middle of a line, because the file has an inode
// that it knows. The whole line is read from the file, and what follows is not read again.
func TestBeginsInTheMiddle(t *testing.T) {
	n := newNode(t)
	l := n.ledger()
	n.write(1)
	r, _ := n.read(l, n.target, 0, 1)
	r.Settle()
	n.rotate()
	n.write(100)
	data, err := os.ReadFile(n.target)
	n.must(err)
	r = l.Begin()
	for at := bytes.IndexByte(data, '\n') - 10; at < len(data); {
		end := at + bytes.IndexByte(data[at:], '\n')
		r.Add([]byte(n.link), int64(at), data[at:end])
		at = end + 1
	}
	r.Seen()
	r.Settle()
	var got receiver
	got.start(l)
	waitFor(t, "all is settled", func() bool { g := l.Figures(); return g.Written == g.Settled && g.Settled > int64(len(data)) })
	got.mu.Lock()
	defer got.mu.Unlock()
	if len(got.lines) != 1 || got.lines[string(data[:bytes.IndexByte(data, '\n')])] != 1 {
		t.Errorf("got %v", got.lines)
	}
	n.must(l.Close())
}

// TestLateLinesOfARemovedFile: while Fluent Bit has chunks that nobody has read, nothing is
// missing for good. What comes after all is not missing any more.
func TestLateLinesOfARemovedFile(t *testing.T) {
	n := newNode(t)
	l := n.ledger()
	n.write(100)
	late, _ := n.read(l, n.target, 0, 100)
	late.Forget()
	data, err := os.ReadFile(n.target)
	n.must(err)
	l.SetReady(func() bool { return false })
	waitFor(t, "the size is known", func() bool { return l.Figures().Unread == int64(len(data)) })
	n.must(os.RemoveAll(n.dir + "/pods"))
	n.must(os.Remove(n.link))
	time.Sleep(150 * time.Millisecond) // three times Grace
	if g := l.Figures(); g.Missing != 0 {
		t.Error("in an outage:", g)
	}
	n.must(l.Close())
	l = n.ledger() // and a restart
	waitFor(t, "the bytes count as missing", func() bool { return l.Figures().Missing == int64(len(data)) })
	n.must(l.Close())
	l = n.ledger()
	// The second half comes first.
	for _, half := range [][2]int{{50, 100}, {0, 50}} {
		r := l.Begin()
		at := 0
		for i, line := range bytes.SplitAfter(data, []byte("\n")) {
			if i >= half[0] && i < half[1] {
				r.Add([]byte(n.link), int64(at), bytes.TrimSuffix(line, []byte("\n")))
			}
			at += len(line)
		}
		r.Seen()
		r.Settle()
	}
	if g := l.Figures(); g.Missing != 0 || g.Settled != int64(len(data)) || g.Written != g.Settled {
		t.Error(g)
	}
	n.must(l.Close())
}

// TestEnded: whether a rotated file was read to its end.
func TestEnded(t *testing.T) {
	n := newNode(t)
	l := n.ledger()
	n.write(10)
	data, err := os.ReadFile(n.target)
	n.must(err)
	end := int64(len(data))
	n.rotate()
	n.write(3)
	if !l.Ended(n.link, end-1) || !l.Ended(n.link, end) || l.Ended(n.link, end/2) || !l.Ended("/another", 5) {
		t.Error("wrong")
	}
	n.must(l.Close())
}

// TestEndedOfRemovedFiles: the log of a pod is removed with all of its files, which are held.
// The new one is smaller than the offset, and the old one has grown since the last look.
func TestEndedOfRemovedFiles(t *testing.T) {
	n := newNode(t)
	l, err := Open(Config{
		Path: filepath.Join(n.dir, "disk.ledger"), Logs: []string{filepath.Join(n.dir, "containers", "*.log")},
		Hold: true, ScanEvery: time.Hour, Warnf: t.Logf, Infof: t.Logf,
	})
	n.must(err)
	n.write(10)
	n.read(l, n.target, 0, 10) // the ledger looks at the log
	n.write(10)
	data, err := os.ReadFile(n.target)
	n.must(err)
	end := int64(len(data))
	n.rotate()
	n.write(3)
	n.read(l, n.target, 0, 1)
	n.must(os.RemoveAll(n.dir + "/pods"))
	n.must(os.Remove(n.link))
	if l.Ended(n.link, end/2) || l.Ended(n.link, end+500) {
		t.Error("a file is said to end where it does not")
	}
	if !l.Ended(n.link, end-1) || !l.Ended(n.link, end) {
		t.Error("the end is not known")
	}
	n.must(l.Close())
}

// TestRepeatsOfARemovedFile: two files are gone, and neither was read to its end. Lines of the
// first one come again after a restart, which are at offsets that are missing in the second.
func TestRepeatsOfARemovedFile(t *testing.T) {
	n := newNode(t)
	l := n.ledger()
	n.write(1)
	r, _ := n.read(l, n.target, 0, 1)
	r.Settle()
	n.rotate()
	written := func(name string) {
		at := time.Date(2026, 11, 29, 10, 0, 0, n.lines-1, time.UTC)
		n.must(os.Chtimes(name, at, at))
	}
	n.write(100)
	written(n.target)
	first, err := os.ReadFile(n.target)
	n.must(err)
	r, _ = n.read(l, n.target, 0, 60)
	r.Settle()
	name := n.rotate()
	n.write(100)
	written(n.target)
	size := int64(len(first))
	waitFor(t, "both files are known", func() bool { return l.Figures().Written > 2*size })
	n.must(l.Close())
	n.must(os.Remove(name))
	n.must(os.RemoveAll(n.dir + "/pods"))
	n.must(os.Remove(n.link))
	l = n.ledger()
	missing := func() int64 { return l.Figures().Missing }
	waitFor(t, "the bytes count as missing", func() bool { return missing() > size })
	before := missing()
	lines := bytes.SplitAfter(first, []byte("\n"))
	at, fresh := 0, int64(0)
	r = l.Begin()
	for i, line := range lines[:80] { // 40 to 59 came before, and 60 to 79 come late
		if i >= 40 {
			r.Add([]byte(n.link), int64(at), bytes.TrimSuffix(line, []byte("\n")))
		}
		if i >= 60 {
			fresh += int64(len(line))
		}
		at += len(line)
	}
	r.Seen()
	r.Settle()
	if got := before - missing(); got != fresh {
		t.Errorf("%d bytes are not missing any more, want %d", got, fresh)
	}
	// Lines of a file before them, which is forgotten, are of none of the two.
	before = missing()
	r = l.Begin()
	r.Add([]byte(n.link), 48*70, []byte("2026-11-29T09:00:00.000000001Z stdout F line 9"))
	r.Seen()
	r.Settle()
	if got := before - missing(); got != 0 {
		t.Errorf("%d bytes of another file count", got)
	}
	n.must(l.Close())
}

// TestTargetOfARemovedPod: where the path of a removed pod has led to is known by the next
// process as well, when all of its lines have an outcome.
func TestTargetOfARemovedPod(t *testing.T) {
	n := newNode(t)
	l := n.ledger()
	n.write(10)
	r, _ := n.read(l, n.target, 0, 10)
	r.Settle()
	n.must(os.RemoveAll(n.dir + "/pods"))
	n.must(os.Remove(n.link))
	waitFor(t, "the file is gone for longer than Grace", func() bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		return l.logs[n.link].files[0].counted
	})
	for range 2 {
		n.must(l.Close())
		l = n.ledger()
		if got := l.Target(n.link); got != n.target {
			t.Fatalf("the path has led to %q, want %q", got, n.target)
		}
	}
	n.must(l.Close())
}
