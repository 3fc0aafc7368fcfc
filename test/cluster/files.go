package cluster

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/k8slog/k8slog/test/node"
)

// Files keeps the log files of all containers under names of its own, so that their content
// is known when the kubelet has removed them: a runtime that ends a container, or begins
// a new file, may have lost a line, or cut it into pieces.
type Files struct {
	pods, kept string
	stop       chan struct{}
	done       sync.WaitGroup
	known      map[uint64]bool
	logs       map[string][]string // the kept files, by the folder of the container
}

// KeepFiles begins to keep the files of the folder of pods.
func KeepFiles(pods string) (*Files, error) {
	f := &Files{pods: pods, kept: pods + ".kept", stop: make(chan struct{}), known: map[uint64]bool{}, logs: map[string][]string{}}
	if err := os.MkdirAll(f.kept, 0o755); err != nil {
		return nil, err
	}
	f.done.Go(func() {
		for {
			f.look()
			select {
			case <-f.stop:
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	})
	return f, nil
}

func (f *Files) look() {
	names, _ := filepath.Glob(f.pods + "/*/*/*")
	for _, name := range names {
		info, err := os.Lstat(name)
		if err != nil || strings.Contains(name, ".gz") || strings.Contains(name, ".tmp") {
			continue // a compressed file was kept when it was not
		}
		s, ok := info.Sys().(*syscall.Stat_t)
		if !ok || f.known[s.Ino] {
			continue
		}
		kept := filepath.Join(f.kept, fmt.Sprint(s.Ino))
		if os.Link(name, kept) != nil {
			continue // it has another name now
		}
		f.known[s.Ino] = true
		folder := filepath.Dir(name)
		f.logs[folder] = append(f.logs[folder], kept)
	}
}

// Log is what the files of one container have.
type Log struct {
	Folder string
	Lines  []node.Line // that are not whole have the number 0
	Ends   []string    // the first and the last part of each file, the oldest first
}

// Container returns the namespace, pod and container of the log, as in shop/web-1/app.
func (l Log) Container() string {
	pod, container := filepath.Split(l.Folder)
	words := strings.Split(filepath.Base(pod), "_")
	return strings.Join([]string{words[0], words[1], container}, "/")
}

// End ends the keeping, and returns what the files have.
func (f *Files) End() (logs []Log, err error) {
	close(f.stop)
	f.done.Wait()
	f.look()
	for folder, files := range f.logs {
		first := map[string]string{}
		l := Log{Folder: folder}
		for _, file := range files {
			begin, end, readErr := ends(file)
			err = errors.Join(err, readErr)
			first[file] = begin
			l.Ends = append(l.Ends, begin+"\n\t"+end)
		}
		files = slices.DeleteFunc(files, func(file string) bool { return first[file] == "" })
		slices.SortFunc(files, func(a, b string) int { return strings.Compare(first[a], first[b]) })
		slices.Sort(l.Ends)
		err = errors.Join(err, node.Walk(files, func(line node.Line) { l.Lines = append(l.Lines, line) }))
		logs = append(logs, l)
	}
	return logs, err
}

// ends returns the beginnings of the first and of the last part of a file, with their sizes.
func ends(file string) (first, last string, err error) {
	in, err := os.Open(file)
	if err != nil {
		return "", "", err
	}
	defer in.Close()
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		last = fmt.Sprintf("%.140s… %d bytes", lines.Text(), len(lines.Text()))
		if first == "" {
			first = last
		}
	}
	return first, last, lines.Err()
}
