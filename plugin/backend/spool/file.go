package spool

import (
	"bufio"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/k8slog/k8slog/internal/fsync"
)

// The ends of the names of files: of records that are not uploaded, of those that are, and of
// a file with a block that cannot be read.
const (
	waitingEnd = ".spool"
	sentEnd    = ".sent"
	damagedEnd = ".damaged"
)

// about is the header of a file.
type about struct {
	Key   string    `json:"key"`
	Node  string    `json:"node,omitempty"`
	Since time.Time `json:"since"`
}

// File is the records of one object.
type File struct {
	about
	path    string
	header  []byte    // until it is written
	damaged bool      // a block cannot be read
	begun   time.Time // by a clock that nobody sets; zero for a file of the process before

	// What follows is guarded by the Store's mu.
	room  int64 // what the file counts for
	busy  bool  // somebody uploads it
	tries int
	since time.Time // when the first of these failed
	err   error     // of the last one
	next  time.Time // of the next upload
	until time.Time // when it is removed

	records atomic.Int64

	mu     sync.Mutex // held while the file is written
	sealed bool       // it does not grow any more
	size   int64      // of the header and the good blocks; 0 until the file exists
	lines  int64      // the length of the lines
}

// newFile returns a file that does not exist yet.
func newFile(dir string, serial int, key, node string, now time.Time) *File {
	f := &File{path: filepath.Join(dir, fmt.Sprintf("%012d", serial)+waitingEnd), begun: now.Add(-time.Duration(now.Nanosecond())), about: about{key, node, now.UTC().Truncate(time.Second)}}
	first, _ := json.Marshal(f.about)
	f.header = append(first, '\n')
	return f
}

// errSealed is the error of append for a file that does not grow any more.
var errSealed = errors.New("the file is closed")

// append writes a block, and syncs the file. After an error the file does not grow any more,
// and has the blocks that it had before.
func (f *File) append(text []byte, b *Block) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.sealed {
		return errSealed
	}
	err := f.write(text)
	if err != nil {
		f.sealed = true
		return fmt.Errorf("cannot write %s: %w", f.path, err)
	}
	f.lines += int64(len(b.lines))
	f.records.Add(int64(b.records))
	return nil
}

func (f *File) write(text []byte) error {
	if f.size == 0 {
		return f.create(text)
	}
	out, err := os.OpenFile(f.path, os.O_WRONLY|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return err
	}
	if _, err = out.WriteAt(text, f.size); err == nil {
		err = out.Sync()
	}
	if err != nil {
		return errors.Join(err, out.Truncate(f.size), out.Close())
	}
	f.size += int64(len(text))
	return out.Close()
}

// create creates the file with its first block. After an error, there is no file.
func (f *File) create(text []byte) error {
	out, err := os.OpenFile(f.path, os.O_CREATE|os.O_EXCL|os.O_WRONLY|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return err
	}
	if _, err = out.Write(f.header); err == nil {
		_, err = out.Write(text)
	}
	if err == nil {
		err = out.Sync()
	}
	if err = errors.Join(err, out.Close()); err == nil {
		err = fsync.Dir(filepath.Dir(f.path))
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.path))
	}
	f.size = int64(len(f.header) + len(text))
	f.header = nil
	return nil
}

// seal ends the growth of the file, and waits for an append that is under way. It reports
// whether there is anything in the file.
func (f *File) seal() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sealed = true
	return f.size > 0
}

func (f *File) isLarge(most int64) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.lines >= most
}

// Records returns the number of records of a file that Next has returned.
func (f *File) Records() int64 { return f.records.Load() }

// Sum returns a hash of the records and their IDs.
func (f *File) Sum() ([sha256.Size]byte, error) {
	h := sha256.New()
	err := f.each(func(ids, lines []byte) error {
		h.Write(ids)
		h.Write(lines)
		return nil
	})
	return [sha256.Size]byte(h.Sum(nil)), err
}

// WriteTo writes the lines to w.
func (f *File) WriteTo(w io.Writer) (n int64, err error) {
	err = f.each(func(_, lines []byte) error {
		k, err := w.Write(lines)
		n += int64(k)
		return err
	})
	return n, err
}

// each calls do with the content of each block. It ends with ErrDamaged at a block that is not
// as it was written, and where the file is shorter than it was, or is gone.
func (f *File) each(do func(ids, lines []byte) error) error {
	if f.size == 0 { // nothing of it can be read
		return nil
	}
	err := f.eachBlock(do)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return err
}

func (f *File) eachBlock(do func(ids, lines []byte) error) error {
	in, err := os.OpenFile(f.path, os.O_RDONLY|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return err
	}
	defer in.Close()
	buffered := bufio.NewReaderSize(io.LimitReader(in, f.size), 64<<10)
	first, err := buffered.ReadSlice('\n')
	if err != nil {
		return fmt.Errorf("cannot read %s: %w", f.path, err)
	}
	left := f.size - int64(len(first))
	text := make([]byte, headerSize)
	for left > 0 {
		if _, err := io.ReadFull(buffered, text[:headerSize]); err != nil {
			return fmt.Errorf("cannot read %s: %w", f.path, err)
		}
		h, err := parseHeader(text[:headerSize])
		if err != nil || h.size() > left {
			return fmt.Errorf("%s: %w", f.path, ErrDamaged)
		}
		if int64(cap(text)) < h.size() {
			text = append(make([]byte, 0, h.size()), text[:headerSize]...)
		}
		text = text[:h.size()]
		if _, err := io.ReadFull(buffered, text[headerSize:]); err != nil {
			return fmt.Errorf("cannot read %s: %w", f.path, err)
		}
		if err := h.check(text); err != nil {
			return fmt.Errorf("%s: %w", f.path, err)
		}
		ids, lines := text[headerSize:headerSize+h.idBytes()], text[headerSize+h.idBytes():]
		if err := do(ids, lines); err != nil {
			return err
		}
		left -= h.size()
	}
	return nil
}

// rename gives the file another end of its name.
func (f *File) rename(end string) error {
	path := strings.TrimSuffix(f.path, filepath.Ext(f.path)) + end
	if err := os.Rename(f.path, path); err != nil {
		return err
	}
	f.path = path
	return nil
}

// Sidecar returns the path of a file beside this one, for what whoever uploads it must know
// after a restart. It is removed with the file.
func (f *File) Sidecar() string { return strings.TrimSuffix(f.path, filepath.Ext(f.path)) + ".upload" }
