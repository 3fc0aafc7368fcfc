// Package parking keeps records on the disk that the backend does not take for now:
// their stream or index is refused, their tenant is down, or the server fails on them. So
// their chunk can be acknowledged without them.
//
// Every key has a queue, which is a sequence of files. Each line of a file is an entry, or
// a block of them, in JSON, the oldest first. An entry is on the disk before Park returns.
// After a crash between sending an entry and Settle, the entry is sent again, with those
// of its block.
//
//	{"tag":"…","records":1,"raw":"…"}
//	{"tag":"…","records":300,"zstd":"…"}
//
// raw is the events of Fluent Bit, in MessagePack and base64. zstd is entries, compressed
// (see packBlock), in base64. The number of queues is
// bounded. All further keys share one queue, whose entries have their key.
package parking

import (
	"errors"
	"fmt"
	"hash/maphash"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// Key names a queue.
type Key struct {
	// Destination is the destination of the records; empty for the output's own backend.
	Destination string
	Partition   string
	// Scope is the stream or index that is refused; empty for Record, and for a partition
	// that is down.
	Scope string
	// Record is true for the queue of single records on which the server fails. Later
	// records of the partition do not wait behind them.
	Record bool
	// Copy is true for copies of records that count with another copy, which is parked for
	// another destination.
	Copy bool
	// Shared is true for the queue of the keys without a queue of their own. Its order
	// is not kept: what is refused again goes to its end.
	Shared bool
}

// Entry is the records of one message.
type Entry struct {
	Tag     string
	Raw     []byte // the events
	Records int
	// Key is that of an entry in the shared queue; nil for unknown, and for other queues.
	Key *Key
	// Damaged says where in the folder a line stands that cannot be read; empty for a
	// line that can be read. Raw is the line then, and Tag is empty.
	Damaged string
}

// Batch is entries for the queue of a key.
type Batch struct {
	Key     Key
	Entries []Entry
}

// ErrFull is the error of Park when the limit is reached.
var ErrFull = errors.New("the parked records take all of park_bytes")

// Log texts and names of files may choose the keys. So the number of queues is bounded,
// and the number of keys that share a queue. A new queue costs a file that is synced, and
// a chunk may need all of them at once.
const (
	maxQueues     = 64
	maxSharedKeys = 1 << 16
)

// Store is the queues in a folder. It is created by Open, and is safe for concurrent
// use.
type Store struct {
	dir   string
	limit int64
	lock  *os.File
	seed  maphash.Seed

	records atomic.Int64 // that are parked; read for every record that is sent
	copies  atomic.Int64 // of these, those of a Key with Copy

	// disk is held while files are read and written. index is never held for as long as
	// that, because workers ask for keys. Whoever changes what index guards holds both.
	disk   sync.Mutex
	index  sync.Mutex
	queues map[Key]*queue
	shared map[uint64]int // the number of lines of a key in the shared queue, by its hash
	bytes  int64          // of all files
	serial int            // of the last file
}

// Open opens the store in a folder. It creates a missing folder with mode 0700. limit is
// the maximum size of all files in bytes. warnf logs what cannot be read. Open fails when
// another process or output uses the folder.
func Open(dir string, limit int64, warnf func(format string, args ...any)) (*Store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	lock, err := Lock(dir)
	if err != nil {
		return nil, err
	}
	s := &Store{dir: dir, limit: limit, lock: lock, seed: maphash.MakeSeed(), queues: map[Key]*queue{}, shared: map[uint64]int{}}
	if err := s.load(warnf); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return s, nil
}

// Lock locks a folder until the returned file is closed. It fails when a store in this or
// another process uses the folder.
func Lock(dir string) (*os.File, error) {
	lock, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("cannot lock %s, which another output may use: %w", dir, err), lock.Close())
	}
	return lock, nil
}

