// Package spool keeps records on the disk until they are large or old enough to be stored
// elsewhere as one object. Every key, which is what the name of an object begins with, has a
// file of its own that grows. A file that is closed never changes, so that its object has the
// same name and content whenever it is uploaded.
//
// The first line of a file is its header, in JSON. Blocks follow, one for each append:
//
//	4 bytes  the mark of a block
//	4 bytes  CRC-32C of the rest of the block
//	4 bytes  the number of records
//	4 bytes  the length of the lines
//	8 bytes  the time, in nanoseconds since 1970
//	         the IDs of the records
//	         the lines
//
// The numbers are little-endian. A block is on the disk before Append returns. By the IDs the
// next process knows records that Fluent Bit presents again because it did not hear that they
// are on the disk.
package spool

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/k8slog/k8slog/internal/regular"
)

// Config is the configuration of a Store. All fields must be set.
type Config struct {
	// Dir is the folder. It is created with mode 0700 when it is missing.
	Dir string
	// Limit is the largest size of all files, in bytes.
	Limit int64
	// MaxBytes is the size of the lines at which a file is closed, and MaxAge the age.
	MaxBytes int64
	MaxAge   time.Duration
	// Node is a name that the names of objects have; it may be empty.
	Node string
	// Warnf and Errorf log what cannot be read.
	Warnf, Errorf func(format string, args ...any)
}

// ErrFull is the error of Append when the limit is reached.
var ErrFull = errors.New("the records that are not uploaded yet take all of store_dir_limit_size")

// fileCost is what a file takes on the disk beside its content, about.
const fileCost = 4 << 10

// linger is how long a file stays after its upload: by its IDs the next process knows records
// whose chunk was not acknowledged yet.
const linger = 2 * time.Minute

// Store is the files of a folder. It is created by Open, and is safe for concurrent use.
type Store struct {
	config Config
	lock   *os.File
	seen   map[ID]struct{} // of the process before; it does not change

	mu     sync.Mutex
	serial int // of the last file
	bytes  int64
	open   map[string]*File // that grow
	closed []*File          // that wait for their upload, the oldest first
	sent   []*File          // that are uploaded, the oldest first
	turn   int              // of Next
	wake   chan struct{}

	repeated atomic.Int64
}

// Open opens the files of a folder. It fails when another process or output uses the folder.
func Open(c Config) (*Store, error) {
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("cannot create the folder %s: %w", c.Dir, err)
	}
	lock, err := regular.Lock(c.Dir + "/spool")
	if err != nil {
		return nil, err
	}
	s := &Store{config: c, lock: lock, open: map[string]*File{}, wake: make(chan struct{}, 1)}
	if err := s.load(); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return s, nil
}

// Has reports whether the process before has stored a record, and Fluent Bit did not hear it.
// It counts the record then.
func (s *Store) Has(id []byte) bool {
	if s.seen == nil {
		return false
	}
	if _, known := s.seen[ID(id)]; !known {
		return false
	}
	s.repeated.Add(1)
	return true
}

// maxWriters is the number of files that an Append writes and syncs at once.
const maxWriters = 8

// Append adds a block to the file of its key, and syncs the file. It returns an error or nil
// for each block. A block with an error, which may be ErrFull, is not stored.
func (s *Store) Append(blocks []*Block) []error {
	errs := make([]error, len(blocks))
	if len(blocks) == 1 {
		errs[0] = s.append(blocks[0])
		return errs
	}
	var all sync.WaitGroup
	free := make(chan struct{}, maxWriters)
	for i, b := range blocks {
		free <- struct{}{}
		all.Go(func() {
			defer func() { <-free }()
			errs[i] = s.append(b)
		})
	}
	all.Wait()
	return errs
}

func (s *Store) append(b *Block) error {
	if b.records == 0 {
		return nil
	}
	text := b.encode(time.Now())
	defer b.free(text)
	for {
		f, err := s.reserve(b.Key, int64(len(text)))
		if err != nil {
			return err
		}
		err = f.append(text, b)
		if err == nil {
			if f.isLarge(s.config.MaxBytes) {
				s.close(f)
			}
			return nil
		}
		s.release(f, int64(len(text)))
		if errors.Is(err, errSealed) { // between reserve and append
			continue
		}
		s.close(f)
		if !s.makeRoom(err) {
			return err
		}
	}
}

// makeRoom removes the files that are uploaded when a write has failed because the disk is
// full, which may be before the limit. It reports whether the write may succeed now.
func (s *Store) makeRoom(err error) bool {
	if !errors.Is(err, syscall.ENOSPC) && !errors.Is(err, syscall.EDQUOT) {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	some := len(s.sent) > 0
	for len(s.sent) > 0 {
		s.removeSent()
	}
	return some
}

// reserve takes room for n more bytes, and returns the file for a key.
func (s *Store) reserve(key string, n int64) (*File, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.open[key]
	need := n
	if f == nil {
		f = newFile(s.config.Dir, s.serial+1, key, s.config.Node, time.Now())
		need += int64(len(f.header)) + fileCost
	}
	for s.bytes+need > s.config.Limit && len(s.sent) > 0 {
		s.removeSent()
	}
	if s.bytes+need > s.config.Limit {
		return nil, ErrFull
	}
	if s.open[key] == nil {
		s.serial++
		s.open[key] = f
	}
	s.bytes += need
	f.room += need
	return f, nil
}

// release gives back the room of a block that was not written.
func (s *Store) release(f *File, n int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bytes -= n
	f.room -= n
}

// Close unlocks the folder. What is not uploaded stays for the next process.
func (s *Store) Close() error { return s.lock.Close() }
