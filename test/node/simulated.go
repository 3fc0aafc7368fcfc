package node

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/k8slog/k8slog/test/node/numbered"
)

// Simulated is a container without a runtime: its log is written here, as containerd writes
// it, so that there can be hundreds.
type Simulated struct {
	Rotator
	Name  string // of the pod, and of the writer
	Link  string
	Lines int // that were written

	mu   sync.Mutex
	file *os.File
	size int
}

// NewSimulated returns a container below root, the file system of the node. id makes the
// container's name unique.
func NewSimulated(root, name string, id int) (*Simulated, error) {
	folder := filepath.Join(root, "var/log/pods", fmt.Sprintf("storm_%s_%08d-0000-4000-8000-000000000000", name, id), "app")
	links := filepath.Join(root, "var/log/containers")
	c := &Simulated{Name: name}
	c.Log, c.MaxFiles, c.Archive = filepath.Join(folder, "0.log"), 5, filepath.Join(root, "archive", name)
	c.Reopen = c.open
	c.Link = filepath.Join(links, fmt.Sprintf("%s_storm_app-%064x.log", name, id))
	if err := errors.Join(os.MkdirAll(folder, 0o755), os.MkdirAll(links, 0o755), c.open()); err != nil {
		return nil, err
	}
	return c, os.Symlink(c.Log, c.Link)
}

func (c *Simulated) open() error {
	f, err := os.OpenFile(c.Log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o640)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.file != nil {
		_ = c.file.Close()
	}
	c.file, c.size = f, 0
	return nil
}

// pieceBytes is where containerd cuts a line.
const pieceBytes = 16 << 10

// Write writes the next lines.
func (c *Simulated) Write(lines int) error {
	var b bytes.Buffer
	for range lines {
		c.Lines++
		text := numbered.Line(c.Name, c.Lines)
		stream := []string{"stdout", "stderr"}[c.Lines/50%2]
		for {
			piece, tag := text, "F"
			if len(piece) > pieceBytes {
				piece, tag = text[:pieceBytes], "P"
			}
			text = text[len(piece):]
			fmt.Fprintf(&b, "%s %s %s %s\n", time.Now().UTC().Format(time.RFC3339Nano), stream, tag, piece)
			if tag == "F" {
				break
			}
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	n, err := c.file.Write(b.Bytes())
	c.size += n
	return err
}

// Size is the size of the file that is written.
func (c *Simulated) Size() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.size
}

// Remove removes the pod: its files and its link.
func (c *Simulated) Remove() error {
	c.mu.Lock()
	_ = c.file.Close()
	c.mu.Unlock()
	there, err := c.There()
	if err != nil {
		return err
	}
	for _, name := range there {
		if err := c.remove(name); err != nil {
			return err
		}
	}
	// An archived log sorts behind its rotated files.
	_ = os.Rename(filepath.Join(c.Archive, "0.log"), filepath.Join(c.Archive, "0.log.9"))
	return errors.Join(os.Remove(c.Link), os.RemoveAll(filepath.Dir(filepath.Dir(c.Log))))
}
