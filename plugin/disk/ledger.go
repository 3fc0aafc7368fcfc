// Package disk is the ledger of the disk: which bytes of the log files of the containers
// were handed over by Fluent Bit, which of them have an outcome, and which are missing.
// Catching up reads what is missing from the rotated files, as long as they are there.
//
// tail knows a file by its name, and loses what it has not read when the file is rotated
// while Fluent Bit is away, or faster than tail can follow. The offsets that tail gives each
// line (offset_key) show what it has read. Which of the files with one name a line comes
// from is found by the content at the offset.
package disk

import (
	"cmp"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/k8slog/k8slog/filters/source"
)

// Config configures a Ledger.
type Config struct {
	// Path is the file of the ledger.
	Path string
	// Logs and Exclude are patterns of path/filepath.Match: the logs that tail reads, by the
	// paths that tail has for them, and those that it leaves out.
	Logs, Exclude []string
	// Folders have log files besides those of the kubelet and Docker.
	Folders source.Folders
	// Hold keeps files open that were not read to their end, so that their removal does not
	// lose what is in them. Somebody must read them then: see StartCatchUp.
	Hold bool
	// Settle is how long tail and the queue of Fluent Bit get to hand over what was written
	// to a file, before it is read here. Grace is how long what was handed over may be
	// missing after its file was removed. Zero for the defaults.
	Settle, Grace time.Duration
	// ScanEvery is the time between two looks at the files; zero for the default.
	ScanEvery time.Duration
	// Warnf and Infof log. They must not be nil.
	Warnf, Infof func(format string, args ...any)
}

// The defaults of Config. DefaultSettle is above rotate_wait of tail, 5 s, and the time
// between two tries of a chunk is not part of it: while chunks are outstanding, nothing is
// read.
const (
	DefaultSettle    = 15 * time.Second
	DefaultGrace     = 30 * time.Second
	DefaultScanEvery = time.Second
)

// Ledger is the ledger of the disk. It is created by Open, and is safe for concurrent use.
type Ledger struct {
	config Config

	mu      sync.Mutex
	journal *journal
	logs    map[string]*containerLog
	byID    map[int64]*file   // while the journal is read
	folders map[string]folder // by name; only scan uses it
	lastID  int64
	open    int // readings whose lines are being added
	held    int // files that are held
	// maxHeld bounds their number, and heldBytes the content of those that were removed.
	heldBytes    int64
	maxHeld      int
	first        bool      // no ledger was there: this is the first start on the node
	rebuilt      bool      // no ledger could be read, although there was one
	missing      int64     // bytes of files that are gone
	shown        int64     // the largest missing-dropped so far, for a counter that does not decrease
	dropped      int64     // of missing, the bytes that Fluent Bit has dropped
	shownDropped int64     // the largest dropped so far
	busy         time.Time // when Fluent Bit last had chunks that nobody has read
	ready        atomic.Pointer[func() bool]
	inOrder      atomic.Pointer[func() bool]

	opened    time.Time
	catchUp   *CatchUp     // nil for none
	caughtUp  atomic.Int64 // bytes that were read here and have an outcome
	repeated  atomic.Int64 // records that were handed over and had an outcome before
	unlocated atomic.Int64 // runs of lines whose file was not found
	unseen    atomic.Int64 // looks between which files may have come and gone

	closed    chan struct{}
	closeOnce sync.Once
	done      sync.WaitGroup
}

// Open opens the ledger at a path, and starts to look at the files. A ledger that is damaged
// or gone is begun anew. An error is about the path itself, or about another process that
// has the ledger open.
func Open(c Config) (*Ledger, error) {
	c.Settle = cmp.Or(c.Settle, DefaultSettle)
	c.Grace = cmp.Or(c.Grace, DefaultGrace)
	c.ScanEvery = cmp.Or(c.ScanEvery, DefaultScanEvery)
	l := &Ledger{
		config: c, logs: map[string]*containerLog{}, byID: map[int64]*file{}, folders: map[string]folder{},
		closed: make(chan struct{}), busy: time.Now(), opened: time.Now(), heldBytes: maxHeldBytes, maxHeld: mayHold(),
	}
	if err := l.openJournal(); err != nil {
		return nil, err
	}
	l.byID = nil
	l.scan(time.Now())
	l.everyScan(l.watch)
	return l, nil
}

// watch looks at the files, and keeps the journal small.
func (l *Ledger) watch(now time.Time) {
	l.scan(now)
	l.mu.Lock()
	err := l.compact()
	l.mu.Unlock()
	if err != nil {
		l.config.Warnf("cannot write the ledger of the disk (disk_ledger_path): %v", err)
	}
}

// everyScan calls a function at the interval of the scans, until the ledger is closed.
func (l *Ledger) everyScan(do func(now time.Time)) {
	l.done.Go(func() {
		ticker := time.NewTicker(l.config.ScanEvery)
		defer ticker.Stop()
		for {
			select {
			case <-l.closed:
				return
			case now := <-ticker.C:
				do(now)
			}
		}
	})
}

// StopCatchUp ends what StartCatchUp has begun, and the looks at the files.
func (l *Ledger) StopCatchUp() {
	l.closeOnce.Do(func() { close(l.closed) })
	l.done.Wait()
}

// Close closes the ledger. No call of another method may be in progress.
func (l *Ledger) Close() error {
	l.StopCatchUp()
	l.releaseAll()
	return l.journal.close()
}

// Target returns the file that the path of a log leads to, or led to as long as it was
// there; empty for a path that is not known.
func (l *Ledger) Target(path string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if log := l.logs[path]; log != nil {
		return log.target
	}
	return ""
}

// Ended reports whether one of the rotated files of a log ends at an offset, without or with
// a line feed. It returns true for a path that is not known. The size of a file that was
// moved away or removed is that of the file that is held, or of the last look.
func (l *Ledger) Ended(path string, offset int64) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	log := l.logs[path]
	if log == nil || log.refused {
		return true
	}
	l.scanLog(log, l.now(), true)
	written := log.written()
	return slices.ContainsFunc(log.files, func(f *file) bool {
		if f != written && f.name == "" {
			l.grow(f)
		}
		return f != written && offset <= f.size && f.size-offset <= lineEnd
	})
}

// Repeat counts a record that was handed over although it had an outcome.
func (l *Ledger) Repeat() { l.repeated.Add(1) }

// now is the present time.
func (l *Ledger) now() time.Time { return time.Now() }
