package disk

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestDamagedJournal: what a damaged line had comes again, and all else is known.
func TestDamagedJournal(t *testing.T) {
	n := newNode(t)
	l := n.ledger()
	n.write(100)
	for i := 0; i < 100; i += 10 {
		r, _ := n.read(l, n.target, i, i+10)
		r.Settle()
	}
	n.must(l.Close())
	path := filepath.Join(n.dir, "disk.ledger")
	data, err := os.ReadFile(path)
	n.must(err)
	lines := bytes.SplitAfter(data, []byte("\n"))
	hit := 0
	for i, line := range lines {
		if bytes.Contains(line, []byte(" s 1 ")) {
			if hit++; hit == 3 {
				lines[i] = bytes.Replace(line, []byte(" s 1 "), []byte(" s 1 9"), 1)
			}
		}
	}
	data = append(bytes.Join(lines, nil), "half a li"...) // killed while it was written
	n.must(os.WriteFile(path, data, 0o600))
	l = n.ledger()
	_, settled := n.read(l, n.target, 0, 100)
	if settled != 90 { // all but the gap
		t.Errorf("%d lines are known", settled)
	}
	if _, settled := n.read(l, n.target, 30, 100); settled != 70 {
		t.Errorf("%d lines behind the gap are known", settled)
	}
	n.must(l.Close())
}

// TestForeignJournal: a file of another version, or of no version, begins anew.
func TestForeignJournal(t *testing.T) {
	for name, text := range map[string]string{
		"empty": "", "zeros": strings.Repeat("\x00", 4096), "another version": string(seal(nil, []byte("k8slog disk ledger 9"))),
	} {
		t.Run(name, func(t *testing.T) {
			n := newNode(t)
			n.must(os.WriteFile(filepath.Join(n.dir, "disk.ledger"), []byte(text), 0o600))
			n.write(10)
			l := n.ledger()
			r, _ := n.read(l, n.target, 0, 10)
			r.Settle()
			n.must(l.Close())
			l = n.ledger()
			if _, settled := n.read(l, n.target, 0, 10); settled != 10 {
				t.Errorf("%d lines are known", settled)
			}
			n.must(l.Close())
		})
	}
}

func TestOneLedgerAProcess(t *testing.T) {
	n := newNode(t)
	l := n.ledger()
	if _, err := Open(Config{Path: filepath.Join(n.dir, "disk.ledger"), Warnf: t.Logf, Infof: t.Logf}); err == nil || !strings.Contains(err.Error(), "another process has") {
		t.Error(err)
	}
	n.must(l.Close())
}

// TestJournalIsCompacted: the journal stays small, and keeps what it has.
func TestJournalIsCompacted(t *testing.T) {
	n := newNode(t)
	l := n.ledger()
	n.write(200)
	r, _ := n.read(l, n.target, 0, 100)
	r.Settle()
	l.mu.Lock()
	l.journal.size = 2 * minCompact
	l.mu.Unlock()
	waitFor(t, "it is written anew", func() bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		return l.journal.size < minCompact/4
	})
	n.must(l.Close())
	l = n.ledger()
	if _, settled := n.read(l, n.target, 0, 200); settled != 100 {
		t.Errorf("%d lines are known", settled)
	}
	n.must(l.Close())
}

// TestJournalCannotBeWritten: a full disk stops nothing, and what was not written is written
// later.
func TestJournalCannotBeWritten(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip(err)
	}
	n := newNode(t)
	l := n.ledger()
	n.write(100)
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	n.must(err)
	l.mu.Lock()
	good := l.journal.file
	l.journal.file = full
	l.mu.Unlock()
	r, _ := n.read(l, n.target, 0, 100)
	r.Settle()
	l.mu.Lock()
	l.journal.file = good
	l.mu.Unlock()
	n.must(full.Close())
	n.must(l.Close())
	l = n.ledger()
	if _, settled := n.read(l, n.target, 0, 100); settled != 100 {
		t.Errorf("%d lines are known", settled)
	}
	n.must(l.Close())
}

// TestInspect: the figures from outside, while a process has the ledger open.
func TestInspect(t *testing.T) {
	n := newNode(t)
	l := n.ledger()
	n.write(100)
	r, _ := n.read(l, n.target, 0, 60)
	r.Settle()
	sum, logs, err := Inspect(filepath.Join(n.dir, "disk.ledger"))
	n.must(err)
	if len(logs) != 1 || sum.Settled != 2870 || sum.Unread != 40*48 {
		t.Errorf("%v, %+v", sum, logs)
	}
	n.must(l.Close())
}

