package disk

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// ordered is a ledger to which chunks come in order, as long as inOrder is true.
func (n *node) ordered(inOrder *bool, scanEvery time.Duration) *Ledger {
	n.t.Helper()
	l, err := Open(Config{
		Path: filepath.Join(n.dir, "disk.ledger"), Logs: []string{filepath.Join(n.dir, "containers", "*.log")},
		Settle: 50 * time.Millisecond, Grace: 50 * time.Millisecond, ScanEvery: scanEvery, Hold: true,
		Warnf: n.t.Logf, Infof: n.t.Logf,
	})
	n.must(err)
	l.SetInOrder(func() bool { return *inOrder })
	l.SetReady(func() bool { return true })
	l.mu.Lock()
	l.busy = time.Now().Add(-time.Hour) // the start was long ago
	l.mu.Unlock()
	return l
}

// add hands over one line, which need not be in a file, and returns the file that the ledger
// takes it for.
func (n *node) add(l *Ledger, offset int64, line string) *file {
	n.t.Helper()
	r := l.Begin()
	r.Add([]byte(n.link), offset, []byte(line))
	r.Seen()
	f := r.runs[0].file
	r.Settle()
	return f
}

// fixed writes lines of the same length, and returns that length with the line feed.
func (n *node) fixed(from, to int) int64 {
	n.t.Helper()
	line := ""
	for i := from; i < to; i++ {
		line = fixedLine(i) + "\n"
		_, err := n.writer.WriteString(line)
		n.must(err)
	}
	return int64(len(line))
}

func fixedLine(i int) string {
	return fmt.Sprintf("2026-11-29T10:00:00.%09dZ stdout F line %6d", i, i)
}

// TestInOrderNothingIsRead: a line in order that goes on where the last one ended is not
// compared with the file; one that does not is, and so are all lines while an earlier chunk is
// being read, or may be outstanding.
func TestInOrderNothingIsRead(t *testing.T) {
	n := newNode(t)
	inOrder := true
	l := n.ordered(&inOrder, 5*time.Millisecond)
	at := n.fixed(0, 1)
	first := n.add(l, 0, fixedLine(0))
	next := func() string { return fixedLine(int(at)) } // in no file
	if first == nil || n.add(l, at, next()) != first {
		t.Fatal("a line in order was compared")
	}
	n.must(l.Close())

	for _, disturb := range []func(l *Ledger, first *file){
		func(*Ledger, *file) { inOrder = false },
		func(l *Ledger, first *file) { // a chunk whose lines are being added
			r := l.Begin()
			r.Add([]byte(first.log.path), 0, []byte(fixedLine(0)))
		},
		func(l *Ledger, _ *file) { l.SetReady(func() bool { return false }) },
		func(l *Ledger, _ *file) {
			l.mu.Lock()
			l.busy = time.Now()
			l.config.Settle = time.Hour
			l.mu.Unlock()
		},
		func(l *Ledger, first *file) { // of an older file, lines may still come
			l.mu.Lock()
			first.log.files = append([]*file{&file{log: first.log, name: "rotated", rotated: time.Now().Add(-time.Second), size: 1 << 20}}, first.log.files...)
			l.mu.Unlock()
		},
		func(_ *Ledger, first *file) { first.verified = false },
	} {
		n := newNode(t)
		inOrder = true
		l := n.ordered(&inOrder, time.Hour)
		at := n.fixed(0, 1)
		first := n.add(l, 0, fixedLine(0))
		disturb(l, first)
		if n.add(l, at, fixedLine(1)) == first { // it is in no file
			t.Error("a line was not compared")
		}
		n.must(l.Close())
	}
}

// TestRotatedInOrder: chunks come in order, and files have lines of the same length. The file
// is rotated, or emptied (copytruncate), or removed and made anew between two chunks, also with
// the same inode, and the next one has a line where the last one ended.
func TestRotatedInOrder(t *testing.T) {
	const half = 50
	for what, renew := range map[string]func(n *node){
		"renamed":      func(n *node) { n.rotate() },
		"removed":      func(n *node) { n.must(n.writer.Close()); n.must(os.Remove(n.target)); n.open() },
		"copytruncate": func(n *node) { n.must(os.Truncate(n.target, 0)) },
	} {
		t.Run(what, func(t *testing.T) {
			n := newNode(t)
			inOrder := true
			l := n.ordered(&inOrder, 5*time.Millisecond)
			n.fixed(0, half)
			r, _ := n.read(l, n.target, 0, half)
			r.Settle()
			old := l.logs[n.link].written()
			n.fixed(half, 2*half)
			r, _ = n.read(l, n.target, half, 2*half)
			r.Settle()
			renew(n)
			size := n.fixed(2*half, 6*half)
			for i := range 4 {
				r, settled := n.read(l, n.target, i*half, (i+1)*half)
				if r.runs[0].file == old || settled > 0 {
					t.Errorf("lines %d to %d count as those of the file before, %d as settled", i*half, (i+1)*half, settled)
				}
				r.Settle()
			}
			waitFor(t, "all is settled, and no byte counts twice", func() bool {
				g := l.Figures()
				return g.Settled == 6*half*size && g.Written == g.Settled
			})
			n.must(l.Close())
		})
	}
}

