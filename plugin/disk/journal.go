package disk

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"time"

	"github.com/k8slog/k8slog/internal/regular"
)

// journal is the file of the ledger. A line is a checksum and an entry:
//
//	f id dev inode head begin size rotated compressed path name target changed born   a file
//	s id begin end                                                       a settled span
//	m id bytes                                                           what is missing of a file that is gone
//	d id                                                                 a file that is forgotten
//	t settled missing dropped                                            bytes of forgotten files
//
// Numbers are decimal, and names quoted as in Go. A damaged line is left out: what it had is
// then delivered again, and never lost. Lines are written before the chunk is acknowledged,
// so a killed process repeats only what was not acknowledged. They are not synced: after a
// crash of the node, the lines of the last seconds are delivered again.
type journal struct {
	path string
	lock *os.File
	file *os.File
	buf  []byte
	size int64 // of the file
	live int64 // of the file after the last compaction

	retired int64 // settled bytes of forgotten files
}

// minCompact is the size from which the journal is written anew. It is when the journal is
// four times as large as it was then.
const minCompact = 1 << 20

// openJournal opens and reads the journal.
func (l *Ledger) openJournal() error {
	path := l.config.Path
	wasHere := wasHere(path)
	lock, err := regular.Lock(path)
	if err != nil {
		return err
	}
	l.journal = &journal{path: path, lock: lock}
	data, err := regular.Read(path, maxJournal)
	switch {
	case errors.Is(err, fs.ErrNotExist) && wasHere:
		l.beginAnew("is gone")
	case errors.Is(err, fs.ErrNotExist):
		l.first = true
		l.config.Infof("the ledger of the disk begins in %s: what was rotated before is not collected", path)
	case err != nil:
		_ = lock.Close()
		return err
	default:
		l.readJournal(data)
	}
	if err := l.rewrite(); err != nil {
		_ = lock.Close()
		return err
	}
	return nil
}

const magic = "k8slog disk ledger 1"

// readJournal enters the lines of a journal.
func (l *Ledger) readJournal(data []byte) {
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, 1<<20)
	number, damaged := 0, 0
	for lines.Scan() {
		number++
		entry, ok := unseal(lines.Bytes())
		switch {
		case number == 1 && ok && string(entry) == magic:
		case number == 1 && ok:
			l.beginAnew("is of another version")
			return
		case !ok || !l.enter(entry):
			damaged++
		}
	}
	if number == 0 || damaged > 0 && len(l.logs) == 0 {
		l.beginAnew("is damaged")
		return
	}
	if damaged > 0 {
		l.config.Warnf("%d lines of %s are damaged and left out: what they had may be delivered again", damaged, l.config.Path)
	}
}

// beginAnew builds the ledger anew, because there is none that can be read. What was delivered
// is unknown then, but for the files that are written: tail goes on in them where it was. So
// rotated files are read from their beginning.
func (l *Ledger) beginAnew(why string) {
	l.rebuilt = true
	l.config.Warnf("the ledger of the disk %s %s, and is built anew: rotated files are read once more, so that no line is lost; lines that were delivered may arrive again", l.config.Path, why)
}

// enter enters a line of the journal.
func (l *Ledger) enter(entry []byte) bool {
	p := parser{rest: string(entry[1:])}
	switch entry[0] {
	case 'f':
		f := &file{id: p.int()}
		f.inode = inode{p.uint(), p.uint()}
		f.head, f.begin, f.size = p.uint(), p.int(), p.int()
		if at := p.int(); at != 0 {
			f.rotated = time.Unix(at, 0)
		}
		f.compressed = p.int() != 0
		path, name, target := p.text(), p.text(), p.text()
		if p.rest != "" { // earlier versions have no times
			f.changed, f.born = p.time(), p.time()
		}
		if p.failed {
			return false
		}
		l.lastID = max(l.lastID, f.id)
		f.name = name
		log := l.logOf(path)
		log.target = target
		if old := l.byID[f.id]; old != nil {
			f.settled, f.seen, f.counted, f.lost = old.settled, old.seen, old.counted, old.lost
			f.log = old.log
			*old = *f
			return true
		}
		f.log = log
		log.files = append(log.files, f)
		l.byID[f.id] = f
	case 's':
		f, s := l.byID[p.int()], span{p.int(), p.int()}
		if p.failed || f == nil {
			return false
		}
		f.settled.add(s, lineEnd)
		f.seen.add(s, lineEnd)
		f.size = max(f.size, s.end)
	case 'm':
		f, lost := l.byID[p.int()], p.int()
		if p.failed || f == nil {
			return false
		}
		f.counted, f.lost = true, lost
	case 'd':
		f := l.byID[p.int()]
		if p.failed || f == nil {
			return false
		}
		delete(l.byID, f.id)
		l.journal.retired += f.settled.bytes()
		for i, other := range f.log.files {
			if other == f {
				f.log.files = append(f.log.files[:i], f.log.files[i+1:]...)
				break
			}
		}
	case 't':
		l.journal.retired, l.missing = p.int(), p.int()
		if p.rest != "" { // earlier versions have none
			l.dropped = p.int()
		}
		return !p.failed
	default:
		return false
	}
	return true
}

