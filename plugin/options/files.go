package options

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/k8slog/k8slog/internal/regular"
)

// File is a file that an option names and a start opens.
type File struct {
	Option string // the name under which the option is set
	Path   string
	// Write is true for a file that the start creates or appends to, and false
	// for one that it reads.
	Write bool
	// Folder is true for a folder, in which the start makes files.
	Folder bool
	// token is true for the file of the token of the header Authorization, and
	// scheme is the word that the header has before the token.
	token  bool
	scheme string
}

// maxRead is the size of the largest file that is read at start. A bundle of all
// public certificate authorities takes a quarter of it.
const maxRead = 1 << 20

// The permissions that access(2) asks for.
const (
	mayEnter = 1
	mayWrite = 2
)

// Files returns the files that the options name, in the order of the options. The
// name of an option tells what its file is for: one that ends with _file or
// _files is read, and one that ends with _path is written to. An option of the
// type folder names a folder.
func (c *Config) Files() []File { return c.files }

// CheckFiles opens the files that are read at start. The error is an *Error for
// the first file that cannot be used.
func (c *Config) CheckFiles() error {
	for _, f := range c.files {
		if f.Write {
			continue
		}
		if err := f.Check(); err != nil {
			return err
		}
	}
	return nil
}

// addFiles notes the files of an option, which is set as name.
func (c *Config) addFiles(o *Option, name, value string) {
	switch {
	case o.Type == "path" && strings.HasSuffix(o.Name, "_file"):
		c.files = append(c.files, File{Option: name, Path: value, token: o.Name == "authorization_file"})
	case o.Type == "path" && strings.HasSuffix(o.Name, "_path"):
		c.files = append(c.files, File{Option: name, Path: value, Write: true})
	case o.Type == "folder":
		c.files = append(c.files, File{Option: name, Path: value, Write: true, Folder: true})
	case strings.HasSuffix(o.Name, "_files") && o.Type == "headers":
		for entry := range strings.SplitSeq(value, "|") {
			_, path, _ := strings.Cut(entry, ":")
			c.files = append(c.files, File{Option: name, Path: strings.TrimSpace(path)})
		}
	}
}

// Check returns an *Error for a file that a start cannot use. It creates nothing,
// and it never repeats what a file holds.
func (f File) Check() error {
	if f.Write {
		return f.checkWritable()
	}
	content, err := regular.Read(f.Path, maxRead)
	switch {
	case errors.Is(err, regular.ErrNotRegular):
		return f.invalid("is not a regular file", "a file that can be read")
	case int64(len(content)) > maxRead:
		return f.invalid("is larger than 1 MiB", "a smaller file")
	case err != nil:
		return f.invalid("cannot be read: "+reason(err), "a file that can be read")
	}
	if f.token {
		if problem := TokenProblem(string(content), f.scheme); problem != "" {
			return f.invalid(problem, "the token alone, in one line")
		}
	}
	return nil
}

// checkWritable looks at the file or folder, or at the folder that it and its
// missing folders would be made in.
func (f File) checkWritable() error {
	allowed := "a file that can be written"
	if f.Folder {
		allowed = "a folder that can be written to"
	}
	info, err := os.Stat(f.Path)
	switch {
	case err == nil && !f.Folder && !info.Mode().IsRegular():
		return f.invalid("is not a regular file", allowed)
	case err == nil && f.Folder && !info.IsDir():
		return f.invalid("is not a folder", allowed)
	case err == nil:
		permission := uint32(mayWrite)
		if f.Folder {
			permission |= mayEnter
		}
		if err := syscall.Access(f.Path, permission); err != nil {
			return f.invalid("cannot be written to: "+err.Error(), allowed)
		}
		return nil
	case !errors.Is(err, fs.ErrNotExist):
		return f.invalid("cannot be written to: "+reason(err), allowed)
	}
	dir := filepath.Dir(f.Path)
	for {
		info, err = os.Stat(dir)
		parent := filepath.Dir(dir)
		if !errors.Is(err, fs.ErrNotExist) || parent == dir {
			break
		}
		dir = parent
	}
	switch {
	case err != nil:
		return f.invalid("cannot be made: "+dir+": "+reason(err), allowed)
	case !info.IsDir():
		return f.invalid("cannot be made: "+dir+" is not a folder", allowed)
	}
	if err := syscall.Access(dir, mayWrite|mayEnter); err != nil {
		return f.invalid("cannot be made: the folder "+dir+" is not writable: "+err.Error(), allowed)
	}
	return nil
}

func (f File) invalid(problem, allowed string) error {
	return &Error{Option: f.Option, Value: f.Path, Problem: problem + "; allowed: " + allowed}
}

// reason returns the text of an error of a file without the path.
func reason(err error) string {
	var e *fs.PathError
	if errors.As(err, &e) {
		err = e.Err
	}
	return err.Error()
}
