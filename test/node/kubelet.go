package node

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Rotator rotates the log of a container as the kubelet does
// (pkg/kubelet/logs/container_log_manager.go): surplus rotated files are removed, all rotated
// files are compressed, and then the log is renamed and the runtime opens a new one. So the
// newest rotated file is plain.
type Rotator struct {
	// Log is the file that the runtime writes.
	Log string
	// Reopen makes the runtime open Log anew.
	Reopen func() error
	// MaxFiles is the number of files, the log itself included. The kubelet's default is 5.
	MaxFiles int
	// Archive keeps a link to each file that is removed, to know what was in it.
	Archive string

	rotations int
}

// Rotate rotates the log once.
func (r *Rotator) Rotate() error {
	rotated, err := filepath.Glob(r.Log + ".*")
	if err != nil {
		return err
	}
	slices.Sort(rotated) // the names have the time
	for len(rotated) > r.MaxFiles-2 {
		if err := r.remove(rotated[0]); err != nil {
			return err
		}
		rotated = rotated[1:]
	}
	for _, name := range rotated {
		if !strings.HasSuffix(name, ".gz") {
			if err := compress(name); err != nil {
				return err
			}
		}
	}
	r.rotations++
	name := fmt.Sprintf("%s.%s", r.Log, time.Now().Format("20060102-150405.000000"))
	if err := os.Rename(r.Log, name); err != nil {
		return err
	}
	if err := r.Reopen(); err != nil {
		return errors.Join(err, os.Rename(name, r.Log))
	}
	return nil
}

// remove removes a file, and keeps a link to it.
func (r *Rotator) remove(name string) error {
	// A copy: with a link, the inode would not be free for another file.
	data, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(r.Archive, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(r.Archive, filepath.Base(name)), data, 0o644); err != nil {
		return err
	}
	return os.Remove(name)
}

// compress replaces a file by a compressed one, by way of a temporary file.
func compress(name string) error {
	in, err := os.Open(name)
	if err != nil {
		return err
	}
	defer in.Close()
	temporary := name + ".tmp"
	out, err := os.OpenFile(temporary, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	zip := gzip.NewWriter(out)
	_, err = io.Copy(zip, in)
	if err = errors.Join(err, zip.Close(), out.Close()); err != nil {
		return err
	}
	if err := os.Rename(temporary, name+".gz"); err != nil {
		return err
	}
	return os.Remove(name)
}

// There returns the files that are there, the oldest first.
func (r *Rotator) There() (files []string, err error) {
	if files, err = filepath.Glob(r.Log + ".2*"); err != nil {
		return nil, err
	}
	files = slices.DeleteFunc(files, func(name string) bool { return strings.HasSuffix(name, ".tmp") })
	slices.Sort(files)
	if _, err := os.Stat(r.Log); err == nil {
		files = append(files, r.Log)
	}
	return files, nil
}

// Removed returns copies of the files that were removed, the oldest first.
func (r *Rotator) Removed() (files []string, err error) {
	files, err = filepath.Glob(r.Archive + "/*")
	slices.Sort(files)
	return files, err
}

// Files returns the files of Removed and There.
func (r *Rotator) Files() ([]string, error) {
	removed, err := r.Removed()
	if err != nil {
		return nil, err
	}
	there, err := r.There()
	return append(removed, there...), err
}
