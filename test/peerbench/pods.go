package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// The logs of the kubelet: it looks at them every ten seconds, renames a file above 10 MiB,
// has the runtime open a new one, and keeps five.
const (
	rotateEvery = 10 * time.Second
	rotateAbove = 10 << 20
	keptFiles   = 5
)

// pods write numbered lines of CRI as fast as they are told, and rotate their logs.
type pods struct {
	logs    []*podLog
	lines   [][]byte // what is written again and again, with other numbers and times
	marks   []int    // where the number is in each of lines
	next    int      // the number of the next line
	rotated time.Time
}

type podLog struct {
	path string
	file *os.File
	size int64
	old  []string
	buf  []byte
}

// newPods makes the logs of n pods: files in /var/log/pods, and links to them in
// /var/log/containers.
func newPods(at place, n int) (*pods, error) {
	real := filepath.Join(at.root, "var/log/pods")
	for _, dir := range []string{real, at.logs()} {
		if err := os.RemoveAll(dir); err != nil {
			return nil, err
		}
	}
	if err := os.MkdirAll(at.logs(), 0o755); err != nil {
		return nil, err
	}
	p := &pods{rotated: time.Now()}
	for i := range n {
		c := containerOf(i)
		dir := filepath.Join(real, "default_"+c.pod+"_b5765594-98b2-11e8-8483-42010a8a0017/web")
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return nil, err
		}
		l := &podLog{path: filepath.Join(dir, "0.log")}
		if err := l.open(); err != nil {
			return nil, err
		}
		if err := os.Symlink(l.path, filepath.Join(at.logs(), c.file())); err != nil {
			return nil, err
		}
		p.logs = append(p.logs, l)
	}
	for n := range 56 { // all texts with both streams
		var line bytes.Buffer
		if err := writeCRI(&line, n, time.Now()); err != nil {
			return nil, err
		}
		p.lines = append(p.lines, line.Bytes())
		p.marks = append(p.marks, bytes.Index(line.Bytes(), []byte(marker))+len(marker))
	}
	return p, nil
}

func (l *podLog) open() (err error) {
	l.size = 0
	l.file, err = os.Create(l.path)
	return err
}

func (p *pods) close() {
	for _, l := range p.logs {
		_ = l.file.Close()
	}
}

// write writes the lines up to a number, to all logs by turns.
func (p *pods) write(until int) error {
	now := time.Now()
	stamp := now.UTC().Format("2006-01-02T15:04:05.000000000Z")
	micros := fmt.Appendf(nil, "%016d", now.UnixMicro())
	for ; p.next < until; p.next++ {
		kind := p.next % len(p.lines)
		line, at := p.lines[kind], p.marks[kind]
		copy(line, stamp)
		for i, n := at+7, p.next; i >= at; i, n = i-1, n/10 {
			line[i] = byte('0' + n%10)
		}
		copy(line[at+9:], micros)
		l := p.logs[p.next%len(p.logs)]
		l.buf = append(l.buf, line...)
	}
	for _, l := range p.logs {
		n, err := l.file.Write(l.buf)
		if err != nil {
			return err
		}
		l.size, l.buf = l.size+int64(n), l.buf[:0]
	}
	if time.Since(p.rotated) < rotateEvery {
		return nil
	}
	p.rotated = now
	for _, l := range p.logs {
		if err := l.rotate(now); err != nil {
			return err
		}
	}
	return nil
}

// rotate renames a log that is large enough, and removes the oldest one.
func (l *podLog) rotate(now time.Time) error {
	if l.size < rotateAbove {
		return nil
	}
	old := l.path + "." + now.Format("20060102-150405")
	if err := os.Rename(l.path, old); err != nil {
		return err
	}
	if l.old = append(l.old, old); len(l.old) > keptFiles-1 {
		_ = os.Remove(l.old[0])
		l.old = l.old[1:]
	}
	_ = l.file.Close()
	return l.open()
}
