// Package regular opens and reads regular files only. A FIFO does not block, and a device is
// refused.
package regular

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// ErrNotRegular is the error for a FIFO, a device, a socket or a folder.
var ErrNotRegular = errors.New("is not a regular file")

// Open opens a regular file for reading. It does not follow a symbolic link at the end of the
// path.
func Open(path string) (*os.File, error) { return open(path, syscall.O_NOFOLLOW) }

// open opens a regular file. The flag O_NONBLOCK has no effect on one.
func open(path string, flags int) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK|flags, 0)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = &fs.PathError{Op: "open", Path: path, Err: ErrNotRegular}
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// Read reads a regular file of at most limit bytes. It follows symbolic links: the files of a
// volume in Kubernetes are links.
func Read(path string, limit int64) ([]byte, error) {
	file, err := open(path, 0)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err == nil && int64(len(content)) > limit {
		err = &fs.PathError{Op: "read", Path: path, Err: fmt.Errorf("has more than %d bytes", limit)}
	}
	return content, err
}

// Own opens a file of the program's own with flags of os.OpenFile, and creates it with mode
// when the flags say so. A character device is opened as well. Own follows a symbolic link
// at the end of the path only to a device or a pipe, as /dev/stdout is one. A file
// that belongs to another user is refused. Permissions beyond mode are taken away, and
// mended is true then.
func Own(path string, flags int, mode fs.FileMode) (file *os.File, mended bool, err error) {
	file, err = os.OpenFile(path, flags|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, mode)
	link := errors.Is(err, syscall.ELOOP)
	if link {
		file, err = os.OpenFile(path, flags&^(os.O_CREATE|os.O_TRUNC)|syscall.O_NONBLOCK, 0)
	}
	if err != nil {
		return nil, false, err
	}
	info, err := file.Stat()
	switch {
	case err != nil:
	case link && info.Mode()&(fs.ModeCharDevice|fs.ModeNamedPipe) == 0: // /dev/stdout is a link to one of these
		err = syscall.ELOOP
	case !link:
		mended, err = own(file, info, mode)
	}
	if err != nil {
		return nil, false, errors.Join(&fs.PathError{Op: "open", Path: path, Err: err}, file.Close())
	}
	return file, mended, nil
}

func own(file *os.File, info fs.FileInfo, mode fs.FileMode) (mended bool, err error) {
	if info.Mode()&fs.ModeCharDevice != 0 { // such as /dev/null, which belongs to nobody
		return false, nil
	}
	if !info.Mode().IsRegular() {
		return false, ErrNotRegular
	}
	if s, ok := info.Sys().(*syscall.Stat_t); ok && int(s.Uid) != os.Geteuid() {
		return false, fmt.Errorf("belongs to the user %d, and not to this one, %d", s.Uid, os.Geteuid())
	}
	if info.Mode().Perm()&^mode == 0 {
		return false, nil
	}
	return true, file.Chmod(mode)
}

// Lock locks a file of the program's own until the returned file is closed. The lock is that
// of the file path.lock, which Lock creates. Lock fails with an InUseError when this or
// another process holds it.
func Lock(path string) (*os.File, error) {
	lock, _, err := Own(path+".lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(&InUseError{path}, lock.Close())
	}
	return lock, nil
}

// InUseError is the error of Lock for a file that this or another process has locked.
type InUseError struct{ Path string }

func (e *InUseError) Error() string { return "another process has " + e.Path + " open" }
