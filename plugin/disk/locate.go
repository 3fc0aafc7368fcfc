package disk

import (
	"bytes"
	"cmp"
	"os"
	"slices"
	"time"

	"github.com/k8slog/k8slog/filters/containerlog"
)

// locate finds the file that has a line at an offset: nil for a line that is in none of the
// files of its log, or not in the log of a container. line is the whole line, without its
// line feed.
// inOrder is true when the lines before the chunk were all handed over before it.
func (l *Ledger) locate(path, line []byte, offset int64, inOrder bool) (f *file, verified bool) {
	log, now := l.logs[string(path)], time.Now()
	if log != nil && offset > 0 {
		f := log.continued(offset)
		// As nearly always, a line in order.
		if f != nil && (inOrder && log.goesOn(f, line, now) || f.holds(line, offset)) {
			f.confirmed, f.verified = now, true
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
	f = log.holder(line, offset)
	if f == nil { // one of the files may have been emptied
		for _, f := range log.files {
			f.confirmed = time.Time{}
		}
		l.scanLog(log, now, true)
		f = log.holder(line, offset)
	}
	if f != nil {
		return l.verify(f, line, offset), true
	}
	// tail reads on in a file that was removed.
	if f := log.continued(offset); f != nil && offset > 0 && !f.isReadable() && !log.wasEmptied(f, line) {
		return f, f.verified
	}
	if f := log.removed(line, offset); f != nil {
		return f, false
	}
	l.unlocated.Add(1)
	return nil, false
}

// goesOn reports whether a line that is in order, and begins where the last line of a file
// ended, is of this file, as far as can be said without a look at the file. Another file under
// the same path begins with a line at offset 0, which is not here. When tail itself was wrong,
// because the file was emptied and written beyond its position, the line is a fragment.
func (log *containerLog) goesOn(f *file, line []byte, now time.Time) bool {
	return f.verified && f.isWritten() && beginsLine(line) && !log.hasRival(f, 0, now)
}

// beginsLine reports whether a text begins as lines of Docker or CRI do. Within a line of
// Docker, quotes are escaped.
func beginsLine(text []byte) bool {
	if bytes.HasPrefix(text, []byte(`{"log":"`)) {
		return true
	}
	// 2026-11-29T10:00:00Z stdout, with at most nine digits and a zone more
	const shortest, longest = 20, 35
	return len(text) > shortest && text[4] == '-' && text[10] == 'T' && text[13] == ':' &&
		bytes.Contains(text[shortest:min(len(text), longest+len(" stdout "))], []byte(" std"))
}

// wasEmptied reports whether a line cannot be of a file that is gone, because the file was
// emptied, and the line is a part of what was written to it afterwards, or younger.
func (log *containerLog) wasEmptied(f *file, line []byte) bool {
	at, whole := containerlog.Time(line)
	return slices.ContainsFunc(log.files, func(g *file) bool {
		return g != f && g.isReadable() && g.inode == f.inode && (!whole || !g.born.IsZero() && !time.Unix(0, at).Before(g.born))
	})
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
		return !old || !g.isDone()
	})
}

// isDone reports whether all of the file was handed over, and has an outcome.
func (f *file) isDone() bool {
	if len(f.seen) == 1 && len(f.settled) == 1 && f.seen[0] == f.settled[0] { // as nearly always
		return f.begin != unknownBegin && f.seen[0].begin <= f.begin+lineEnd && f.size <= f.seen[0].end+lineEnd
	}
	return len(f.unsettled())+len(f.missing()) == 0
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
