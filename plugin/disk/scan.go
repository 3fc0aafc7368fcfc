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

// containerLog is the log of a container: the file that is written, and the rotated ones.
type containerLog struct {
	path    string // as tail names it
	target  string // the file that path leads to
	files   []*file
	listed  time.Time // when the rotated files were last looked for
	gone    time.Time // when the path was first seen to be gone; zero for a path that is there
	refused bool      // the path leads out of the folders
	looked  time.Time // when the file that is written was last looked at
}

// listEvery is how often the rotated files of a log are looked for. When the file that is
// written changes, this happens at once.
const listEvery = 30 * time.Second

// lookEvery is the number of scans from one look at the file that is written to the next. New
// logs are looked for at each scan, and a rotation is seen when lines of the new file come.
const lookEvery = 5

// folder is a folder with logs, and what it had when it was last read.
type folder struct {
	modified int64 // in ns
	read     time.Time
}

// readFolderEvery is how often a folder is read that says that it has not changed.
const readFolderEvery = time.Minute

const gzipExtension = ".gz"

// scan looks for the logs that match the patterns, and for their files.
func (l *Ledger) scan(now time.Time) {
	var found []string
	for _, pattern := range l.config.Logs {
		if !l.hasChanged(filepath.Dir(pattern), now) {
			continue
		}
		paths, _ := filepath.Glob(pattern)
		for _, path := range paths {
			if !l.isExcluded(path) {
				found = append(found, path)
			}
		}
	}
	ready := l.ready.Load()
	busy := ready != nil && !(*ready)()
	l.mu.Lock()
	defer l.mu.Unlock()
	if busy {
		l.busy = now
	}
	for _, path := range found {
		l.logOf(path)
	}
	for _, log := range l.logs {
		if now.Sub(log.looked) < lookEvery*l.config.ScanEvery {
			continue
		}
		l.scanLog(log, now, false)
		l.holdUnread(log, now)
		for _, f := range log.files {
			f.note(now)
		}
	}
	l.first, l.rebuilt = false, false
	l.limitHeld()
	l.retire(now)
}

// hasChanged reports whether the folder of a pattern has to be read. The time of a folder
// changes with its entries.
func (l *Ledger) hasChanged(dir string, now time.Time) bool {
	info, err := os.Stat(dir)
	if err != nil {
		return true // a pattern
	}
	// A change in the same tick of the clock of the file system does not change the time again.
	last, modified := l.folders[dir], info.ModTime()
	if last.modified == modified.UnixNano() && now.Sub(last.read) < readFolderEvery && last.read.Sub(modified) > time.Second {
		return false
	}
	l.folders[dir] = folder{modified.UnixNano(), now}
	return true
}

// isExcluded reports whether a path is one of the logs that tail does not read.
func (l *Ledger) isExcluded(path string) bool { return matchesAny(l.config.Exclude, path) }

// isLog reports whether tail reads the log with this path.
func (l *Ledger) isLog(path string) bool {
	return !l.isExcluded(path) && matchesAny(l.config.Logs, path)
}

// matchesAny reports whether one of the patterns matches a path.
func matchesAny(patterns []string, path string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		matches, _ := filepath.Match(pattern, path)
		return matches
	})
}

// logOf returns the log with a path.
func (l *Ledger) logOf(path string) *containerLog {
	log := l.logs[path]
	if log == nil {
		log = &containerLog{path: path}
		l.logs[path] = log
	}
	return log
}

// scanLog looks for the files of a log. With list, it looks for the rotated files as well,
// and otherwise only from time to time.
func (l *Ledger) scanLog(log *containerLog, now time.Time, list bool) {
	log.looked = now
	info, err := os.Stat(log.path)
	if err != nil || !info.Mode().IsRegular() {
		if log.gone.IsZero() {
			log.gone = now
		}
		l.list(log, now)
		return
	}
	log.gone = time.Time{}
	written := log.written()
	if written == nil || written.inode != inodeOf(info) || info.Size() < written.size {
		list = true
	} else {
		switch {
		case info.Size() == written.size:
		case written.head != 0 && written.readHead() != written.head:
			list = true // it was emptied, and written beyond its former size
		default:
			written.size, written.changed = info.Size(), info.ModTime()
		}
		if written.head == 0 && written.size > 0 {
			l.setHead(written)
		}
	}
	if list {
		if target, err := filepath.EvalSymlinks(log.path); err == nil {
			log.target, log.refused = target, l.config.Folders.LeadsOut(log.path)
		}
	}
	if list || now.Sub(log.listed) >= listEvery {
		l.list(log, now)
	}
}

// written returns the file that the runtime writes; nil for none.
func (log *containerLog) written() *file {
	for _, f := range slices.Backward(log.files) {
		if f.rotated.IsZero() && f.name != "" {
			return f
		}
	}
	return nil
}

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
			if f.compressed && (f.head == 0 || isCopy(f, there)) {
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

// isCopy reports whether a compressed file has the content of a plain file that is there.
func isCopy(f *file, there map[*file]bool) bool {
	for other := range there {
		if !other.compressed && other.head == f.head {
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
			if readHead(name, compressed) != f.head {
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
	for _, f := range slices.Backward(log.files) {
		if !taken[f] && f.head == head && (compressed || info.Size() >= f.size) {
			f.name, f.inode, f.compressed, f.stamp = name, id, compressed, now
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

// retire forgets the files that are gone, after a time in which the rest of their content
// may still arrive: tail reads on in a file that was removed. What has come from the queue of
// Fluent Bit after that is not missing any more.
func (l *Ledger) retire(now time.Time) {
	for path, log := range l.logs {
		log.files = slices.DeleteFunc(log.files, func(f *file) bool {
			if f.gone.IsZero() || now.Sub(f.gone) < l.config.Grace {
				return false
			}
			if !f.counted {
				if now.Sub(l.busy) < l.config.Grace || f.held != nil && len(f.missing()) > 0 {
					return false
				}
				f.counted = true
				if n := f.missing().bytes(); n > 0 && f.begin != unknownBegin {
					l.lose(f, n)
					l.config.Warnf("%d bytes of %s are missing: the file was removed before they were read", n, log.path)
				}
			}
			if (len(f.unsettled()) > 0 || f.lost > 0) && now.Sub(f.gone) < forgetAfter {
				return false
			}
			l.release(f)
			l.journal.forget(f)
			return true
		})
		if len(log.files) == 0 && !log.gone.IsZero() && now.Sub(log.gone) >= forgetAfter {
			delete(l.logs, path)
		}
	}
}

// lose counts n bytes of a file as missing; a negative n, as not missing any more.
func (l *Ledger) lose(f *file, n int64) {
	f.lost += n
	l.missing += n
	l.shown = max(l.shown, l.missing)
	l.journal.enter(f)
	l.journal.lose(f)
	l.journal.totals(l.missing)
}

// forgetAfter is how long a log is remembered that is gone, for chunks that come late.
const forgetAfter = time.Hour

// unsettled returns what was handed over and has no outcome.
func (f *file) unsettled() ranges {
	left := slices.Clone(f.seen)
	for _, s := range f.settled {
		left.remove(s)
	}
	return slices.DeleteFunc(left, func(s span) bool { return s.end-s.begin <= lineEnd })
}
