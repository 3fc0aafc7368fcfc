package command

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// The bounds of what is read as a configuration: the bytes of a file, and the
// sections of all files.
const (
	maxConf     = 1 << 20
	maxSections = 1000
)

// outputOf returns a k8slog output of a configuration and what it includes, by its number from
// 1 on.
func outputOf(path string, number int) (*section, error) {
	all, err := readConf(path)
	if err != nil {
		return nil, err
	}
	sections := of(all, "output", "k8slog")
	if number < 1 || number > len(sections) {
		return nil, fmt.Errorf("%s has %d outputs with the name k8slog, and none number %d", path, len(sections), number)
	}
	return sections[number-1], nil
}

// readConf reads a configuration. The end of its name tells the format, also of
// what it includes. The error is a *problem where a line is to blame.
func readConf(path string) ([]section, error) {
	r := &reader{root: filepath.Dir(path), env: &environment{set: map[string]string{}}}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		r.root = filepath.Dir(real)
	}
	ext := strings.ToLower(filepath.Ext(path))
	r.yaml = ext == ".yaml" || ext == ".yml"
	if err := r.read(path); err != nil {
		return nil, err
	}
	if len(r.sections) > maxSections {
		return nil, fmt.Errorf("has more than %d sections, and is no configuration", maxSections)
	}
	return r.sections, nil
}

// reader reads a configuration and its includes.
type reader struct {
	yaml     bool
	root     string // the folder of the configuration
	env      *environment
	seen     []fs.FileInfo
	sections []section
}

func (r *reader) read(path string) error {
	info, err := os.Stat(path)
	if err == nil && slices.ContainsFunc(r.seen, func(other fs.FileInfo) bool { return os.SameFile(info, other) }) {
		return fmt.Errorf("%s is read already, and Fluent Bit reads no file twice: remove one of the includes", path)
	}
	text, err := readText(path)
	if err != nil {
		return err
	}
	r.seen = append(r.seen, info)
	if r.yaml {
		return r.readYAML(path, text)
	}
	return r.readClassic(path, text)
}

// include reads the file or files that line of a file includes. Fluent Bit puts
// no variables into their names.
func (r *reader) include(from string, line int, name string) error {
	names := []string{name}
	if !filepath.IsAbs(name) {
		names[0] = r.includePath(from, name)
	}
	if strings.Contains(name, "*") {
		var err error
		if names, err = filepath.Glob(names[0]); err != nil || len(names) == 0 {
			return &problem{from, line, fmt.Sprintf("cannot include %s: no file fits", name)}
		}
	}
	for _, file := range names {
		err := r.read(file)
		var inner *problem
		if err == nil || errors.As(err, &inner) {
			if err != nil {
				return err
			}
			continue
		}
		text := fmt.Sprintf("cannot include %s: %v", name, err)
		if strings.Contains(name, "${") {
			text += "; Fluent Bit puts no variables into the names of includes: write the path itself"
		}
		return &problem{from, line, text}
	}
	return nil
}

// includePath returns the path of an include with a relative name. In YAML the
// name is relative to the file that has it. In the classic format it is relative
// to the working directory, and to the configuration if there is no such file.
func (r *reader) includePath(from, name string) string {
	if r.yaml {
		return filepath.Join(filepath.Dir(from), name)
	}
	if !strings.Contains(name, "*") {
		if _, err := os.Stat(name); err == nil {
			return name
		}
	}
	return filepath.Join(r.root, name)
}

// readText reads a file that holds text, and is none of the endless kind.
func readText(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", path, cause(err))
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("cannot read %s: it is not a regular file", path)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", path, cause(err))
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxConf+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("cannot read %s: %w", path, cause(err))
	case len(text) > maxConf:
		return nil, fmt.Errorf("cannot read %s: it is larger than %d MiB, and no configuration", path, maxConf>>20)
	case bytes.IndexByte(text, 0) >= 0:
		return nil, fmt.Errorf("cannot read %s: it is binary, and no configuration", path)
	}
	return text, nil
}

// cause returns the error of a file without the path.
func cause(err error) error {
	var e *fs.PathError
	if errors.As(err, &e) {
		return e.Err
	}
	return err
}
