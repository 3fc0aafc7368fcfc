package disk

import (
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/k8slog/k8slog/filters/source"
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
	problem string    // why the file that is written cannot be read; empty for none
	unseen  int64     // see Ledger.Unseen
	looked  time.Time // when the file that is written was last looked at
	glanced bool      // the last look was a glance
}

// listEvery is how often the rotated files of a log are looked for while one of them is unread,
// and four times that otherwise. When the file that is written changes, this happens at once.
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
		if !l.glance(log, now) {
			l.scanLog(log, now, false)
			l.holdUnread(log, now)
		}
		for _, f := range log.files {
			f.note(now)
		}
	}
	l.first, l.rebuilt = false, false
	l.limitHeld()
	l.retire(now)
}

// glance looks at the size of the file that is written, in place of every other look, when it
// is open and lines of it came just now. It returns false for a log that needs a look.
func (l *Ledger) glance(log *containerLog, now time.Time) bool {
	f := log.written()
	if log.glanced || f == nil || f.held == nil || f.heldCompressed || !f.isConfirmed(l, now) {
		log.glanced = false
		return false
	}
	info, err := f.held.Stat()
	if err != nil || isRemoved(info) || info.Size() < f.size {
		return false
	}
	if info.Size() > f.size {
		f.size, f.changed = info.Size(), info.ModTime()
	}
	log.looked, log.glanced = now, true
	return true
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
		l.noteProblem(log, err)
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
		case written.head != 0 && !written.isConfirmed(l, now) && written.readHead() != written.head:
			list = true // it was emptied, and written beyond its former size
		default:
			written.size, written.changed = info.Size(), info.ModTime()
		}
		if written.head == 0 && written.size > 0 {
			l.setHead(written)
		}
	}
	if list {
		if target, err := source.Resolve(log.path); err == nil {
			log.target, log.refused = target, l.config.Folders.LeadsOut(log.path)
		}
	}
	every := listEvery
	if !log.hasUnread() {
		every *= 4
	}
	if list || now.Sub(log.listed) >= every {
		l.list(log, now)
	}
	err = nil
	if f := log.written(); f != nil && !log.refused {
		err = f.tryOpen()
	}
	l.noteProblem(log, err)
}

// tryOpen returns why a file cannot be read of which something is unread, or nothing was read
// ever. A file that is held can be.
func (f *file) tryOpen() error {
	if f.held != nil || f.size == 0 || f.head != 0 && f.begin != unknownBegin && len(f.missing()) == 0 {
		return nil
	}
	opened, err := regular.Open(f.name)
	if err != nil {
		return err
	}
	return opened.Close()
}

// noteProblem notes why a log cannot be read, and logs what is new. A file that is not there is
// no problem.
func (l *Ledger) noteProblem(log *containerLog, err error) {
	problem := ""
	if err != nil && !os.IsNotExist(err) {
		problem = err.Error()
	}
	if problem != log.problem && problem != "" {
		l.config.Warnf("cannot read %s: %v", log.path, err)
	}
	log.problem = problem
}

// isConfirmed reports whether a line was found in the file since the last look but one: it was
// not emptied then.
func (f *file) isConfirmed(l *Ledger, now time.Time) bool {
	return now.Sub(f.confirmed) < 2*lookEvery*l.config.ScanEvery
}

// hasUnread reports whether a file that was rotated has content that was not handed over.
func (log *containerLog) hasUnread() bool {
	return slices.ContainsFunc(log.files, func(f *file) bool {
		return !f.isWritten() && !f.counted && f.begin != unknownBegin && len(f.missing()) > 0
	})
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
