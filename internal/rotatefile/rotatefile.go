// Package rotatefile is a file of lines that only grows, each write of which
// is on the disk when it returns.
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
)

// File is an open file. It is made by Open; several goroutines may use it.
type File struct {
	path string
	mode fs.FileMode
	turn Turn

	// lock holds a token while a write is under way. It is a channel, because
	// who waits for a disk that hangs must be able to give up.
	lock chan struct{}
	file *os.File
}

// Open opens the file at path for appending. It makes the file with mode, and
// the folders that are missing, private to their owner.
func Open(path string, mode fs.FileMode, turn Turn) (*File, error) {
	f := &File{path: path, mode: mode, turn: turn, lock: make(chan struct{}, 1)}
	if err := f.open(); err != nil {
		return nil, err
	}
	return f, nil
}

func (f *File) open() error {
	if err := os.MkdirAll(filepath.Dir(f.path), 0o750); err != nil {
		return fmt.Errorf("cannot make the folder of %s: %w", f.path, err)
	}
	// A pipe without a reader would hold the caller here.
	if info, err := os.Stat(f.path); err == nil && info.Mode()&fs.ModeNamedPipe != 0 {
		return fmt.Errorf("cannot open %s: is a pipe", f.path)
	}
	file, err := os.OpenFile(f.path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, f.mode)
	if err != nil {
		return fmt.Errorf("cannot open %s: %w", f.path, err)
	}
	info, err := file.Stat()
	if err == nil && info.IsDir() {
		err = errors.New("is a folder")
	}
	if err != nil {
		file.Close()
		return fmt.Errorf("cannot open %s: %w", f.path, err)
	}
	f.file = file
	return syncFolder(filepath.Dir(f.path))
}

// syncFolder makes the name of a file that is new survive a loss of power.
func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("cannot open the folder %s: %w", path, err)
	}
	defer folder.Close()
	if err := folder.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) {
		return fmt.Errorf("cannot sync the folder %s: %w", path, err)
	}
	return nil
}

// Append writes the parts one after the other and syncs the file. When it
// fails, what it had written is taken back as far as the disk lets it, so that
// no half line is left. A file that was renamed or removed is made anew first.
//
// While another write is under way it waits until ctx is done. A write of its
// own that has begun cannot be given up: it ends when the disk answers.
func (f *File) Append(ctx context.Context, parts ...[]byte) error {
	select {
	case f.lock <- struct{}{}:
		defer func() { <-f.lock }()
	case <-ctx.Done():
		return fmt.Errorf("cannot write to %s: another write hangs: %w", f.path, ctx.Err())
	}
	if err := f.follow(); err != nil {
		return err
	}
	if err := f.makeRoom(parts); err != nil {
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
	// Only what is certainly ours is taken back: another process, or another
	// instance of the plugin, may append to the same file.
	if now, e := f.file.Stat(); e == nil && now.Mode().IsRegular() && now.Size() == before.Size()+written {
		err = errors.Join(err, f.file.Truncate(before.Size()))
	}
	return err
}

func (f *File) write(parts [][]byte) (written int64, err error) {
	for _, p := range parts {
		n, err := f.file.Write(p)
		written += int64(n)
		if err != nil {
			return written, fmt.Errorf("cannot write to %s: %w", f.path, err)
		}
	}
	// A pipe or a terminal, as /dev/stdout can be, has nothing to sync.
	if err := f.file.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) {
		return written, fmt.Errorf("cannot sync %s: %w", f.path, err)
	}
	return written, nil
}

// follow opens the file anew when the path leads to another one, or to none.
func (f *File) follow() error {
	there, err := os.Stat(f.path)
	if err == nil {
		if here, err := f.file.Stat(); err == nil && os.SameFile(here, there) {
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

// Close closes the file. One that a write hangs in is left open, with an error.
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
