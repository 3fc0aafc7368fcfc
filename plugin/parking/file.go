package parking

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/k8slog/k8slog/internal/fsync"
)

// queue is the files of a key, the oldest first. It has one file at least.
type queue struct {
	key   Key
	files []*file
}

// maxFile is the size at which a new file begins. A file is removed when all of its
// entries are settled, so the files are not much larger than their entries.
const maxFile = 8 << 20

// tail returns the file for new entries; nil when a new file must begin.
func (q *queue) tail() *file {
	if n := len(q.files); n > 0 && q.files[n-1].size < maxFile {
		return q.files[n-1]
	}
	return nil
}

// Extension is the end of the name of a file of parked records. A file with Progress
// behind its name has the offset of the first entry that is not settled.
const (
	Extension = ".parked"
	Progress  = ".done"
)

// file is a file of a queue. Its first line is the header, and every other line has
// entries.
type file struct {
	path    string
	header  []byte // until it is written
	since   time.Time
	size    int64        // 0 until the file exists
	offset  int64        // of the first line that is not settled
	line    int          // its number
	records atomic.Int64 // of the lines that are not settled; Queues reads it without the disk
	lines   []stored
}

// newFile returns a file that does not exist yet.
func newFile(dir string, serial int, key Key, now time.Time) *file {
	now = now.UTC().Truncate(time.Second)
	h := headerOf(key)
	h.Since = now
	first, _ := json.Marshal(h)
	return &file{
		path: filepath.Join(dir, fmt.Sprintf("%012d%s", serial, Extension)), header: append(first, '\n'), since: now,
		offset: int64(len(first)) + 1, line: 2,
	}
}

// growth returns the bytes that a file grows by when lines are appended.
func (f *file) growth(l lines) int64 {
	if f.size == 0 {
		return int64(len(f.header) + len(l.text))
	}
	return int64(len(l.text))
}

// append appends lines, and syncs the file. It creates a file that does not exist. After
// an error, the file is unchanged.
func (f *file) append(l lines) error {
	if f.size == 0 {
		return f.create(l)
	}
	out, err := os.OpenFile(f.path, os.O_WRONLY|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return err
	}
	if _, err = out.WriteAt(l.text, f.size); err == nil {
		err = out.Sync()
	}
	if err != nil {
		return errors.Join(fmt.Errorf("cannot write %s: %w", f.path, err), out.Truncate(f.size), out.Close())
	}
	f.add(l)
	return out.Close()
}

// create creates the file with its first lines. After an error, there is no file.
func (f *file) create(l lines) error {
	out, err := os.OpenFile(f.path, os.O_CREATE|os.O_EXCL|os.O_WRONLY|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return err
	}
	_, err = out.Write(append(f.header, l.text...))
	// A crash may have left the progress of a file that had the same number.
	if gone := os.Remove(f.path + Progress); !errors.Is(gone, os.ErrNotExist) {
		err = errors.Join(err, gone)
	}
	if err == nil {
		err = out.Sync()
	}
	if err = errors.Join(err, out.Close()); err == nil {
		err = fsync.Dir(filepath.Dir(f.path))
	}
	if err != nil {
		return errors.Join(fmt.Errorf("cannot write %s: %w", f.path, err), os.Remove(f.path))
	}
	f.size = f.offset
	f.header = nil
	f.add(l)
	return nil
}

func (f *file) add(l lines) {
	f.size += int64(len(l.text))
	f.lines = append(f.lines, l.stored...)
	for _, e := range l.stored {
		f.records.Add(int64(e.records))
	}
}

// next reads the oldest entries with one tag that are not settled: at least one, and at
// most the numbers of entries and bytes.
func (f *file) next(most, bytes int) (*Portion, error) {
	p := &Portion{}
	in, err := os.OpenFile(f.path, os.O_RDONLY|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return p, err
	}
	defer in.Close()
	at, size := f.offset, 0
	for i, l := range f.lines {
		if l.records > 0 {
			text := make([]byte, l.bytes)
			if _, err := in.ReadAt(text, at); err != nil {
				return p, fmt.Errorf("cannot read %s: %w", f.path, err)
			}
			for k, e := range f.entries(i, text) {
				if e.Damaged == "" && k < len(l.settled) && l.settled[k] {
					continue
				}
				size += len(e.Raw)
				e.Key = l.key
				if n := len(p.Entries); n > 0 && (n == most || size > bytes || e.Tag != p.Entries[0].Tag || !sameTarget(e.Key, p.Entries[0].Key)) {
					return p, nil
				}
				p.Entries, p.at = append(p.Entries, e), append(p.at, place{i, k})
			}
		}
		at += int64(l.bytes)
	}
	return p, nil
}

// sameTarget reports whether entries of the shared queue with these keys can be sent
// together.
func sameTarget(a, b *Key) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Destination == b.Destination && a.Copy == b.Copy
}

// entries decodes the line with an index. A line that is damaged is one entry.
func (f *file) entries(i int, text []byte) []Entry {
	entries, err := Decode(text)
	if err != nil || len(entries) == 1 {
		one := Entry{Raw: text[:len(text)-1], Damaged: fmt.Sprintf("%s:%d", f.path, f.line+i)}
		if err == nil {
			one = entries[0]
		}
		one.Records = f.lines[i].records
		return []Entry{one}
	}
	return entries
}

// skip removes the first n lines.
func (f *file) skip(n int) {
	for _, l := range f.lines[:n] {
		f.offset += int64(l.bytes)
		f.records.Add(-int64(l.records))
	}
	f.lines = f.lines[n:]
	f.line += n
}

// settledFirst returns the number of lines at the beginning that are settled.
func (f *file) settledFirst() (n int) {
	for n < len(f.lines) && f.lines[n].records == 0 {
		n++
	}
	return n
}

// writeProgress writes the offset of the first entry that is not settled. It is not
// synced: after a crash, the entries are sent again.
func (f *file) writeProgress() error { return WriteProgress(f.path, f.offset) }

// WriteProgress notes that the entries of a file of parked records are settled up to an
// offset.
func WriteProgress(path string, offset int64) error {
	temporary := path + Progress + ".new"
	if err := os.WriteFile(temporary, strconv.AppendInt(nil, offset, 10), 0o600); err != nil {
		return err
	}
	return os.Rename(temporary, path+Progress)
}

// ReadProgress returns the offset of the first entry of a file of parked records that is
// not settled; 0 for unknown.
func ReadProgress(path string) int64 {
	text, err := os.ReadFile(path + Progress)
	if err != nil {
		return 0
	}
	offset, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	if err != nil || offset < 0 {
		return 0
	}
	return offset
}

// remove removes a file without entries. A crash may leave its progress.
func (f *file) remove() error { return Remove(f.path) }

// Remove removes a file of parked records, and its progress.
func Remove(path string) error {
	err := os.Remove(path)
	if gone := os.Remove(path + Progress); !errors.Is(gone, os.ErrNotExist) {
		err = errors.Join(err, gone)
	}
	return err
}
