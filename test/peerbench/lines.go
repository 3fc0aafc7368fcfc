package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// Each line has its number behind this word, whatever becomes of the rest of it.
const marker = "seq-"

// text is the text of a line: nginx, klog, JSON, plain, by turns.
func text(n int, now time.Time) string {
	id := fmt.Sprintf(marker+"%08d-%016d", n, now.UnixMicro())
	switch n % 4 {
	case 0:
		return fmt.Sprintf(`10.244.%d.%d - - [22/Nov/2026:10:00:00 +0000] "GET /api/v1/items/%s?page=2 HTTP/1.1" 200 %d "https://example.com/shop" "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36"`,
			n%250, n/250%250, id, n%5000)
	case 1:
		return fmt.Sprintf(`I%s       1 proxier.go:%d] Adding new service port %s at 10.59.249.194:9090/TCP`, now.UTC().Format("0102 15:04:05.000000"), n%2000, id)
	case 2:
		return fmt.Sprintf(`{"level":"info","ts":"%s","msg":"request handled","status":200,"duration_ms":%d,"path":"/items/%s"}`, now.UTC().Format(time.RFC3339Nano), n%900, id)
	}
	return fmt.Sprintf("worker %d finished job %s in %d ms, queue length is now %d", n%16, id, n%700, n%90)
}

func stream(n int) string { return [...]string{"stdout", "stderr"}[n/7%2] }

// writeCRI writes a line as containerd does, and writeDocker as Docker does.
func writeCRI(w io.Writer, n int, now time.Time) error {
	_, err := fmt.Fprintf(w, "%s %s F %s\n", now.UTC().Format("2006-01-02T15:04:05.000000000Z"), stream(n), text(n, now))
	return err
}

func writeDocker(w io.Writer, n int, now time.Time) error {
	_, err := fmt.Fprintf(w, `{"log":%q,"stream":"%s","time":"%s"}`+"\n", text(n, now)+"\n", stream(n), now.UTC().Format(time.RFC3339Nano))
	return err
}

// container is one of the node, the number i.
type container struct{ pod, id string }

func containerOf(i int) container {
	return container{fmt.Sprintf("web-84bd9f6d5b-%05d", i), fmt.Sprintf("%064x", i+1)}
}

func (c container) file() string { return fmt.Sprintf("%s_default_web-%s.log", c.pod, c.id) }

// openLogs makes the empty files of n containers.
func openLogs(dir string, n int) ([]*os.File, error) {
	if err := os.RemoveAll(dir); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	var all []*os.File
	for i := range n {
		f, err := os.Create(filepath.Join(dir, containerOf(i).file()))
		if err != nil {
			return nil, err
		}
		all = append(all, f)
	}
	return all, nil
}

// writeBacklog writes lines to all files by turns.
func writeBacklog(all []*os.File, lines int, write func(io.Writer, int, time.Time) error) error {
	begin := time.Now().Add(-time.Hour)
	for i, f := range all {
		w := bufio.NewWriterSize(f, 1<<20)
		for n := i; n < lines; n += len(all) {
			if err := write(w, n, begin.Add(time.Duration(n)*time.Millisecond+time.Duration(n%1000)*1001)); err != nil {
				return err
			}
		}
		if err := w.Flush(); err != nil {
			return err
		}
	}
	return nil
}

// writeLive writes ten lines a second to each file, spread over the second, and
// returns how many it wrote.
func writeLive(all []*os.File, during time.Duration, write func(io.Writer, int, time.Time) error) (int, error) {
	const rate, step = 10, 5 * time.Millisecond
	tick := time.NewTicker(step)
	defer tick.Stop()
	n, begin := 0, time.Now()
	for time.Since(begin) < during {
		<-tick.C
		for due := int(time.Since(begin).Seconds() * float64(rate*len(all))); n < due; n++ {
			if err := write(all[n%len(all)], n, time.Now()); err != nil {
				return n, err
			}
		}
	}
	return n, nil
}
