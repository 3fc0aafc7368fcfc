package disk

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/k8slog/k8slog/plugin/chunk"
)

// node is a folder with the log of one container, as the kubelet and containerd write it.
type node struct {
	t         *testing.T
	dir       string
	link      string // in containers
	target    string // in pods
	writer    *os.File
	lines     int
	rotations int
}

func newNode(t *testing.T) *node {
	n := &node{t: t, dir: t.TempDir()}
	pod := filepath.Join(n.dir, "pods", "shop_web-1_11111111-2222-3333-4444-555555555555", "app")
	n.must(os.MkdirAll(pod, 0o755))
	n.must(os.MkdirAll(filepath.Join(n.dir, "containers"), 0o755))
	n.target = filepath.Join(pod, "0.log")
	n.link = filepath.Join(n.dir, "containers", "web-1_shop_app-"+strings.Repeat("ab", 32)+".log")
	n.must(os.Symlink(n.target, n.link))
	n.open()
	return n
}

func (n *node) must(err error) {
	n.t.Helper()
	if err != nil {
		n.t.Fatal(err)
	}
}

func (n *node) open() {
	f, err := os.OpenFile(n.target, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	n.must(err)
	n.writer = f
}

func (n *node) write(count int) {
	var b bytes.Buffer
	for range count {
		fmt.Fprintf(&b, "2026-11-29T10:00:00.%09dZ stdout F line %d\n", n.lines, n.lines)
		n.lines++
	}
	_, err := n.writer.Write(b.Bytes())
	n.must(err)
}

// rotate rotates the file, and returns its new name.
func (n *node) rotate() string {
	n.must(n.writer.Close())
	n.rotations++
	name := fmt.Sprintf("%s.20261129-10%04d", n.target, n.rotations)
	n.must(os.Rename(n.target, name))
	n.open()
	return name
}

func (n *node) compress(name string) {
	data, err := os.ReadFile(name)
	n.must(err)
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err = w.Write(data)
	n.must(err)
	n.must(w.Close())
	n.must(os.WriteFile(name+".tmp", b.Bytes(), 0o644))
	n.must(os.Rename(name+".tmp", name+".gz"))
	n.must(os.Remove(name))
}

func (n *node) ledger() *Ledger {
	n.t.Helper()
	l, err := Open(Config{
		Path: filepath.Join(n.dir, "disk.ledger"), Logs: []string{filepath.Join(n.dir, "containers", "*.log")},
		Settle: 50 * time.Millisecond, Grace: 50 * time.Millisecond, ScanEvery: 5 * time.Millisecond,
		Warnf: n.t.Logf, Infof: n.t.Logf,
	})
	n.must(err)
	return l
}

// read hands lines of a file over, as tail would, and returns how many were settled before.
func (n *node) read(l *Ledger, name string, from, to int) (r *Reading, settled int) {
	n.t.Helper()
	data, err := os.ReadFile(name)
	n.must(err)
	r = l.Begin()
	at := 0
	for i, line := range bytes.SplitAfter(data, []byte("\n")) {
		if i >= from && i < to && len(line) > 0 {
			if r.Add([]byte(n.link), int64(at), bytes.TrimSuffix(line, []byte("\n"))) {
				settled++
			}
		}
		at += len(line)
	}
	r.Seen()
	return r, settled
}

// receiver gets what is caught up.
type receiver struct {
	mu    sync.Mutex
	lines map[string]int
	first func() // called once, when the first chunk comes; nil for none
}

func (c *receiver) start(l *Ledger) {
	c.lines = map[string]int{}
	l.StartCatchUp(CatchUp{
		BytesPerSecond: 1 << 30, PathKey: "path", OffsetKey: "offset", Ready: func() bool { return true },
		Deliver: c.deliver,
	})
}

func (c *receiver) deliver(_ string, data []byte, r *Reading) error {
	reader := chunk.NewReader(data)
	var ev chunk.Event
	c.mu.Lock()
	first := c.first
	c.first = nil
	c.mu.Unlock()
	if first != nil {
		first()
	}
	for reader.Next(&ev) {
		var path, line []byte
		var offset int64
		fields := ev.Body.Fields()
		for key, value, ok := fields.Next(); ok; key, value, ok = fields.Next() {
			switch name, _ := key.Text(); string(name) {
			case "path":
				path, _ = value.Text()
			case "offset":
				offset, _ = value.Int()
			case "log":
				line, _ = value.Text()
			}
		}
		if !r.Add(path, offset, line) {
			c.mu.Lock()
			c.lines[string(line)]++
			c.mu.Unlock()
		}
	}
	r.Seen()
	r.Settle()
	return reader.Err()
}

func (c *receiver) count() (lines, twice int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, n := range c.lines {
		if n > 1 {
			twice++
		}
	}
	return len(c.lines), twice
}

func waitFor(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !is(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("timeout: %s", what)
		}
	}
}