// TestInodeIsUsedAgain: a file is removed, and another one gets its inode and its name.
func TestInodeIsUsedAgain(t *testing.T) {
	n := newNode(t)
	l := n.ledger()
	n.write(100)
	r, _ := n.read(l, n.target, 0, 100)
	r.Settle()
	time.Sleep(20 * time.Millisecond)
	n.must(n.writer.Close())
	n.must(os.Remove(n.target)) // the next file gets its inode on most file systems
	n.open()
	n.write(150)
	if _, settled := n.read(l, n.target, 0, 150); settled != 0 {
		t.Errorf("%d new lines count as settled", settled)
	}
	n.must(l.Close())
}

func FuzzJournal(f *testing.F) {
	f.Add(seal(seal(seal(nil, []byte(magic)), []byte(`f 1 2 3 4 0 10 0 0 "/a" "/b" "/c"`)), []byte("s 1 0 10")))
	f.Add([]byte("x"))
	f.Fuzz(func(t *testing.T, data []byte) {
		l := &Ledger{config: Config{Warnf: t.Logf, Infof: t.Logf}, logs: map[string]*containerLog{}, byID: map[int64]*file{}, journal: &journal{}}
		l.readJournal(data)
		// The same entries with right checksums.
		var sealed []byte
		for i, line := range bytes.Split(data, []byte("\n")) {
			if _, entry, ok := bytes.Cut(line, []byte(" ")); ok && len(entry) > 0 || i == 0 {
				sealed = seal(sealed, entry)
			}
		}
		l = &Ledger{config: l.config, logs: map[string]*containerLog{}, byID: map[int64]*file{}, journal: &journal{}}
		l.readJournal(sealed)
		for _, log := range l.logs {
			for _, file := range log.files {
				for i, s := range file.settled {
					if s.begin >= s.end || i > 0 && file.settled[i-1].end >= s.begin {
						t.Fatal(file.settled)
					}
				}
			}
		}
	})
}

// TestDamagedFirstLine damages the first line of the ledger: the others are still good, and
// what was rotated while nobody read is not left out.
func TestDamagedFirstLine(t *testing.T) {
	n := newNode(t)
	l := n.ledger()
	n.write(50)
	r, _ := n.read(l, n.target, 0, 50)
	r.Settle()
	n.must(l.Close())
	n.write(20) // nobody hands these over
	n.rotate()
	n.write(5)
	path := filepath.Join(n.dir, "disk.ledger")
	data, err := os.ReadFile(path)
	n.must(err)
	data[0] ^= 1
	n.must(os.WriteFile(path, data, 0o600))
	l = n.ledger()
	var c receiver
	c.start(l)
	waitFor(t, "the lines of the rotated file", func() bool { lines, _ := c.count(); return lines == 20 })
	n.must(l.Close())
}

// TestLedgerIsGone: an agent was here, and its ledger is gone. The log says so, and what was
// rotated is read once more: repeats are better than a loss.
func TestLedgerIsGone(t *testing.T) {
	for _, lock := range []bool{true, false} { // or only the database of tail tells
		n := newNode(t)
		path := filepath.Join(n.dir, "disk.ledger")
		n.must(os.WriteFile(filepath.Join(n.dir, "containers.db"), nil, 0o600))
		n.write(30)
		before := loaded
		t.Cleanup(func() { loaded = before })
		if loaded = time.Now().Add(-time.Hour); lock {
			l := n.ledger()
			r, _ := n.read(l, n.target, 0, 30)
			r.Settle()
			n.must(l.Close())
			n.must(os.Remove(path))
		} else {
			loaded = time.Now().Add(time.Hour)
		}
		n.write(20) // nobody hands these over
		n.rotate()
		n.write(40)
		var log []string
		l, err := Open(Config{
			Path: path, Logs: []string{filepath.Join(n.dir, "containers", "*.log")},
			Settle: 50 * time.Millisecond, Grace: 50 * time.Millisecond, ScanEvery: 5 * time.Millisecond,
			Warnf: func(format string, args ...any) { log = append(log, fmt.Sprintf(format, args...)) }, Infof: t.Logf,
		})
		n.must(err)
		if len(log) != 1 || !strings.Contains(log[0], "is gone, and is built anew") {
			t.Errorf("lock %t: %q", lock, log)
		}
		var c receiver
		c.start(l)
		r, settled := n.read(l, n.target, 10, 40) // tail goes on where it was
		r.Settle()
		waitFor(t, "the lines of the rotated file", func() bool { lines, _ := c.count(); return lines == 50 })
		waitFor(t, "all is settled", func() bool { g := l.Figures(); return g.Written == g.Settled && g.Unread == 0 })
		if lines, _ := c.count(); lines != 50 || settled != 0 {
			t.Errorf("%d lines were read, %d count as settled", lines, settled)
		}
		n.must(l.Close())
	}
}
