package source

import (
	"path/filepath"
	"strings"
)

// Folders are the folders in which the log files of containers are. Empty Folders hold
// every file.
type Folders []string

// Hold reports whether a file is in one of the folders, or in a folder below. path must not
// have symbolic links.
func (f Folders) Hold(path string) bool {
	if len(f) == 0 {
		return true
	}
	path = filepath.Clean(path)
	for _, folder := range f {
		if strings.HasPrefix(path, strings.TrimSuffix(folder, "/")+"/") {
			return true
		}
	}
	return false
}

// leadsOut reports whether a path leads out of the folders now. A path that leads to no
// file, such as that of a container that was removed, leads nowhere.
func (f Folders) leadsOut(path string) bool {
	if len(f) == 0 {
		return false
	}
	target, err := filepath.EvalSymlinks(path)
	return err == nil && !f.Hold(target)
}
