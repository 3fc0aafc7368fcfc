// Package parking keeps records on the disk that the backend does not take for now:
// their stream or index is refused, their tenant is down, or the server fails on them. So
// their chunk can be acknowledged without them.
//
// Every key has a queue, which is a sequence of files. Each line of a file is an entry
// in JSON, the oldest first. An entry is on the disk before Park returns. After a crash
// between sending an entry and Done, the entry is sent again.
//
//	{"tag":"…","records":1,"raw":"…"}
//
// raw is the events of Fluent Bit, in MessagePack and base64.
package parking

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
)

// Key names a queue.
type Key struct {
	Partition string
	// Scope is the stream or index that is refused; empty for Record, and for a partition
	// that is down.
	Scope string
	// Record is true for the queue of single records on which the server fails. Later
	// records of the partition do not wait behind them.
	Record bool
}

// Entry is the records of one message.
type Entry struct {
	Tag     string
	Raw     []byte // the events
	Records int
}

// ErrFull is the error of Park when the limit is reached.
var ErrFull = errors.New("the parked records take all of park_bytes")

// maxQueues is the number of queues: log texts and names of files may choose the keys.
const maxQueues = 1024

// Store is the queues in a folder. It is created by Open, and is safe for concurrent
// use.
type Store struct {
	dir   string
	limit int64
	lock  *os.File

	records atomic.Int64 // that are parked; read for every record that is sent

	mu     sync.Mutex
	queues map[Key]*queue
	bytes  int64 // of all files
	serial int   // of the last file
}

// Open opens the store in a folder. It creates a missing folder with mode 0700. limit is
// the maximum size of all files in bytes. warnf logs the files that cannot be read. Open
// fails when another output uses the folder.
func Open(dir string, limit int64, warnf func(format string, args ...any)) (*Store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	lock, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("cannot lock %s, which another output may use: %w", dir, err), lock.Close())
	}
	s := &Store{dir: dir, limit: limit, lock: lock, queues: map[Key]*queue{}}
	if err := s.load(warnf); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return s, nil
}

// load reads the files of an earlier process.
func (s *Store) load(warnf func(format string, args ...any)) error {
	names, err := filepath.Glob(filepath.Join(s.dir, "*"+extension))
	if err != nil {
		return err
	}
	slices.Sort(names) // their serial numbers have leading zeros
	for _, name := range names {
		f, key, err := loadFile(name)
		if err != nil {
			warnf("cannot read parked records: %v", err)
			continue
		}
		s.serial = max(s.serial, f.serial)
		if f.records == 0 {
			f.remove()
			continue
		}
		q := s.queue(key)
		q.files = append(q.files, f)
		s.bytes += f.size
		s.records.Add(int64(f.records))
	}
	return nil
}

func (s *Store) queue(key Key) *queue {
	q := s.queues[key]
	if q == nil {
		q = &queue{key: key}
		s.queues[key] = q
	}
	return q
}

// Park appends entries to the queue of a key. When it returns nil, they are on the disk.
// After an error, which may be ErrFull, none of them is parked.
func (s *Store) Park(key Key, entries []Entry) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.queues[key] == nil && len(s.queues) >= maxQueues {
		return ErrFull
	}
	lines := appendEntries(nil, entries)
	if s.bytes+int64(len(lines)) > s.limit {
		return ErrFull
	}
	return s.append(key, lines, entries)
}

// Requeue removes the first n entries of a queue, and appends those of them that are left.
// For a time it needs room for both, which it takes above the limit: without it, the
// entries of a full store would never become fewer.
func (s *Store) Requeue(key Key, n int, left []Entry) error {
	if len(left) > 0 {
		s.mu.Lock()
		err := s.append(key, appendEntries(nil, left), left)
		s.mu.Unlock()
		if err != nil {
			return err
		}
	}
	return s.Done(key, n)
}

// append writes entries to the queue of a key. The caller holds the lock.
func (s *Store) append(key Key, lines []byte, entries []Entry) error {
	q := s.queue(key)
	f, err := q.tail(func() (*file, error) {
		s.serial++
		f, err := createFile(s.dir, s.serial, key)
		if err == nil {
			s.bytes += f.size
		}
		return f, err
	})
	if err != nil {
		s.dropEmpty(q)
		return err
	}
	before := f.size
	if err := f.append(lines, entries); err != nil {
		s.dropEmpty(q)
		return err
	}
	s.bytes += f.size - before
	for i := range entries {
		s.records.Add(int64(entries[i].Records))
	}
	return nil
}

// Has reports whether the queue of a key has entries.
func (s *Store) Has(key Key) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.queues[key] != nil
}

// Keys returns the keys of all queues, in no order.
func (s *Store) Keys() []Key {
	s.mu.Lock()
	defer s.mu.Unlock()
	keys := make([]Key, 0, len(s.queues))
	for key := range s.queues {
		keys = append(keys, key)
	}
	return keys
}

// Next returns the oldest entries of a queue: at least one, and at most about that number
// of bytes. They stay in the queue until Done.
func (s *Store) Next(key Key, bytes int) ([]Entry, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q := s.queues[key]
	if q == nil {
		return nil, nil
	}
	return q.files[0].next(bytes)
}

// Done removes the first n entries of a queue. n is at most the number that Next has
// returned.
func (s *Store) Done(key Key, n int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	q := s.queues[key]
	if q == nil {
		return nil
	}
	f := q.files[0]
	records, err := f.done(n)
	s.records.Add(-int64(records))
	if f.records == 0 {
		f.remove()
		s.bytes -= f.size
		q.files = q.files[1:]
		s.dropEmpty(q)
	}
	return err
}

func (s *Store) dropEmpty(q *queue) {
	if len(q.files) == 0 {
		delete(s.queues, q.key)
	}
}

// Records returns the number of records in all queues.
func (s *Store) Records() int64 { return s.records.Load() }

// Bytes returns the size of all files in bytes.
func (s *Store) Bytes() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.bytes
}

// Close unlocks the folder.
func (s *Store) Close() error { return s.lock.Close() }
