package spool

import (
	"errors"
	"io/fs"
	"os"
	"time"
)

// close ends the growth of a file, which waits for its upload then.
func (s *Store) close(f *File) {
	exists := f.seal()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open[f.Key] != f {
		return // another goroutine closes it
	}
	delete(s.open, f.Key)
	if !exists {
		s.bytes -= f.room
		return
	}
	s.closed = append(s.closed, f)
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Wake has a value when a file was closed.
func (s *Store) Wake() <-chan struct{} { return s.wake }

// Tick closes the files that are old enough, and removes those that were uploaded long ago.
// With all it closes every file.
func (s *Store) Tick(now time.Time, all bool) {
	s.mu.Lock()
	var old []*File
	for _, f := range s.open {
		if all || now.Sub(f.begun) >= s.config.MaxAge {
			old = append(old, f)
		}
	}
	for len(s.sent) > 0 && !now.Before(s.sent[0].until) {
		s.removeSent()
	}
	s.mu.Unlock()
	for _, f := range old {
		s.close(f)
	}
}

// retryEvery is how often Next prefers a file whose upload has failed to one that was not
// tried yet.
const retryEvery = 8

// Next returns a file that may be tried now; nil for none: the one that waits longest of those
// that were not tried yet, and in every eighth turn the one of the others. Otherwise a few
// files that are always refused, which are the oldest soon, would keep all others from their
// upload. Nobody else gets the file until Done, Failed or Damaged.
func (s *Store) Next(now time.Time) *File {
	s.mu.Lock()
	defer s.mu.Unlock()
	var fresh, failed *File
	for _, f := range s.closed {
		switch {
		case f.busy || f.next.After(now):
		case f.tries == 0 && fresh == nil:
			fresh = f
		case f.tries > 0 && (failed == nil || f.next.Before(failed.next)):
			failed = f
		}
	}
	next := fresh
	if fresh != nil && failed != nil {
		s.turn++
	}
	if failed != nil && (fresh == nil || s.turn%retryEvery == 0) {
		next = failed
	}
	if next != nil {
		next.busy = true
	}
	return next
}

// Failed puts a file back, to be tried again after a pause that begins with the shortest one,
// and doubles up to the longest.
func (s *Store) Failed(f *File, err error, now time.Time, shortest, longest time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	pause := min(shortest<<min(f.tries, 16), longest)
	if f.tries == 0 {
		f.since = now
	}
	f.tries++
	f.busy, f.err, f.next = false, err, now.Add(pause)
}

// Damaged takes out of a file what cannot be read, because a read of it found that. The file
// is put back, and stays on the disk after its upload, for somebody to look at.
func (s *Store) Damaged(f *File) {
	good, records, err := f.readable()
	s.config.Errorf("records on the disk cannot be read, and are not uploaded: %s from byte %d on: %v; the file is kept with the end %s of its name, and k8slog replay uploads what is good behind the damage",
		f.path, good, err, damagedEnd)
	f.damaged, f.size = true, good
	f.records.Store(records)
	s.Release(f)
}

// Release puts a file back that was not tried.
func (s *Store) Release(f *File) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f.busy = false
}

// Done notes that a file is uploaded.
func (s *Store) Done(f *File, now time.Time) error {
	s.remove(f)
	if gone := os.Remove(f.Sidecar()); gone != nil && !errors.Is(gone, fs.ErrNotExist) {
		s.config.Warnf("cannot remove %s: %v", f.Sidecar(), gone)
	}
	end := sentEnd
	if f.damaged { // somebody may look at what cannot be read
		end = damagedEnd
	}
	if err := f.rename(end); f.damaged && errors.Is(err, fs.ErrNotExist) {
		return nil // somebody has removed the file, which Damaged has said
	} else if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	f.until = now.Add(linger)
	s.bytes += f.room
	if !f.damaged {
		s.sent = append(s.sent, f)
	}
	return nil
}

func (s *Store) remove(f *File) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, other := range s.closed {
		if other == f {
			s.closed = append(s.closed[:i:i], s.closed[i+1:]...)
			s.bytes -= f.room
			return
		}
	}
}

// removeSent removes the oldest file that is uploaded. The caller holds mu.
func (s *Store) removeSent() {
	f := s.sent[0]
	s.sent = s.sent[1:]
	s.bytes -= f.room
	if err := os.Remove(f.path); err != nil {
		s.config.Warnf("cannot remove a file that is uploaded: %v", err)
	}
}

// Figures are the numbers of what is not uploaded.
type Figures struct {
	Files, Records int64
	Bytes          int64 // with what was uploaded just now
	Oldest         time.Time
	Repeated       int64 // records that the process before had stored already
	// FailingSince and Err are those of the file whose upload has failed for longest; zero
	// for none.
	FailingSince time.Time
	Err          error
}

// Figures returns the numbers of this moment.
func (s *Store) Figures() Figures {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := Figures{Bytes: s.bytes, Repeated: s.repeated.Load()}
	add := func(f *File) {
		g.Files++
		g.Records += f.records.Load()
		if g.Oldest.IsZero() || f.Since.Before(g.Oldest) {
			g.Oldest = f.Since
		}
	}
	for _, f := range s.open {
		add(f)
	}
	for _, f := range s.closed {
		add(f)
		if f.tries > 0 && (g.Err == nil || f.since.Before(g.FailingSince)) {
			g.FailingSince, g.Err = f.since, f.err
		}
	}
	return g
}
