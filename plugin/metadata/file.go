package metadata

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/internal/regular"
)

// file keeps what is known over a restart. Its first line is a header, and each other line a
// pod or a namespace. It is written whole, beside the file, and then renamed.
type file struct {
	path string
	lock *os.File
}

// header is the first line of the file.
type header struct {
	Format string `json:"format"`
	Node   string `json:"node"`
	// Version is that up to which the pods are known. It does not count when other
	// annotations or fields are kept now.
	Version           string `json:"version"`
	NamespacesVersion string `json:"namespaces_version"`
	Selected          uint32 `json:"selected"`
	// Sum is the checksum of the lines below.
	Sum  uint32       `json:"sum"`
	Tags filters.Tags `json:"tags"` // of the node
}

// line is one of the lines below: a pod, or a namespace.
type line struct {
	Pod       *pod   `json:"pod,omitempty"`
	Namespace string `json:"namespace,omitempty"`
	filters.Tags
}

const (
	format  = "k8slog metadata 1"
	maxFile = 64 << 20
)

// openFile reads the file, and keeps other processes from it.
func (s *Store) openFile(path string) (*file, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	lock, err := regular.Lock(path)
	if err != nil {
		return nil, err
	}
	if err := s.readFile(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, errors.Join(err, lock.Close())
	}
	return &file{path: path, lock: lock}, nil
}

// readFile enters what the file has. One that is damaged is not used.
func (s *Store) readFile(path string) error {
	data, err := regular.Read(path, maxFile)
	if err != nil {
		return err
	}
	if err := s.restore(data); err != nil {
		s.config.Warnf("metadata: %s is not used: %v", path, err)
	}
	return nil
}

// restore enters what the file has. After an error nothing is entered.
func (s *Store) restore(data []byte) error {
	first, rest, _ := bytes.Cut(data, []byte("\n"))
	var h header
	switch err := json.Unmarshal(first, &h); {
	case err != nil || h.Format != format:
		return errors.New("it is damaged, or of another version")
	case h.Sum != crc32.ChecksumIEEE(rest):
		return errors.New("it is damaged")
	case h.Node != s.config.Node:
		return fmt.Errorf("it is of node %s", h.Node)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	lines := bufio.NewScanner(bytes.NewReader(rest))
	lines.Buffer(nil, maxFile)
	for lines.Scan() {
		var l line
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			return fmt.Errorf("it is damaged: %w", err)
		}
		if l.Pod == nil {
			s.namespaces[l.Namespace] = &namespace{Tags: l.Tags}
			continue
		}
		s.put(l.Pod)
	}
	s.node = h.Tags
	if h.Selected == s.selected() {
		s.version, s.nsVersion = h.Version, h.NamespacesVersion
	}
	s.dirty, s.saved = false, time.Now()
	return nil
}

// selected is a checksum of what is kept of a pod.
func (s *Store) selected() uint32 {
	return crc32.ChecksumIEEE(fmt.Appendf(nil, "%v %v %v %v", s.selection.annotations, s.selection.fields, s.selection.steer, format))
}

// snapshot returns the content of the file.
func (s *Store) snapshot() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dirty, s.moved, s.saved = false, false, time.Now()
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false)
	write := func(l line) { _ = encoder.Encode(l) } // a buffer takes everything
	for name, n := range s.namespaces {
		if !n.failed {
			write(line{Namespace: name, Tags: n.Tags})
		}
	}
	for uid, p := range s.pods {
		if uid == p.UID && p.asks == nil {
			write(line{Pod: p})
		}
	}
	h := header{Format: format, Node: s.config.Node, Version: s.version, NamespacesVersion: s.nsVersion, Selected: s.selected(), Sum: crc32.ChecksumIEEE(body.Bytes()), Tags: s.node}
	for uid, p := range s.pods {
		if uid == p.UID && p.asks != nil {
			h.Version = "" // that pod is not in the file
		}
	}
	first, _ := json.Marshal(h)
	return append(append(first, '\n'), body.Bytes()...)
}

// save writes the file when something has changed.
func (s *Store) save() {
	s.mu.Lock()
	dirty := s.dirty || s.moved && time.Since(s.saved) >= saveMoved
	s.mu.Unlock()
	if !dirty || s.file == nil {
		return
	}
	if err := s.file.write(s.snapshot()); err != nil {
		s.mu.Lock()
		s.dirty = true
		s.mu.Unlock()
		s.config.Warnf("metadata: cannot write %s (metadata_path): %v", s.file.path, err)
	}
}

func (f *file) write(data []byte) error {
	next := f.path + ".next"
	out, _, err := regular.Own(next, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = out.Write(data)
	if err == nil {
		err = out.Sync()
	}
	if err = errors.Join(err, out.Close()); err != nil {
		return err
	}
	return os.Rename(next, f.path)
}

func (f *file) close(data []byte) error { return errors.Join(f.write(data), f.lock.Close()) }
