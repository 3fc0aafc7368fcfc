package disk

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// busyNode is a ledger of 300 logs, each with a rotated file, and the writers of the logs.
func busyNode(b *testing.B) (l *Ledger, links []string, writers []*os.File) {
	dir := b.TempDir()
	must := func(err error) {
		if err != nil {
			b.Fatal(err)
		}
	}
	must(os.MkdirAll(filepath.Join(dir, "containers"), 0o755))
	for i := range 300 {
		folder := filepath.Join(dir, "pods", fmt.Sprintf("shop_web-%d_11111111-2222-3333-4444-555555555555", i), "app")
		must(os.MkdirAll(folder, 0o755))
		must(os.WriteFile(filepath.Join(folder, "0.log.20261129-100000"), fmt.Appendf(nil, "2026-11-29T10:00:00.%09dZ stdout F line\n", i), 0o644))
		f, err := os.Create(filepath.Join(folder, "0.log"))
		must(err)
		b.Cleanup(func() { _ = f.Close() })
		link := filepath.Join(dir, "containers", fmt.Sprintf("web-%d_shop_app-%064x.log", i, i))
		must(os.Symlink(f.Name(), link))
		links, writers = append(links, link), append(writers, f)
	}
	l, err := Open(Config{
		Path: filepath.Join(dir, "disk.ledger"), Logs: []string{filepath.Join(dir, "containers", "*.log")}, ScanEvery: time.Hour,
		Hold: true, Warnf: b.Logf, Infof: b.Logf,
	})
	must(err)
	b.Cleanup(func() { must(l.Close()) })
	return l, links, writers
}

// BenchmarkSecond is what the ledger costs in a second of a node with 300 logs of 10 lines a
// second: a look at the files, and a chunk.
func BenchmarkSecond(b *testing.B) {
	l, links, writers := busyNode(b)
	at := int64(0)
	now := time.Now()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		r := l.Begin()
		var lines [10][]byte
		size := 0
		for k := range lines {
			lines[k] = fmt.Appendf(nil, "2026-11-29T10:00:00.%09dZ stdout F line", i*10+k)
			size += len(lines[k]) + 1
		}
		b.StopTimer()
		for _, w := range writers {
			for _, line := range lines {
				_, _ = w.Write(append(line, '\n'))
			}
		}
		b.StartTimer()
		for _, link := range links {
			offset := at
			for _, line := range lines {
				r.Add([]byte(link), offset, line)
				offset += int64(len(line)) + 1
			}
		}
		r.Seen()
		r.Settle()
		at += int64(size)
		now = now.Add(time.Second)
		l.scan(now)
	}
}
