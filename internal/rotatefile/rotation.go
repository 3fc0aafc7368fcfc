package rotatefile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/k8slog/k8slog/internal/fsync"
)

// Rotation configures the rotation of a file: path is renamed to path.1, path.1 to path.2 and so
// on, and a new file is created at path. The zero Rotation does not rotate.
type Rotation struct {
	// MaxBytes is the largest size of a file in bytes; zero for no rotation. A single write
	// that is larger is written to an empty file.
	MaxBytes int64
	// MaxFiles is the largest number of files, with the one at path. It must be positive when
	// MaxBytes is. The oldest file is removed.
	MaxFiles int
	// Removed is called with the path of each removed file; nil for none.
	Removed func(path string)
	// Mended is called with the path of a file whose permissions beyond its mode were taken
	// away; nil for none.
	Mended func(path string)
}

// rotate rotates the file when the parts would make it too large.
func (f *File) rotate(parts [][]byte) error {
	if f.rotation.MaxBytes <= 0 {
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
	if info.Size() == 0 || size <= f.rotation.MaxBytes || !info.Mode().IsRegular() {
		return nil
	}
	if err := f.shift(); err != nil {
		return fmt.Errorf("cannot rotate %s: %w", f.path, err)
	}
	return f.reopen()
}

// shift removes the oldest file and renames all others, the oldest first.
func (f *File) shift() error {
	name := func(i int) string {
		if i == 0 {
			return f.path
		}
		return fmt.Sprintf("%s.%d", f.path, i)
	}
	oldest := name(f.rotation.MaxFiles - 1)
	switch err := os.Remove(oldest); {
	case err == nil:
		if f.rotation.Removed != nil {
			f.rotation.Removed(oldest)
		}
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	for i := f.rotation.MaxFiles - 2; i >= 0; i-- {
		if err := os.Rename(name(i), name(i+1)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return fsync.Dir(filepath.Dir(f.path))
}
