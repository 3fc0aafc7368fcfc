package faults

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// Container is one container of the node: it writes numbered lines to both
// streams, in the format and below the names of its runtime.
type Container struct {
	Namespace, Pod, Name string

	cri     bool
	path    string // where the runtime writes
	padding string
	// noErrors: nothing is written to stderr.
	noErrors bool

	mu      sync.Mutex
	file    *os.File
	turned  int
	written [2]int // lines, by stream
	bytes   int64
	buf     bytes.Buffer
}

var streams = [2]string{"stdout", "stderr"}

// newContainer makes the files and symlinks of container number i below root, in a
// namespace:
// CRI's for odd numbers, docker's for even ones.
func newContainer(root, namespace string, i, width int) (*Container, error) {
	id := fmt.Sprintf("%064x", i+0xabc)
	uid := fmt.Sprintf("3f0c8a52-6f0e-4b8f-9a55-%012x", i)
	c := &Container{
		Namespace: namespace,
		Pod:       fmt.Sprintf("web-%d-7d9c6b5f4-x2x9z", i), Name: fmt.Sprintf("c%d", i),
		cri: i%2 == 1, padding: strings.Repeat("x", width),
	}
	links := []string{fmt.Sprintf("var/log/containers/%s_%s_%s-%s.log", c.Pod, c.Namespace, c.Name, id)}
	if c.cri {
		c.path = fmt.Sprintf("var/log/pods/%s_%s_%s/%s/0.log", c.Namespace, c.Pod, uid, c.Name)
	} else {
		c.path = "var/lib/docker/containers/" + id + "/" + id + "-json.log"
		links = append(links, fmt.Sprintf("var/log/pods/%s_%s_%s/%s/0.log", c.Namespace, c.Pod, uid, c.Name))
	}
	target := filepath.Join(root, c.path)
	c.path = target
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return nil, err
	}
	for n := len(links) - 1; n >= 0; n-- {
		link := filepath.Join(root, links[n])
		if err := os.MkdirAll(filepath.Dir(link), 0o755); err != nil {
			return nil, err
		}
		if err := os.Symlink(target, link); err != nil {
			return nil, err
		}
		target = link
	}
	return c, c.open()
}

func (c *Container) open() (err error) {
	c.file, err = os.OpenFile(c.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	return err
}

// key names one stream of the container, for the ledger.
func (c *Container) key(stream string) string {
	return c.Namespace + "/" + c.Pod + "/" + c.Name + " " + stream
}

// write appends n lines, two of three to stdout.
func (c *Container) write(n int) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.buf.Reset()
	now := time.Now().UTC().Format("2006-01-02T15:04:05.000000000Z07:00")
	for range n {
		stream := 0
		if (c.written[0]+c.written[1])%3 == 2 && !c.noErrors {
			stream = 1
		}
		text := fmt.Sprintf("%d %s", c.written[stream], c.padding)
		if c.cri {
			fmt.Fprintf(&c.buf, "%s %s F %s\n", now, streams[stream], text)
		} else {
			fmt.Fprintf(&c.buf, `{"log":"%s\n","stream":"%s","time":"%s"}`+"\n", text, streams[stream], now)
		}
		c.written[stream]++
	}
	written, err := c.file.Write(c.buf.Bytes())
	c.bytes += int64(written)
	return err
}

// Bytes returns the size of all that was written.
func (c *Container) Bytes() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.bytes
}

// rotate renames the file away and goes on in a new one, as the kubelet and
// docker do.
func (c *Container) rotate() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.turned++
	if err := os.Rename(c.path, fmt.Sprintf("%s.%d", c.path, c.turned)); err != nil {
		return err
	}
	if err := c.file.Close(); err != nil {
		return err
	}
	return c.open()
}
