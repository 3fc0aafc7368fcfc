// Package fsync syncs directories to the disk.
package fsync

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// Dir syncs a directory, so that the names of files that were created, renamed or removed
// in it survive a loss of power. A file system that cannot sync directories is no error.
func Dir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("cannot open the directory %s: %w", path, err)
	}
	defer dir.Close()
	if err := dir.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) {
		return fmt.Errorf("cannot sync the directory %s: %w", path, err)
	}
	return nil
}
