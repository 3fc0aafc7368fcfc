package rotatefile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Turn is when a file is turned over: it gets the name path.1, what had that
// name path.2 and so on, and a new file begins. The zero Turn is never.
type Turn struct {
	// Bytes is the size that a file does not grow beyond, but for a single
	// write that is larger; zero for any size.
	Bytes int64
	// Files is how many files there are at most, with the one that is written
	// to. The oldest is removed for a new one.
	Files int
	// Removed is called with the name of a file that was removed; may be nil.
	Removed func(path string)
}

// makeRoom turns the file over when the parts do not fit any more.
func (f *File) makeRoom(parts [][]byte) error {
	if f.turn.Bytes <= 0 {
		return nil
	}
	info, err := f.file.Stat()
	if err != nil {
		return fmt.Errorf("cannot read the size of %s: %w", f.path, err)
	}
	size := info.Size()
	for _, p := range parts {
		size += int64(len(p))
	}
	if info.Size() == 0 || size <= f.turn.Bytes || !info.Mode().IsRegular() {
		return nil
	}
	if err := f.shift(); err != nil {
		return fmt.Errorf("cannot turn over %s: %w", f.path, err)
	}
	return f.follow()
}

// shift moves every file to the next name, the oldest first.
func (f *File) shift() error {
	name := func(i int) string {
		if i == 0 {
			return f.path
		}
		return fmt.Sprintf("%s.%d", f.path, i)
	}
	oldest := name(f.turn.Files - 1)
	switch err := os.Remove(oldest); {
	case err == nil:
		if f.turn.Removed != nil {
			f.turn.Removed(oldest)
		}
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	for i := f.turn.Files - 2; i >= 0; i-- {
		if err := os.Rename(name(i), name(i+1)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return syncFolder(filepath.Dir(f.path))
}
