package disk

import (
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// TestCatchUpAfterTwoRotations: the agent is away while the file is rotated twice.
func TestCatchUpAfterTwoRotations(t *testing.T) {
	for _, compressed := range []bool{false, true} {
		t.Run(fmt.Sprint("compressed ", compressed), func(t *testing.T) {
			n := newNode(t)
			l := n.ledger()
			n.write(100)
			r, _ := n.read(l, n.target, 0, 60)
			r.Settle()
			n.must(l.Close())

			n.write(100) // to line 200
			first := n.rotate()
			n.write(100) // to line 300
			n.rotate()
			if compressed {
				n.compress(first)
			}
			n.write(50)

			l = n.ledger()
			var got receiver
			r, settled := n.read(l, n.target, 0, 50)
			if settled != 0 {
				t.Error("lines of the new file count as settled:", settled)
			}
			r.Settle()
			got.start(l)
			waitFor(t, "240 lines are caught up", func() bool { lines, _ := got.count(); return lines >= 240 })
			waitFor(t, "nothing is unread", func() bool { g := l.Figures(); return g.Unread == 0 && g.Waiting == 0 })
			if lines, twice := got.count(); lines != 240 || twice != 0 {
				t.Errorf("%d lines, %d twice", lines, twice)
			}
			if g := l.Figures(); g.Missing != 0 || g.Written != g.Settled {
				t.Error(g)
			}
			n.must(l.Close())

			// Nothing is read again by the next process.
			l = n.ledger()
			got = receiver{}
			got.start(l)
			_, settled = n.read(l, n.target, 0, 50)
			if settled != 50 {
				t.Errorf("%d lines were known", settled)
			}
			time.Sleep(200 * time.Millisecond)
			if lines, _ := got.count(); lines != 0 {
				t.Error("read again:", lines)
			}
			n.must(l.Close())
		})
	}
}

// TestFirstStart: what was rotated before the first start is not collected.
func TestFirstStart(t *testing.T) {
	n := newNode(t)
	n.write(100)
	n.rotate()
	n.write(100)
	l := n.ledger()
	var got receiver
	got.start(l)
	r, _ := n.read(l, n.target, 40, 100) // tail does not begin at the head of the file
	r.Settle()
	n.rotate()
	n.write(10)
	r, _ = n.read(l, n.target, 0, 10)
	r.Settle()
	time.Sleep(200 * time.Millisecond)
	if lines, _ := got.count(); lines != 0 {
		t.Error("lines of before the first start:", lines)
	}
	if g := l.Figures(); g.Unread != 0 || g.Written != g.Settled {
		t.Error(g)
	}
	n.must(l.Close())
}

// TestRemovedBeforeItWasRead: what is gone is missing, and said to be.
func TestRemovedBeforeItWasRead(t *testing.T) {
	n := newNode(t)
	l := n.ledger()
	n.write(100)
	r, _ := n.read(l, n.target, 0, 60)
	r.Settle()
	waitFor(t, "the size is known", func() bool { return l.Figures().Unread > 0 })
	unread := l.Figures().Unread
	n.must(os.RemoveAll(n.dir + "/pods"))
	n.must(os.Remove(n.link))
	waitFor(t, "the bytes count as missing", func() bool { return l.Figures().Missing == unread })
	if g := l.Figures(); g.Written != g.Settled+g.Missing || g.Unread != 0 {
		t.Error(g)
	}
	n.must(l.Close())
	l = n.ledger()
	if g := l.Figures(); g.Missing != unread || g.Written != g.Settled+g.Missing {
		t.Error("after a restart:", g)
	}
	n.must(l.Close())
}

// TestDroppedChunk: a chunk that Fluent Bit has dropped is read from the file.
func TestDroppedChunk(t *testing.T) {
	n := newNode(t)
	l := n.ledger()
	n.write(100)
	var got receiver
	got.start(l)
	r, _ := n.read(l, n.target, 0, 50)
	after, _ := n.read(l, n.target, 50, 100)
	after.Settle()
	time.Sleep(100 * time.Millisecond)
	if lines, _ := got.count(); lines != 0 {
		t.Fatal("lines that wait were read:", lines)
	}
	r.Forget()
	waitFor(t, "the chunk is read from the file", func() bool { lines, _ := got.count(); return lines == 50 })
	waitFor(t, "nothing waits", func() bool { g := l.Figures(); return g.Written == g.Settled })
	n.must(l.Close())
}

// TestDroppedEndOfAQuietLog: Fluent Bit has dropped the last lines of a log before it handed
// them over, and the container writes no more. They are read from the file that is written, but
// for a line that is not complete. A log of which nothing was handed over is left alone.
func TestDroppedEndOfAQuietLog(t *testing.T) {
	n, other := newNode(t), newNode(t)
	l, alone := n.ledger(), other.ledger()
	n.write(100)
	other.write(100)
	var got, none receiver
	got.start(l)
	none.start(alone)
	r, _ := n.read(l, n.target, 0, 60)
	r.Settle()
	_, err := n.writer.WriteString("2026-11-29T10:00:00.5Z stdout F not com")
	n.must(err)
	waitFor(t, "the rest is read", func() bool { lines, _ := got.count(); return lines == 40 })
	_, err = n.writer.WriteString("plete\n")
	n.must(err)
	waitFor(t, "the last line is read", func() bool { lines, _ := got.count(); return lines == 41 })
	if lines, _ := none.count(); lines != 0 {
		t.Error("lines of a log that tail does not read:", lines)
	}
	if _, twice := got.count(); twice > 0 {
		t.Error("twice:", twice)
	}
	n.must(l.Close())
	n.must(alone.Close())
}

// TestDroppedChunkIsMissing: a chunk that Fluent Bit has dropped is missing when its file is
// gone as well, and its reason is not that of what was never handed over.
func TestDroppedChunkIsMissing(t *testing.T) {
	n := newNode(t)
	l := n.ledger()
	n.write(100)
	for _, half := range [][2]int{{0, 30}, {30, 60}} { // and 60 to 100 are never handed over
		if r, _ := n.read(l, n.target, half[0], half[1]); half[0] == 0 {
			r.Settle()
		} else {
			r.Forget()
		}
	}
	waitFor(t, "the size is known", func() bool { return l.Figures().Unread == 70*48 })
	n.must(os.RemoveAll(n.dir + "/pods"))
	n.must(os.Remove(n.link))
	check := func() {
		t.Helper()
		if g, l := l.Figures(), l; g.Missing != 70*48 || l.missing != g.Missing || l.dropped != 30*48 {
			t.Errorf("%v, dropped %d", g, l.dropped)
		}
	}
	waitFor(t, "the bytes count as missing", func() bool { return l.Figures().Missing > 0 })
	check()
	n.must(l.Close())
	l = n.ledger()
	check()
	n.must(l.Close())
}

// TestClockJumps: the times of files are in the future and in the past, in no order, as after
// jumps of the clock.
func TestClockJumps(t *testing.T) {
	n := newNode(t)
	l := n.ledger()
	n.write(10)
	r, _ := n.read(l, n.target, 0, 10)
	r.Settle()
	n.must(l.Close())
	for _, jump := range []time.Duration{24 * time.Hour, -48 * time.Hour, time.Hour} {
		n.write(20)
		at := time.Now().Add(jump)
		n.must(os.Chtimes(n.rotate(), at, at))
		n.must(os.Chtimes(n.dir+"/containers", at, at))
	}
	n.write(5)
	l = n.ledger()
	var got receiver
	got.start(l)
	r, settled := n.read(l, n.target, 0, 5)
	r.Settle()
	waitFor(t, "the rotated files are read", func() bool { lines, _ := got.count(); return lines == 60 })
	waitFor(t, "all is settled", func() bool { g := l.Figures(); return g.Written == g.Settled && g.Unread == 0 && g.Missing == 0 })
	if _, twice := got.count(); twice != 0 || settled != 0 {
		t.Errorf("%d lines came twice, %d of the new file count as settled", twice, settled)
	}
	// A pod that appears when the clock has gone back is found.
	n.must(os.Chtimes(n.dir+"/containers", time.Now().Add(-time.Hour), time.Now().Add(-time.Hour)))
	other := strings.Replace(n.link, "web-1", "web-2", 1)
	n.must(os.Symlink(n.target, other))
	n.must(os.Chtimes(n.dir+"/containers", time.Now().Add(-2*time.Hour), time.Now().Add(-2*time.Hour)))
	waitFor(t, "the new log is found", func() bool { return len(l.Logs()) == 2 })
	n.must(l.Close())
}

// TestCopytruncate: a file that is emptied and written anew is another one.
func TestCopytruncate(t *testing.T) {
	n := newNode(t)
	l := n.ledger()
	n.write(100)
	r, _ := n.read(l, n.target, 0, 100)
	r.Settle()
	waitFor(t, "it is seen", func() bool { return l.Figures().Written > 0 })
	n.must(os.Truncate(n.target, 0))
	n.write(200)
	r, settled := n.read(l, n.target, 0, 200)
	if settled != 0 {
		t.Errorf("%d new lines count as settled", settled)
	}
	r.Settle()
	waitFor(t, "all is settled", func() bool { g := l.Figures(); return g.Written == g.Settled && g.Unread == 0 })
	n.must(l.Close())
}

// TestDoneOfTwoFiles: two files have lines at the same offsets, and only those of one file
// have an outcome.
func TestDoneOfTwoFiles(t *testing.T) {
	a, b := newNode(t), newNode(t)
	a.write(10)
	b.write(10)
	l, err := Open(Config{
		Path: a.dir + "/disk.ledger", Logs: []string{a.dir + "/containers/*.log", b.dir + "/containers/*.log"},
		ScanEvery: 5 * time.Millisecond, Warnf: t.Logf, Infof: t.Logf,
	})
	a.must(err)
	r := l.Begin()
	each := func(do func(path string, offset int64, line string)) {
		for _, n := range []*node{a, b} {
			data, err := os.ReadFile(n.target)
			n.must(err)
			at := 0
			for line := range strings.Lines(string(data)) {
				do(n.link, int64(at), strings.TrimSuffix(line, "\n"))
				at += len(line)
			}
		}
	}
	each(func(path string, offset int64, line string) { r.Add([]byte(path), offset, []byte(line)) })
	r.Seen()
	each(func(path string, offset int64, line string) {
		r.Done(offset, offset+int64(len(line)), path == b.link || offset == 0) // of a, the first line only
	})
	r.SettleDone()
	for _, log := range l.Logs() {
		want := int64(470)
		if log.Path == a.link {
			want = 47
		}
		if log.Settled != want {
			t.Errorf("%s: %d bytes are settled, want %d", log.Path, log.Settled, want)
		}
	}
	a.must(l.Close())
}

// While chunks are outstanding that nobody has read, a gap may be in one of them. It is not
// read as soon as the last of them is presented, because that one is just being read.
func TestNothingIsReadThatMayBeOutstanding(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNode(t)
		l := n.ledger()
		defer func() { n.must(l.Close()) }()
		n.write(100)
		first, _ := n.read(l, n.target, 0, 40)
		first.Settle()
		var ready atomic.Bool
		ready.Store(true)
		got := receiver{lines: map[string]int{}}
		l.StartCatchUp(CatchUp{
			BytesPerSecond: 1 << 30, PathKey: "path", OffsetKey: "offset", Ready: ready.Load, Deliver: got.deliver,
		})
		last, _ := n.read(l, n.target, 60, 100)
		last.Settle()
		time.Sleep(20 * time.Millisecond) // the gap is seen
		ready.Store(false)
		time.Sleep(time.Second)
		ready.Store(true)
		time.Sleep(40 * time.Millisecond)
		outstanding, known := n.read(l, n.target, 40, 60)
		outstanding.Settle()
		if known != 0 {
			t.Errorf("%d lines were read from the file", known)
		}
		time.Sleep(time.Second)
		if lines, _ := got.count(); lines != 0 {
			t.Errorf("%d lines were read from the file", lines)
		}
		if g := l.Figures(); g.Unread != 0 || g.Waiting != 0 {
			t.Error(g)
		}
	})
}
