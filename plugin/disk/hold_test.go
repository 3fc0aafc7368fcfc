package disk

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// holding is the ledger of a node that catches up.
func (n *node) holding(got *receiver) *Ledger {
	n.t.Helper()
	l, err := Open(Config{
		Path: filepath.Join(n.dir, "disk.ledger"), Logs: []string{filepath.Join(n.dir, "containers", "*.log")},
		Settle: 50 * time.Millisecond, Grace: 50 * time.Millisecond, ScanEvery: 5 * time.Millisecond, Hold: true,
		Warnf: n.t.Logf, Infof: n.t.Logf,
	})
	n.must(err)
	got.start(l)
	return l
}

func (l *Ledger) heldNow() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.held
}

// TestRemovedBeforeItIsCaughtUp: the files of a log are removed, and the pod with them, before
// tail has read all of them. What is open is read.
func TestRemovedBeforeItIsCaughtUp(t *testing.T) {
	n := newNode(t)
	var got receiver
	l := n.holding(&got)
	n.write(100)
	r, _ := n.read(l, n.target, 0, 60)
	r.Settle()
	n.rotate()
	n.write(50)
	waitFor(t, "both files are known", func() bool { return l.Figures().Written == 150*48-110-100 || l.heldNow() == 2 })
	n.must(os.RemoveAll(n.dir + "/pods"))
	n.must(os.Remove(n.link))
	waitFor(t, "the rest is read", func() bool { lines, _ := got.count(); return lines == 90 })
	waitFor(t, "all is settled, and nothing is open", func() bool {
		g := l.Figures()
		return g.Written == g.Settled && g.Missing == 0 && l.heldNow() == 0
	})
	n.must(l.Close())
}

// TestRemovedJustBeforeAStop: the files of a pod are removed, and the agent is stopped before it
// has looked at them again. What is open is read, and a second stop reads nothing again.
func TestRemovedJustBeforeAStop(t *testing.T) {
	n := newNode(t)
	l, err := Open(Config{
		Path: filepath.Join(n.dir, "disk.ledger"), Logs: []string{filepath.Join(n.dir, "containers", "*.log")},
		Settle: time.Hour, ScanEvery: time.Hour, Hold: true, Warnf: t.Logf, Infof: t.Logf,
	})
	n.must(err)
	var got receiver
	got.start(l)
	n.write(100)
	r, _ := n.read(l, n.target, 0, 60)
	r.Settle()
	n.write(20)
	n.must(os.RemoveAll(n.dir + "/pods"))
	n.must(os.Remove(n.link))
	l.StopCatchUp()
	l.CatchUpRemoved(time.Now().Add(-time.Second))
	if lines, _ := got.count(); lines != 0 {
		t.Error("read after the time:", lines)
	}
	for range 2 {
		l.CatchUpRemoved(time.Now().Add(time.Minute))
		if lines, twice := got.count(); lines != 60 || twice != 0 {
			t.Error("read:", lines, twice)
		}
	}
	if g := l.Figures(); g.Written != g.Settled || g.Missing != 0 {
		t.Error(g)
	}
	n.must(l.Close())
}

// TestRemovedWhileItIsRead: a file is removed after its first chunk was read.
func TestRemovedWhileItIsRead(t *testing.T) {
	n := newNode(t)
	var got receiver
	name := ""
	l := n.holding(&got)
	n.write(1)
	r, _ := n.read(l, n.target, 0, 1)
	r.Settle()
	n.rotate()
	n.write(40_000) // several chunks
	got.mu.Lock()
	got.first = func() { n.must(os.Remove(name)) }
	got.mu.Unlock()
	name = n.rotate()
	waitFor(t, "the whole file is read", func() bool { lines, _ := got.count(); return lines == 40_000 })
	waitFor(t, "all is settled", func() bool { g := l.Figures(); return g.Written == g.Settled && g.Missing == 0 })
	n.must(l.Close())
}

// TestEmptiedBeforeItIsCaughtUp: a file is emptied and written anew (copytruncate) before all
// of it was read. Its rest counts as missing, and no line of the new content as one of the old.
func TestEmptiedBeforeItIsCaughtUp(t *testing.T) {
	n := newNode(t)
	var got receiver
	l := n.holding(&got)
	n.write(100)
	for _, half := range [][2]int{{0, 30}, {30, 60}} { // the second one is found in the file that is open
		r, _ := n.read(l, n.target, half[0], half[1])
		r.Settle()
	}
	waitFor(t, "the size is known", func() bool { return l.Figures().Unread > 0 })
	missing := l.Figures().Unread
	n.must(os.Truncate(n.target, 0))
	n.write(300)
	r, settled := n.read(l, n.target, 0, 300)
	r.Settle()
	waitFor(t, "the rest counts as missing", func() bool {
		g := l.Figures()
		return g.Missing == missing && g.Written == g.Settled+g.Missing
	})
	if lines, _ := got.count(); lines > 0 || settled > 0 {
		t.Errorf("%d lines were read, and %d count as settled", lines, settled)
	}
	n.must(l.Close())
}

// TestRemovedFilesAreBounded: removed files do not fill the disk.
func TestRemovedFilesAreBounded(t *testing.T) {
	n := newNode(t)
	var got receiver
	l := n.holding(&got)
	l.SetReady(func() bool { return false }) // nothing is counted as missing for now
	l.mu.Lock()
	l.heldBytes = 10_000
	l.config.Settle = time.Hour // and nothing is read
	l.mu.Unlock()
	for range 4 {
		n.write(100)
		waitFor(t, "the file is held", func() bool { return l.heldNow() > 0 })
		name := n.rotate()
		n.must(os.Remove(name))
	}
	n.write(1)
	waitFor(t, "the first ones are released", func() bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		size := int64(0)
		for _, f := range l.logs[n.link].files {
			if f.held != nil && !f.gone.IsZero() {
				size += f.size
			}
		}
		return l.held > 1 && size <= 10_000
	})
	n.must(l.Close())
}