// TestEmptiedInOrder: a file is emptied and written beyond the position of tail before tail has
// looked. tail reads on within a line of the new content. That is not of the old one.
func TestEmptiedInOrder(t *testing.T) {
	n := newNode(t)
	inOrder := true
	l := n.ordered(&inOrder, 5*time.Millisecond)
	n.fixed(0, 50)
	r, _ := n.read(l, n.target, 0, 50)
	r.Settle()
	old := l.logs[n.link].written()
	n.must(os.Truncate(n.target, 0))
	_, err := n.writer.WriteString("2026-11-29T10:00:00.000000001Z stdout F another beginning\n")
	n.must(err)
	n.fixed(50, 150)
	data, err := os.ReadFile(n.target)
	n.must(err)
	at := old.seen.last()
	end := at + int64(bytes.IndexByte(data[at:], '\n'))
	if f := n.add(l, at, string(data[at:end])); f == old {
		t.Error("a part of a line of the new content counts as a line of the old one")
	}
	next := end + 1 + int64(bytes.IndexByte(data[end+1:], '\n'))
	if f := n.add(l, end+1, string(data[end+1:next])); f == nil || f == old {
		t.Error("the file of the new content is not known")
	}
	n.must(l.Close())
}

// TestOutOfOrderAfterRotation: of two chunks of the new file, the second one comes first. It
// begins where the old file ended.
func TestOutOfOrderAfterRotation(t *testing.T) {
	n := newNode(t)
	inOrder := true
	l := n.ordered(&inOrder, time.Hour)
	n.fixed(0, 100)
	r, _ := n.read(l, n.target, 0, 100)
	r.Settle()
	old := l.logs[n.link].written()
	n.rotate()
	n.fixed(100, 300)
	inOrder = false
	for _, part := range [][2]int{{100, 200}, {0, 100}} {
		r, settled := n.read(l, n.target, part[0], part[1])
		if r.runs[0].file == old || settled > 0 {
			t.Errorf("%v: the lines count as those of the old file, %d as settled", part, settled)
		}
		r.Settle()
	}
	n.must(l.Close())
}

// TestCopyBeforeItIsEmptied: the ledger sees the copy before the file is emptied. Lines come
// between the copy and the end of the file. No byte counts twice, and no line is read twice.
func TestCopyBeforeItIsEmptied(t *testing.T) {
	for _, late := range []int{0, 20} {
		n := newNode(t)
		var got receiver
		l := n.holding(&got)
		size := n.fixed(0, 100)
		r, _ := n.read(l, n.target, 0, 60)
		r.Settle()
		data, err := os.ReadFile(n.target)
		n.must(err)
		n.must(os.WriteFile(n.target+".1", data, 0o644))
		n.fixed(100, 100+late)
		look := func() {
			l.mu.Lock()
			l.scanLog(l.logs[n.link], time.Now(), true)
			l.mu.Unlock()
		}
		look()
		r, _ = n.read(l, n.target, 60, 100+late)
		r.Settle()
		n.must(os.Truncate(n.target, 0))
		look()
		n.fixed(200, 400)
		r, settled := n.read(l, n.target, 0, 200)
		r.Settle()
		waitFor(t, "no byte counts twice", func() bool {
			look()
			g := l.Figures()
			return g.Written == int64(300+late)*size && g.Settled == g.Written
		})
		time.Sleep(100 * time.Millisecond) // twice Settle: what is missing would be read
		if lines, _ := got.count(); lines > 0 || settled > 0 {
			t.Errorf("%d lines were read, and %d count as settled", lines, settled)
		}
		n.must(l.Close())
	}
}

// TestBeginsLine: what begins as lines of Docker and CRI do, and what does not.
func TestBeginsLine(t *testing.T) {
	for text, want := range map[string]bool{
		`{"log":"x\n","stream":"stdout","time":"2026-11-29T10:00:00Z"}`: true,
		"2026-11-29T10:00:00Z stdout F x":                               true,
		"2026-11-29T10:00:00.123456789+02:00 stderr P x":                true,
		"":                                 false,
		"2026-11-29T10:00:00Z":             false,
		"26-11-29T10:00:00Z stdout F x":    false,
		"2026-11-29T10:00:00Z a text":      false,
		`{\"log\":\"x\"}\n","stream":"s"}`: false,
	} {
		if beginsLine([]byte(text)) != want {
			t.Errorf("%q", text)
		}
	}
}

// TestGlance: the size of a file of which lines come is known, and its rotation as well,
// although no line of the new file comes.
func TestGlance(t *testing.T) {
	n := newNode(t)
	inOrder := true
	l := n.ordered(&inOrder, 5*time.Millisecond)
	size := n.fixed(0, 100)
	r, _ := n.read(l, n.target, 0, 10)
	r.Settle()
	l.mu.Lock()
	log := l.logs[n.link]
	log.written().confirmed = time.Now().Add(time.Hour) // lines come all the time
	l.mu.Unlock()
	looks := func(glanced bool) func() bool {
		return func() bool {
			l.mu.Lock()
			defer l.mu.Unlock()
			return log.glanced == glanced
		}
	}
	waitFor(t, "a glance", looks(true))
	waitFor(t, "a look", looks(false))
	n.fixed(100, 200)
	waitFor(t, "the size is known", func() bool { return l.Figures().Written == 200*size })
	n.rotate()
	n.fixed(200, 250)
	waitFor(t, "the new file is known", func() bool { return l.Figures().Written == 250*size })
	n.must(l.Close())
}
