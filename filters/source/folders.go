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
	info, err := os.Lstat(path)
	if err != nil || info.Mode()&os.ModeSymlink == 0 {
		return false
	}
	target, err := Resolve(path)
	return err == nil && !f.hold(target)
}

// Resolve returns the path of the file that a path leads to, without symbolic links. It is
// filepath.EvalSymlinks with three system calls instead of one or two for each element of the
// path: the agent looks at each log again and again.
func Resolve(path string) (string, error) {
	fd, err := unix.Open(path, unix.O_PATH|unix.O_CLOEXEC, 0) // opens no device, and does not block
	if err != nil {
		return "", &os.PathError{Op: "open", Path: path, Err: err}
	}
	defer unix.Close(fd)
	target, err := os.Readlink("/proc/self/fd/" + strconv.Itoa(fd))
	if err != nil || !filepath.IsAbs(target) || strings.HasSuffix(target, " (deleted)") { // no /proc, or removed meanwhile
		return filepath.EvalSymlinks(path)
	}
	return target, nil
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
