package node

import (
	"fmt"
	"os"
	"path/filepath"
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

	files []*os.File // in the order in which they were found
	known map[uint64]bool
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
		if strings.HasSuffix(names[i], ".gz") {
			continue // the plain file is known
		}
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
			k.files = append(k.files, f)
		}
	}
}

// End looks for the last time, and returns names under which all files can be opened, the
// oldest first, until Close is called.
func (k *Keeper) End() (names []string) {
	close(k.stop)
	k.done.Wait()
	k.look()
	for _, f := range k.files {
		names = append(names, fmt.Sprint("/proc/self/fd/", f.Fd()))
	}
	return names
}

// Close closes the files.
func (k *Keeper) Close() {
	for _, f := range k.files {
		_ = f.Close()
	}
}
