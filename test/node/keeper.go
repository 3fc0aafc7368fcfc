package node

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Keeper keeps the files of a log of Docker open, so that their content is known when Docker
// has removed them.
type Keeper struct {
	log  string
	stop chan struct{}
	done sync.WaitGroup

	files  []*os.File // in the order in which they were found
	zipped []*os.File // compressed ones: a busy machine may have missed the plain file
	known  map[uint64]bool
}

// Keep begins to look for the files of a log.
func Keep(log string) *Keeper {
	k := &Keeper{log: log, stop: make(chan struct{}), known: map[uint64]bool{}}
	k.done.Go(func() {
		for {
			k.look()
			select {
			case <-k.stop:
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	})
	return k
}

func (k *Keeper) look() {
	names, _ := filepath.Glob(k.log + "*")
	// The oldest file has the largest number.
	for i := len(names) - 1; i >= 0; i-- {
		f, err := os.Open(names[i])
		if err != nil {
			continue
		}
		info, err := f.Stat()
		if err != nil {
			_ = f.Close()
			continue
		}
		if s, ok := info.Sys().(*syscall.Stat_t); !ok || k.known[s.Ino] {
			_ = f.Close()
		} else {
			k.known[s.Ino] = true
			if strings.HasSuffix(names[i], ".gz") {
				k.zipped = append(k.zipped, f)
			} else {
				k.files = append(k.files, f)
			}
		}
	}
}

// End looks for the last time, and returns names under which all files can be opened, the
// oldest first, until Close is called. Those that are only known compressed are unpacked to a
// folder.
func (k *Keeper) End(dir string) (names []string, err error) {
	close(k.stop)
	k.done.Wait()
	k.look()
	first := map[string]bool{}
	times := map[string]string{}
	add := func(name string) error {
		line, at, err := firstLine(name)
		if err == nil && line != "" && !first[line] {
			first[line], times[name] = true, at
			names = append(names, name)
		}
		return err
	}
	for _, f := range k.files {
		if err := add(fmt.Sprint("/proc/self/fd/", f.Fd())); err != nil {
			return nil, err
		}
	}
	for i, f := range k.zipped {
		name := filepath.Join(dir, fmt.Sprint(filepath.Base(k.log), ".unpacked.", i))
		if err := unpack(f, name); err != nil {
			continue // Docker was killed while it wrote the file, and the plain one is there
		}
		if err := add(name); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(names, func(a, b string) int { return strings.Compare(times[a], times[b]) })
	return names, nil
}

// firstLine returns the first line of a file of Docker, and its time.
func firstLine(name string) (line, at string, err error) {
	f, err := os.Open(name)
	if err != nil {
		return "", "", err
	}
	defer f.Close()
	line, err = bufio.NewReader(f).ReadString('\n')
	if err == io.EOF {
		return "", "", nil
	}
	var entry struct{ Time string }
	if err == nil {
		err = json.Unmarshal([]byte(line), &entry)
	}
	return line, entry.Time, err
}

// unpack writes the content of a compressed file.
func unpack(in *os.File, name string) error {
	zip, err := gzip.NewReader(in)
	if err != nil {
		return err
	}
	out, err := os.Create(name)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, zip)
	return errors.Join(err, out.Close())
}

// Close closes the files.
func (k *Keeper) Close() {
	for _, f := range append(k.files, k.zipped...) {
		_ = f.Close()
	}
}
