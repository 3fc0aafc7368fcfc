package disk

import (
	"bytes"
	"os"
	"slices"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/k8slog/k8slog/internal/regular"
)

// This file keeps files open. A file that is open can be read after its removal, so nothing
// is lost when the kubelet or Docker removes a file before all of it was read. The file that
// is written is held as well: the log of a pod is removed at once, with its last lines.

// The bounds of what is held: the number of files, which is a quarter of what the process may
// have open at most, and the content of those that were removed, which takes disk space that
// nobody sees.
const (
	maxHeld      = 1024
	maxHeldBytes = 256 << 20
)

// mayHold returns the number of files that may be held: tail needs most of the others.
func mayHold() int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 0
	}
	return int(min(limit.Cur/4, maxHeld))
}

// hold keeps a file open.
func (l *Ledger) hold(f *file) {
	if !l.config.Hold || f.held != nil || f.name == "" || f.log.refused || l.held >= l.maxHeld {
		return
	}
	opened, err := regular.Open(f.name)
	if err != nil {
		return
	}
	if info, err := opened.Stat(); err != nil || inodeOf(info) != f.inode {
		_ = opened.Close() // the name is that of another file by now
		return
	}
	if !f.compressed {
		// tail drops what it has read from the page cache. What is compared then is read from
		// the disk, a page and not what follows it.
		_ = unix.Fadvise(int(opened.Fd()), 0, 0, unix.FADV_RANDOM)
	}
	f.held, f.heldCompressed = opened, f.compressed
	l.held++
}

// release closes a file that is held.
func (l *Ledger) release(f *file) {
	if f.held != nil {
		_ = f.held.Close()
		f.held = nil
		l.held--
	}
}

// releaseAll closes all files that are held.
func (l *Ledger) releaseAll() {
	for _, log := range l.logs {
		for _, f := range log.files {
			l.release(f)
		}
	}
}

// holdUnread holds the files of a log that have content which was not handed over, and the
// file that is written, and releases the others.
func (l *Ledger) holdUnread(log *containerLog, now time.Time) {
	for _, f := range log.files {
		switch {
		case f.isWritten():
			l.hold(f)
		case f.begin == unknownBegin || len(f.missing()) == 0:
			// A runtime may write on into a file that was moved away or removed.
			moved := f.rotated
			if f.gone.After(moved) {
				moved = f.gone
			}
			if f.held != nil && now.Sub(moved) > l.config.Settle && !l.grow(f) {
				l.release(f)
			}
		default:
			l.hold(f)
			l.grow(f)
		}
	}
}

// grow reports whether a file that is held has become larger, and enters the size.
func (l *Ledger) grow(f *file) bool {
	if f.held == nil || f.heldCompressed {
		return false
	}
	info, err := f.held.Stat()
	if err != nil || info.Size() <= f.size || !isRemoved(info) && f.head != 0 && f.readHead() != f.head {
		return false
	}
	f.size, f.changed = info.Size(), info.ModTime()
	if !f.isWritten() {
		l.journal.enter(f)
	}
	return true
}

// checkHeld releases a file that is gone when what is held has another content by now: it
// was emptied and written anew.
func (l *Ledger) checkHeld(f *file) {
	if f.held == nil {
		return
	}
	info, err := f.held.Stat()
	if err != nil || !isRemoved(info) && (f.head == 0 || f.readHead() != f.head) {
		l.release(f)
	}
}

// isRemoved reports whether an open file has no name any more.
func isRemoved(info os.FileInfo) bool {
	s, ok := info.Sys().(*syscall.Stat_t)
	return ok && s.Nlink == 0
}

// limitHeld releases files that were removed, the first one first, until the others are
// within the bound.
func (l *Ledger) limitHeld() {
	var removed []*file
	size := int64(0)
	for _, log := range l.logs {
		for _, f := range log.files {
			if f.held != nil && !f.gone.IsZero() {
				removed = append(removed, f)
				size += f.size
			}
		}
	}
	if size <= l.heldBytes {
		return
	}
	slices.SortFunc(removed, func(a, b *file) int { return a.gone.Compare(b.gone) })
	for _, f := range removed {
		if size <= l.heldBytes {
			return
		}
		size -= f.size
		l.release(f)
		l.config.Warnf("a removed file of %s is not kept any longer, because removed files take more than %d MiB of the disk", f.log.path, l.heldBytes>>20)
	}
}

// isReadable reports whether the content of the file can be read.
func (f *file) isReadable() bool { return f.name != "" || f.held != nil }

// isCompressed reports whether what open opens is compressed.
func (f *file) isCompressed() bool {
	if f.held != nil {
		return f.heldCompressed
	}
	return f.compressed
}

// open opens the content at an offset, until close is called.
func (f *file) open(offset int64) (content, error) {
	if f.held != nil {
		return contentOf(f.held, f.heldCompressed, offset)
	}
	return openAt(f.name, f.compressed, offset)
}

// close closes what open has opened.
func (f *file) close(c content) {
	if c.file != f.held {
		_ = c.Close()
	}
}

// readHead returns the hash of the first line of the file; zero for none.
func (f *file) readHead() uint64 {
	if line := f.firstLine(); line != nil {
		return hashHead(line)
	}
	return 0
}

// firstLine returns the first line of the file; nil for none.
func (f *file) firstLine() []byte {
	c, err := f.open(0)
	if err != nil {
		return nil
	}
	defer f.close(c)
	return firstLine(c)
}

// maxHolds is the longest line that holds compares.
const maxHolds = 2 << 10

// holds reports the same as has, by one system call, for a file that is held and plain and a
// line that is not long. Otherwise, it returns false.
func (f *file) holds(line []byte, offset int64) bool {
	if f.held == nil || f.heldCompressed || offset == 0 || len(line) > maxHolds {
		return false
	}
	var buf [maxHolds + 2]byte
	got := buf[:len(line)+2]
	if n, _ := f.held.ReadAt(got, offset-1); n < len(got) {
		return false
	}
	end := got[len(got)-1]
	return got[0] == '\n' && (end == '\n' || end == '\r') && bytes.Equal(got[1:len(got)-1], line)
}

// own returns the file that is held for a reader that does not hold the lock of the ledger;
// nil for a file that is not held.
func (f *file) own() (*os.File, error) {
	if f.held == nil {
		return nil, nil
	}
	fd, err := syscall.Dup(int(f.held.Fd()))
	if err != nil {
		return nil, os.NewSyscallError("dup", err)
	}
	syscall.CloseOnExec(fd)
	return os.NewFile(uintptr(fd), f.held.Name()), nil
}
