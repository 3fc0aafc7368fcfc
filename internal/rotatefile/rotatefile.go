// Package rotatefile appends lines to a file, syncs each write to the disk, and rotates the
// file by its size.
package rotatefile

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/k8slog/k8slog/internal/fsync"
	"github.com/k8slog/k8slog/internal/regular"
)

// File is an open file. It is created by Open, and is safe for concurrent use.
type File struct {
	path     string
	mode     fs.FileMode
	rotation Rotation

	// lock holds a token during a write. It is a channel and not a mutex, so that a
	// caller can stop waiting for a write that hangs.
	lock chan struct{}
	file *os.File
}

// Open opens the file at path for appending. It creates a missing file with mode, and missing
// parent directories with mode 0750. It refuses directories and named pipes.
func Open(path string, mode fs.FileMode, rotation Rotation) (*File, error) {
	f := &File{path: path, mode: mode, rotation: rotation, lock: make(chan struct{}, 1)}
	if err := f.open(); err != nil {
		return nil, err
	}
	return f, nil
}

func (f *File) open() error {
	if err := os.MkdirAll(filepath.Dir(f.path), 0o750); err != nil {
		return fmt.Errorf("cannot create the directory of %s: %w", f.path, err)
	}
	file, err := f.openFile()
	if err != nil {
		return fmt.Errorf("cannot open %s: %w", f.path, err)
	}
	f.file = file
	return fsync.Dir(filepath.Dir(f.path))
}

// openFile opens the file. A file that is rotated is the program's own; any other may be a
// device, such as /dev/stdout.
func (f *File) openFile() (*os.File, error) {
	const flags = os.O_WRONLY | os.O_APPEND | os.O_CREATE
	if f.rotation.MaxBytes > 0 {
		file, mended, err := regular.Own(f.path, flags, f.mode)
		if mended && f.rotation.Mended != nil {
			f.rotation.Mended(f.path)
		}
		return file, err
	}
	// Opening a named pipe without a reader would block.
	if info, err := os.Stat(f.path); err == nil && info.Mode()&fs.ModeNamedPipe != 0 {
		return nil, errors.New("is a named pipe")
	}
	file, err := os.OpenFile(f.path, flags, f.mode)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err == nil && info.IsDir() {
		err = errors.New("is a directory")
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// Append writes the parts in order, and syncs the file. Before that it rotates a file that
// would become too large, and opens a new file when the path was renamed or removed. When a
// write fails, Append truncates the file to its previous size, if the disk permits, so that no
// incomplete line is left.
//
// ctx limits only the wait for a write of another goroutine. A write to the disk cannot be
// cancelled.
func (f *File) Append(ctx context.Context, parts ...[]byte) error {
	select {
	case f.lock <- struct{}{}:
		defer func() { <-f.lock }()
	case <-ctx.Done():
		return fmt.Errorf("cannot write to %s: another write hangs: %w", f.path, ctx.Err())
	}
	if err := f.reopen(); err != nil {
		return err
	}
	if err := f.rotate(parts); err != nil {
		return err
	}
	before, err := f.file.Stat()
	if err != nil {
		return fmt.Errorf("cannot read the size of %s: %w", f.path, err)
	}
	written, err := f.write(parts)
	if err == nil {
		return nil
	}
	// Another process or another instance of the plugin can append to the same file.
	// Truncate only when nobody did.
	if now, e := f.file.Stat(); e == nil && now.Mode().IsRegular() && now.Size() == before.Size()+written {
		err = errors.Join(err, f.file.Truncate(before.Size()))
	}
	return err
}

// write writes and syncs the parts. It returns the number of bytes written, also with an
// error.
func (f *File) write(parts [][]byte) (written int64, err error) {
	for _, p := range parts {
		n, err := f.file.Write(p)
		written += int64(n)
		if err != nil {
			return written, fmt.Errorf("cannot write to %s: %w", f.path, err)
		}
	}
	// Pipes and terminals, such as /dev/stdout, return EINVAL.
	if err := f.file.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) {
		return written, fmt.Errorf("cannot sync %s: %w", f.path, err)
	}
	return written, nil
}

// reopen opens the path again when it is no longer the path of the open file.
func (f *File) reopen() error {
	current, err := os.Stat(f.path)
	if err == nil {
		if opened, err := f.file.Stat(); err == nil && os.SameFile(opened, current) {
			return nil
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("cannot find %s: %w", f.path, err)
	}
	old := f.file
	if err := f.open(); err != nil {
		return err
	}
	return old.Close()
}

// Close closes the file. When a write hangs for a second, it leaves the file open and returns
// an error.
func (f *File) Close() error {
	timer := time.NewTimer(time.Second)
	defer timer.Stop()
	select {
	case f.lock <- struct{}{}:
		defer func() { <-f.lock }()
		return f.file.Close()
	case <-timer.C:
		return fmt.Errorf("cannot close %s: a write hangs", f.path)
	}
}