// Park appends the entries of each batch to the queue of its key. It returns an error or
// nil for each batch. The entries of a batch without an error are on the disk. Of a batch
// with an error, which may be ErrFull, none is parked.
func (s *Store) Park(batches ...Batch) []error {
	s.disk.Lock()
	defer s.disk.Unlock()
	errs := make([]error, len(batches))
	var shared []int // batches for the shared queue, which are written together
	for i, b := range batches {
		if s.hasOwnQueue(b.Key) {
			errs[i] = s.append(b.Key, encode(b, false), s.limit)
		} else {
			shared = append(shared, i)
		}
	}
	if len(shared) == 0 {
		return errs
	}
	var all lines
	for _, i := range shared {
		all.add(encode(batches[i], true))
	}
	err := ErrFull
	if len(s.shared)+len(shared) <= maxSharedKeys {
		err = s.append(Key{Shared: true}, all, s.limit)
	}
	for _, i := range shared {
		errs[i] = err
	}
	return errs
}

// hasOwnQueue reports whether a key has a queue of its own, or gets one. A key with
// entries in the shared queue stays there.
func (s *Store) hasOwnQueue(key Key) bool {
	return s.queues[key] != nil || len(s.queues) < maxQueues && s.shared[s.hash(key)] == 0
}

func (s *Store) hash(key Key) uint64 { return maphash.Comparable(s.seed, key) }

// append writes entries to the queue of a key, whose files may take up to limit bytes
// then. The caller holds the disk.
func (s *Store) append(key Key, l lines, limit int64) error {
	q := s.queues[key]
	if q == nil {
		q = &queue{key: key}
	}
	f := q.tail()
	if f == nil {
		f = newFile(s.dir, s.serial+1, key, time.Now())
	}
	if s.bytes+f.growth(l) > limit {
		return ErrFull
	}
	before := f.size
	if err := f.append(l); err != nil {
		return err
	}
	s.index.Lock()
	defer s.index.Unlock()
	if before == 0 {
		s.serial++
		q.files = append(q.files, f)
		s.queues[key] = q
	}
	s.bytes += f.size - before
	s.count(key, l.stored, 1)
	return nil
}

// count adds lines of a queue to the numbers of the store, or removes them, with sign -1.
func (s *Store) count(queue Key, all []stored, sign int) {
	for _, l := range all {
		s.countRecords(queue, l.key, sign*l.records)
		s.countKey(l.key, sign)
	}
}

// countRecords adds records of a line of a queue. key is that of a line of the shared queue.
func (s *Store) countRecords(queue Key, key *Key, n int) {
	s.records.Add(int64(n))
	if queue.Copy || key != nil && key.Copy {
		s.copies.Add(int64(n))
	}
}

// countKey adds a line of the shared queue to the number of its key, or removes it.
func (s *Store) countKey(key *Key, sign int) {
	if key == nil {
		return
	}
	hash := s.hash(*key)
	if s.shared[hash] += sign; s.shared[hash] == 0 {
		delete(s.shared, hash)
	}
}

// Has reports whether entries of a key are parked.
func (s *Store) Has(key Key) bool {
	s.index.Lock()
	defer s.index.Unlock()
	return s.queues[key] != nil || len(s.shared) > 0 && s.shared[s.hash(key)] > 0
}

// Queue describes a queue.
type Queue struct {
	Key     Key
	Records int
	Since   time.Time // when the oldest file was begun; zero for unknown
}

// Queues returns the queues, in no order.
func (s *Store) Queues() []Queue {
	s.index.Lock()
	defer s.index.Unlock()
	all := make([]Queue, 0, len(s.queues))
	for _, q := range s.queues {
		one := Queue{Key: q.key, Since: q.files[0].since}
		for _, f := range q.files {
			one.Records += int(f.records.Load())
		}
		all = append(all, one)
	}
	return all
}

// Records returns the number of records in all queues. A line that cannot be read counts
// as one.
func (s *Store) Records() int64 { return s.records.Load() }

// Copies returns how many of Records are copies that count with another one (Key.Copy).
func (s *Store) Copies() int64 { return s.copies.Load() }

// Bytes returns the size of all files in bytes.
func (s *Store) Bytes() int64 {
	s.index.Lock()
	defer s.index.Unlock()
	return s.bytes
}

// Close unlocks the folder.
func (s *Store) Close() error { return s.lock.Close() }
