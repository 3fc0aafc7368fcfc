package parking

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/k8slog/k8slog/internal/jsontext"
)

// queue is the files of a key, the oldest first.
type queue struct {
	key   Key
	files []*file
}

// maxFile is the size at which a new file begins. A file is removed when all of its
// entries are done, so the files are not much larger than their entries.
const maxFile = 8 << 20

// tail returns the file for new entries.
func (q *queue) tail(create func() (*file, error)) (*file, error) {
	if n := len(q.files); n > 0 && q.files[n-1].size < maxFile {
		return q.files[n-1], nil
	}
	f, err := create()
	if err == nil {
		q.files = append(q.files, f)
	}
	return f, err
}

const (
	extension     = ".parked"
	doneExtension = ".done"
)

// file is a file of a queue. Its first line is the key, and every other line is an entry.
// A file with doneExtension has the offset of the first entry that is not done.
type file struct {
	path    string
	serial  int
	size    int64
	offset  int64 // of the first entry that is not done
	records int   // of the entries that are not done
	sizes   []entrySize
}

// entrySize is the size of an entry that is not done.
type entrySize struct {
	bytes, records int
}

type header struct {
	Partition string `json:"partition"`
	Scope     string `json:"scope"`
	Record    bool   `json:"record"`
}

type line struct {
	Tag     string `json:"tag"`
	Records int    `json:"records"`
	Raw     []byte `json:"raw"`
}

// appendEntries appends entries as lines.
func appendEntries(dst []byte, entries []Entry) []byte {
	for i := range entries {
		dst = append(dst, `{"tag":`...)
		dst = jsontext.AppendString(dst, entries[i].Tag)
		dst = append(dst, `,"records":`...)
		dst = strconv.AppendInt(dst, int64(entries[i].Records), 10)
		dst = append(dst, `,"raw":"`...)
		dst = base64.StdEncoding.AppendEncode(dst, entries[i].Raw)
		dst = append(dst, "\"}\n"...)
	}
	return dst
}

// createFile creates a file without entries.
func createFile(dir string, serial int, key Key) (*file, error) {
	f := &file{path: filepath.Join(dir, fmt.Sprintf("%012d%s", serial, extension)), serial: serial}
	first, err := json.Marshal(header(key))
	if err != nil {
		return nil, err
	}
	out, err := os.OpenFile(f.path, os.O_CREATE|os.O_EXCL|os.O_WRONLY|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, err
	}
	first = append(first, '\n')
	_, err = out.Write(first)
	// A crash may have left the progress of a file that had the same number.
	if gone := os.Remove(f.path + doneExtension); !errors.Is(gone, os.ErrNotExist) {
		err = errors.Join(err, gone)
	}
	if err = errors.Join(err, out.Sync(), out.Close(), syncDir(dir)); err != nil {
		return nil, errors.Join(err, os.Remove(f.path))
	}
	f.size = int64(len(first))
	f.offset = f.size
	return f, nil
}

// syncDir writes the names in a folder to the disk.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// append appends the lines of entries. After an error, the file is unchanged.
func (f *file) append(lines []byte, entries []Entry) error {
	out, err := os.OpenFile(f.path, os.O_WRONLY|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return err
	}
	_, err = out.WriteAt(lines, f.size)
	if err == nil {
		err = out.Sync()
	}
	if err != nil {
		return errors.Join(fmt.Errorf("cannot write %s: %w", f.path, err), out.Truncate(f.size), out.Close())
	}
	f.size += int64(len(lines))
	for i := range entries {
		n := bytes.IndexByte(lines, '\n') + 1
		f.sizes = append(f.sizes, entrySize{n, entries[i].Records})
		f.records += entries[i].Records
		lines = lines[n:]
	}
	return out.Close()
}

// next reads the oldest entries that are not done: at least one, and at most the number
// of bytes in most.
func (f *file) next(most int) ([]Entry, error) {
	in, err := os.OpenFile(f.path, os.O_RDONLY|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	n, size := 0, 0
	for n < len(f.sizes) && (n == 0 || size+f.sizes[n].bytes <= most) {
		size += f.sizes[n].bytes
		n++
	}
	text := make([]byte, size)
	if _, err := in.ReadAt(text, f.offset); err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", f.path, err)
	}
	entries := make([]Entry, n)
	for i := range entries {
		var l line
		if err := json.Unmarshal(text[:f.sizes[i].bytes], &l); err != nil {
			return nil, fmt.Errorf("%s is damaged at %d: %w", f.path, f.offset, err)
		}
		entries[i] = Entry{Tag: l.Tag, Raw: l.Raw, Records: l.Records}
		text = text[f.sizes[i].bytes:]
	}
	return entries, nil
}

// done removes the first n entries, and returns the number of their records. The caller
// removes a file without entries.
func (f *file) done(n int) (records int, err error) {
	n = min(n, len(f.sizes))
	for _, e := range f.sizes[:n] {
		f.offset += int64(e.bytes)
		records += e.records
	}
	f.sizes = f.sizes[n:]
	f.records -= records
	if f.records == 0 {
		return records, nil
	}
	// This is not synced: after a crash, the entries are sent again.
	temporary := f.path + doneExtension + ".new"
	if err := os.WriteFile(temporary, strconv.AppendInt(nil, f.offset, 10), 0o600); err != nil {
		return records, err
	}
	return records, os.Rename(temporary, f.path+doneExtension)
}

func (f *file) remove() {
	_ = os.Remove(f.path)
	_ = os.Remove(f.path + doneExtension)
}

// loadFile reads a file of an earlier process. It removes a partial last line, which was
// written during a crash and never acknowledged.
func loadFile(path string) (*file, Key, error) {
	serial, err := strconv.Atoi(strings.TrimSuffix(filepath.Base(path), extension))
	if err != nil {
		return nil, Key{}, fmt.Errorf("%s has no number for a name", path)
	}
	in, err := os.OpenFile(path, os.O_RDWR|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, Key{}, err
	}
	defer in.Close()
	if info, err := in.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, Key{}, fmt.Errorf("%s is no regular file", path)
	}
	lines := bufio.NewReaderSize(in, 1<<16)
	first, err := lines.ReadBytes('\n')
	var h header
	if err != nil || json.Unmarshal(first, &h) != nil {
		return nil, Key{}, fmt.Errorf("%s does not begin with a key", path)
	}
	f := &file{path: path, serial: serial, size: int64(len(first)), offset: int64(len(first))}
	if text, err := os.ReadFile(path + doneExtension); err == nil {
		if offset, err := strconv.ParseInt(string(text), 10, 64); err == nil {
			f.offset = max(f.offset, offset)
		}
	}
	for {
		text, err := lines.ReadBytes('\n')
		if err != nil {
			if !errors.Is(err, io.EOF) {
				return nil, Key{}, fmt.Errorf("cannot read %s: %w", path, err)
			}
			break
		}
		records, ok := scan(text)
		if !ok {
			var l line
			if err := json.Unmarshal(text, &l); err != nil || l.Records <= 0 {
				return nil, Key{}, fmt.Errorf("%s is damaged at %d: %v", path, f.size, err)
			}
			records = l.Records
		}
		if f.size >= f.offset {
			f.sizes = append(f.sizes, entrySize{len(text), records})
			f.records += records
		}
		f.size += int64(len(text))
	}
	f.offset = min(f.offset, f.size)
	return f, Key(h), in.Truncate(f.size)
}