// enter enters a file, or what has changed about it.
func (j *journal) enter(f *file) {
	rotated := int64(0)
	if !f.rotated.IsZero() {
		rotated = f.rotated.Unix()
	}
	compressed := 0
	if f.compressed {
		compressed = 1
	}
	j.buf = seal(j.buf, fmt.Appendf(nil, "f %d %d %d %d %d %d %d %d %q %q %q %d %d", f.id, f.inode.dev, f.inode.ino, f.head,
		f.begin, f.size, rotated, compressed, f.log.path, f.name, f.log.target, nanoseconds(f.changed), nanoseconds(f.born)))
}

// settle enters a settled span.
func (j *journal) settle(f *file, s span) {
	var entry [64]byte
	b := append(entry[:0], 's', ' ')
	b = append(strconv.AppendInt(b, f.id, 10), ' ')
	b = append(strconv.AppendInt(b, s.begin, 10), ' ')
	j.buf = seal(j.buf, strconv.AppendInt(b, s.end, 10))
}

// forget enters that a file is forgotten.
func (j *journal) forget(f *file) {
	j.retired += f.settled.bytes()
	j.buf = seal(j.buf, fmt.Appendf(nil, "d %d", f.id))
}

// lose enters what is missing of a file that is gone.
func (j *journal) lose(f *file) { j.buf = seal(j.buf, fmt.Appendf(nil, "m %d %d", f.id, f.lost)) }

// totals enters the bytes of forgotten files.
func (j *journal) totals(missing, dropped int64) {
	j.buf = seal(j.buf, fmt.Appendf(nil, "t %d %d %d", j.retired, missing, dropped))
}

// flush writes what was entered. After an error, the lines are written by the next flush.
func (j *journal) flush() error {
	if len(j.buf) == 0 {
		return nil
	}
	n, err := j.file.Write(j.buf)
	j.size += int64(n)
	if err != nil {
		if n > 0 { // a part of a line: what follows begins a line of its own
			j.buf = append([]byte{'\n'}, j.buf...)
		}
		j.buf = j.buf[:min(len(j.buf), maxUnwritten)]
		return err
	}
	j.buf = j.buf[:0]
	return nil
}

// maxUnwritten bounds what is kept while the disk is full.
const maxUnwritten = 4 << 20

// compact writes the journal anew when it has become large.
func (l *Ledger) compact() error {
	j := l.journal
	if err := j.flush(); err != nil {
		return err
	}
	if j.size < minCompact || j.size < 4*j.live {
		return nil
	}
	return l.rewrite()
}

// rewrite writes the journal anew.
func (l *Ledger) rewrite() error {
	j := l.journal
	j.buf = seal(j.buf[:0], []byte(magic))
	j.totals(l.missing, l.dropped)
	for _, log := range l.logs {
		for _, f := range log.files {
			j.enter(f)
			for _, s := range f.settled {
				j.settle(f, s)
			}
			if f.counted {
				j.lose(f)
			}
		}
	}
	next, _, err := regular.Own(j.path+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	_, err = next.Write(j.buf)
	err = errors.Join(err, next.Sync())
	if err == nil {
		err = os.Rename(j.path+".new", j.path)
	}
	if err != nil {
		return errors.Join(err, next.Close(), os.Remove(j.path+".new"))
	}
	if j.file != nil {
		_ = j.file.Close()
	}
	j.file, j.size = next, int64(len(j.buf))
	j.live, j.buf = j.size, j.buf[:0]
	return nil
}

func (j *journal) close() error {
	return errors.Join(j.flush(), j.file.Close(), j.lock.Close())
}

// maxJournal is the largest journal that is read.
const maxJournal = 1 << 30
