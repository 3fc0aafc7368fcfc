package disk

import (
	"cmp"
	"os"
	"slices"
	"time"

	"github.com/k8slog/k8slog/filters/containerlog"
)

// locate finds the file that has a line at an offset: nil for a line that is in none of the
// files of its log, or not in the log of a container. line is the whole line, without its
// line feed.
func (l *Ledger) locate(path, line []byte, offset int64) (f *file, verified bool) {
	log, now := l.logs[string(path)], time.Now()
	if log != nil && offset > 0 {
		if f := log.continued(offset); f != nil && f.holds(line, offset) { // as nearly always
			f.confirmed = now
			return f, true
		}
	}
	if log == nil {
		name := string(path)
		if !l.isLog(name) {
			return nil, false
		}
		log = l.logOf(name)
		l.scanLog(log, now, true)
	}
	if info, err := os.Stat(cmp.Or(log.target, log.path)); err == nil && !log.isKnown(info) {
		l.scanLog(log, now, true) // a rotation
	}
	if f := log.continued(offset); f != nil && offset > 0 {
		if end := offset + int64(len(line)); !log.hasRival(f, end, now) || f.has(line, offset) {
			return f, f.verified
		} else if !f.isReadable() && log.holder(line, offset) == nil {
			return f, f.verified // tail reads on in a file that was removed
		}
	}
	if f := log.holder(line, offset); f != nil {
		return l.verify(f, line, offset), true
	}
	for _, f := range log.files { // one of them may have been emptied
		f.confirmed = time.Time{}
	}
	l.scanLog(log, now, true)
	if f := log.holder(line, offset); f != nil {
		return l.verify(f, line, offset), true
	}
	if f := log.removed(line, offset); f != nil {
		return f, false
	}
	l.unlocated.Add(1)
	return nil, false
}

// removed returns the file that is gone and had a line at an offset: nil for none. Nothing can
// be compared any more, but the time of the line: it is in the last file whose first line is
// not younger.
func (log *containerLog) removed(line []byte, offset int64) (found *file) {
	at, ok := containerlog.Time(line)
	for _, f := range log.files {
		switch {
		case offset == 0 && f.head != 0 && f.head != hashHead(line):
		case ok && !f.born.IsZero():
			if f.wasWrittenAt(at) && (found == nil || f.born.After(found.born)) {
				found = f
			}
		case found == nil && !f.isReadable() && f.missing().covers(span{offset, offset + int64(len(line))}):
			found = f
		}
	}
	if found == nil || found.isReadable() || found.begin == unknownBegin || offset+int64(len(line)) > found.size {
		return nil
	}
	return found
}

// verify notes that a file has a line at an offset.
func (l *Ledger) verify(f *file, line []byte, offset int64) *file {
	f.verified = true
	if offset == 0 && f.head == 0 {
		f.setHead(line)
		l.journal.enter(f)
	}
	return f
}

// continued returns the only file of which the lines before an offset were the last that
// were handed over; nil for none, or for several.
func (log *containerLog) continued(offset int64) (only *file) {
	for _, f := range log.files {
		if last := f.seen.last(); last == 0 || offset < last || offset-last > lineEnd {
			continue
		}
		if only != nil {
			return nil
		}
		only = f
	}
	return only
}

// isKnown reports whether the file at the path of the log is known.
func (log *containerLog) isKnown(info os.FileInfo) bool {
	written := log.written()
	return written != nil && written.inode == inodeOf(info)
}

// rivalFor is how long tail may read on in a file that was rotated, and more.
const rivalFor = 2 * time.Minute

// hasRival reports whether lines that end at an offset may be of another file of the log than
// f. Files with lines of the same length have lines at the same offsets.
func (log *containerLog) hasRival(f *file, end int64, now time.Time) bool {
	return slices.ContainsFunc(log.files, func(g *file) bool {
		if g == f || g.name != "" && max(g.size, g.seen.last()) < end && !g.rotated.IsZero() {
			return false
		}
		old := !g.rotated.IsZero() && now.Sub(g.rotated) > rivalFor
		return !old || len(g.unsettled())+len(g.missing()) > 0
	})
}

// holder returns the newest file with a line at an offset. Compressed files come last, and only
// those that were written at the time of the line: to read one takes long.
func (log *containerLog) holder(line []byte, offset int64) *file {
	for _, f := range slices.Backward(log.files) {
		if !f.isCompressed() && f.has(line, offset) {
			return f
		}
	}
	at, timed := containerlog.Time(line)
	for _, f := range slices.Backward(log.files) {
		if f.isCompressed() && (!timed || f.born.IsZero() || f.wasWrittenAt(at)) && f.has(line, offset) {
			return f
		}
	}
	return nil
}

// wasWrittenAt reports whether a time, in nanoseconds since 1970, is between those of the first
// line and of the last change of the file.
func (f *file) wasWrittenAt(at int64) bool {
	t := time.Unix(0, at)
	return !t.Before(f.born) && !t.After(f.changed)
}
