package disk

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/k8slog/k8slog/internal/regular"
)

// This file finds which file is at a name. A file keeps its inode when it is renamed, and its
// first line when it is compressed.

const gzipExtension = ".gz"

// last returns the newest file that was there at the last look; nil for none.
func (log *containerLog) last() *file {
	for _, f := range slices.Backward(log.files) {
		if f.gone.IsZero() && f.name != "" {
			return f
		}
	}
	return nil
}

// list looks for all files of a log: the target, and the files whose names begin with its
// name: 0.log.20261129-101500 and 0.log.20261129-101500.gz (kubelet), -json.log.1 (Docker).
func (l *Ledger) list(log *containerLog, now time.Time) {
	log.listed = now
	if log.target == "" || log.refused {
		return
	}
	dir, base := filepath.Split(log.target)
	entries, err := os.ReadDir(dir)
	if err != nil && !os.IsNotExist(err) {
		return
	}
	last := log.last()
	there := map[*file]bool{}
	var unknown []*file
	// Plain files come first: while one is compressed, both are there (Docker).
	slices.SortStableFunc(entries, func(a, b os.DirEntry) int { return isCompressed(a.Name()) - isCompressed(b.Name()) })
	for _, e := range entries {
		if e.Name() != base && !strings.HasPrefix(e.Name(), base+".") || !e.Type().IsRegular() || strings.HasSuffix(e.Name(), ".tmp") {
			continue
		}
		info, err := e.Info()
		if err != nil {
			continue
		}
		name := filepath.Join(dir, e.Name())
		f := l.identify(log, name, info, there)
		if f == nil {
			f = l.newFile(log, name, info)
			if f.compressed && f.head == 0 || isCopy(f, there) {
				continue // not complete yet
			}
			unknown = append(unknown, f)
		}
		there[f] = true
		f.gone = time.Time{}
		if e.Name() == base {
			f.rotated = time.Time{}
		} else if f.rotated.IsZero() {
			f.rotated = now
			if f.id != 0 {
				l.journal.enter(f) // with its size
			}
		}
	}
	slices.SortFunc(unknown, func(a, b *file) int { return a.changed.Compare(b.changed) })
	for _, f := range unknown {
		l.adopt(f)
	}
	if last != nil && !there[last] && len(unknown) > 0 {
		l.unseen.Add(1)
		log.unseen++
		l.config.Warnf("between two looks at %s, the file that was written last was removed: other files may have come and gone, and what they had is not counted", log.path)
	}
	for _, f := range log.files {
		if !there[f] && f.gone.IsZero() {
			l.grow(f)
			f.name, f.gone = "", now
			l.checkHeld(f)
			l.journal.enter(f)
		}
	}
	// The file that is written is the last one.
	slices.SortStableFunc(log.files, func(a, b *file) int { return rank(a) - rank(b) })
}

func isCompressed(name string) int {
	if strings.HasSuffix(name, gzipExtension) {
		return 1
	}
	return 0
}

// isCopy reports whether a file has the content of a plain file that is there: it is being
// compressed, or copied before it is emptied.
func isCopy(f *file, there map[*file]bool) bool {
	for other := range there {
		if f.head != 0 && !other.compressed && other.head == f.head {
			return true
		}
	}
	return false
}

func rank(f *file) int {
	if f.rotated.IsZero() && f.name != "" {
		return 1
	}
	return 0
}

// identify finds the file that is at a name now, and updates it. It returns nil for a file
// that is not known. A file keeps its inode when it is renamed, and its first line when it
// is compressed.
func (l *Ledger) identify(log *containerLog, name string, info os.FileInfo, taken map[*file]bool) *file {
	id, compressed, now := inodeOf(info), strings.HasSuffix(name, gzipExtension), stampOf(info)
	for _, f := range slices.Backward(log.files) {
		if taken[f] || f.inode != id || f.compressed != compressed || !compressed && info.Size() < f.size {
			continue
		}
		if f.head != 0 && f.stamp != now {
			// The file was written to, or emptied and written anew, or another one has its inode.
			if !f.isConfirmed(l, time.Now()) && readHead(name, compressed) != f.head {
				continue
			}
			f.stamp = now
		}
		f.name = name
		if !compressed && info.Size() != f.size {
			f.size, f.changed = info.Size(), info.ModTime()
		}
		if f.head == 0 {
			l.setHead(f)
		}
		return f
	}
	if !compressed && info.Size() == 0 {
		return nil
	}
	head := readHead(name, compressed)
	if head == 0 {
		return nil
	}
	// A copy may have been made shortly before the file was emptied, and lack its last lines.
	copied := name != log.target
	for _, f := range slices.Backward(log.files) {
		if !taken[f] && f.head == head && (compressed || copied || info.Size() >= f.size) {
			f.name, f.inode, f.compressed, f.stamp = name, id, compressed, now
			if info.ModTime().After(f.changed) { // it may have been written after the last look
				f.changed = info.ModTime()
			}
			f.size = max(f.size, contentSize(name, info, compressed))
			l.journal.enter(f)
			return f
		}
	}
	return nil
}

// newFile makes a file of one that was found.
func (l *Ledger) newFile(log *containerLog, name string, info os.FileInfo) *file {
	f := &file{
		log: log, inode: inodeOf(info), name: name, compressed: strings.HasSuffix(name, gzipExtension),
		changed: info.ModTime(),
	}
	f.size = contentSize(name, info, f.compressed)
	if line := f.firstLine(); line != nil {
		f.setHead(line)
	}
	return f
}

// adopt adds a file that was found to its log. What is there at the first start of all was
// written before the agent came to the node: rotated files are not collected then, and of
// the file that is written, what tail does not read. When the ledger is built anew, tail has
// read the file that is written up to where it goes on now.
func (l *Ledger) adopt(f *file) {
	switch {
	case l.first && !f.rotated.IsZero():
		f.begin = f.size
	case l.first || l.rebuilt && f.rotated.IsZero():
		f.begin = unknownBegin
	}
	l.lastID++
	f.id = l.lastID
	f.log.files = append(f.log.files, f)
	l.journal.enter(f)
	l.hold(f)
}

// unknownBegin is the begin of a file that was there at the first start, until tail reads it.
const unknownBegin = -1

// setHead reads the first line of a file.
func (l *Ledger) setHead(f *file) {
	if line := f.firstLine(); line != nil {
		f.setHead(line)
		l.journal.enter(f)
	}
}

// contentSize returns the size of the content of a file. The end of a gzip file has it,
// modulo 4 GiB (RFC 1952, section 2.3.1); it is zero for a file that is damaged.
func contentSize(name string, info os.FileInfo, compressed bool) int64 {
	if !compressed {
		return info.Size()
	}
	f, err := regular.Open(name)
	if err != nil {
		return 0
	}
	defer f.Close()
	var size [4]byte
	if _, err := f.ReadAt(size[:], info.Size()-int64(len(size))); err != nil {
		return 0
	}
	return int64(binary.LittleEndian.Uint32(size[:]))
}
