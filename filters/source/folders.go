package source

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/k8slog/k8slog/filters/source/dockerdir"
	"github.com/k8slog/k8slog/filters/source/kubepath"
)

// Folders are folders whose files are log files, besides those of the kubelet and of Docker.
type Folders []string

// LeadsOut reports whether the path of a container's log leads to a file that is no log: a
// symbolic link to /etc/shadow, which a pod with a writable hostPath has made. A log is a
// file with the path of the kubelet or of Docker, or in one of the folders. A path that leads
// to no file, such as that of a container that was removed, does not lead out.
func (f Folders) LeadsOut(path string) bool {
	out, _ := f.judge(path)
	return out
}

// judge returns the same as LeadsOut, and for a symbolic link that does not lead out, the file
// that it leads to.
func (f Folders) judge(path string) (out bool, file identity) {
	info, err := os.Lstat(path)
	if err != nil || info.Mode()&os.ModeSymlink == 0 {
		return false, identity{}
	}
	target, file, err := resolve(path)
	if err != nil {
		return false, identity{}
	}
	if !f.hold(target) {
		return true, identity{}
	}
	return false, file
}

// identity is a file, as long as the file system is mounted: an inode that is used again has
// another time of birth. The zero identity is that of no file.
type identity struct {
	major, minor uint32
	ino          uint64
	sec          int64
	nsec         uint32
}

// identify returns the file that a path leads to by one system call; zero for none, and where
// the file system has no times of birth.
func identify(path string) identity { return statx(unix.AT_FDCWD, path, 0) }

func statx(fd int, path string, flags int) identity {
	var s unix.Statx_t
	err := unix.Statx(fd, path, flags, unix.STATX_INO|unix.STATX_BTIME, &s)
	if err != nil || s.Mask&unix.STATX_BTIME == 0 {
		return identity{}
	}
	return identity{s.Dev_major, s.Dev_minor, s.Ino, s.Btime.Sec, s.Btime.Nsec}
}

// Resolve returns the path of the file that a path leads to, without symbolic links. It is
// filepath.EvalSymlinks with three system calls instead of one or two for each element of the
// path: the agent looks at each log again and again.
func Resolve(path string) (string, error) {
	target, _, err := resolve(path)
	return target, err
}

// resolve returns the file at the target as well; zero where it is not known.
func resolve(path string) (target string, file identity, err error) {
	fd, err := unix.Open(path, unix.O_PATH|unix.O_CLOEXEC, 0) // opens no device, and does not block
	if err != nil {
		return "", identity{}, &os.PathError{Op: "open", Path: path, Err: err}
	}
	defer unix.Close(fd)
	target, err = os.Readlink("/proc/self/fd/" + strconv.Itoa(fd))
	if err != nil || !filepath.IsAbs(target) || strings.HasSuffix(target, " (deleted)") { // no /proc, or removed meanwhile
		target, err = filepath.EvalSymlinks(path)
		return target, identity{}, err
	}
	return target, statx(fd, "", unix.AT_EMPTY_PATH), nil
}

// hold reports whether a path without symbolic links is that of a log.
func (f Folders) hold(target string) bool {
	if _, ok := kubepath.FromPath(target); ok {
		return true
	}
	if _, ok := dockerdir.ID(target); ok {
		return true
	}
	for _, folder := range f {
		if strings.HasPrefix(target, strings.TrimSuffix(folder, "/")+"/") {
			return true
		}
	}
	return false
}
