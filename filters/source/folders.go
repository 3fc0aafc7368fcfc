package source

import (
	"os"
	"path/filepath"
	"strings"

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
	target, err := filepath.EvalSymlinks(path)
	return err == nil && !f.hold(target)
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
