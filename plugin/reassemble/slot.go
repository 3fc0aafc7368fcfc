package reassemble

import (
	"slices"
	"sync"
	"time"
)

// slots holds the places in files where one chunk ended and the next one begins,
// with the carry-overs at these places. A segment that has left is a slot. A file
// has several slots while chunks come out of order, and while tail reads from a
// rotated file and from the new one alternately.
type slots struct {
	mu      sync.Mutex
	files   map[string]*file // by tag and path
	count   int              // of the segments of all files
	changed chan struct{}    // closed, and replaced, when a chunk leaves or an outcome is known
	unread  unread
	tags    map[string]*progressOf
	arrived int // the number of chunks that have arrived
	missing int // the number of chunks that wait for the chunk before
}

// file is the state of a file.
type file struct {
	segments    []*segment // in the order in which they began
	timeouts    int        // waits for a chunk of the file that timed out, in a row
	lastTimeout time.Time
}

// slot is the place where a segment ended.
type slot struct {
	carried []carried // what the next chunk may continue
	left    bool      // the segment has ended: only now it is a slot
	taken   bool      // the next chunk has begun here
	passed  bool      // the segment has begun without the slot of the chunk before
	// live is true for a chunk that this process has read: tail follows its file to
	// the end, even after a rotation.
	live  bool
	epoch int // of the unread chunks
}

// carried is a carry-over in a slot.
type carried struct {
	*CarryOver
	// rotated is true for a carry-over of the file that had the name before. The new
	// file has not continued it so far, and the old file may still go on.
	rotated bool
	// end is how far the old file was read; zero when that was known to be its end.
	end int64
}

// maxSegments is the number of segments of a file that are remembered, and maxFiles
// that of files. Evicting a slot lets a chunk wait until it times out. After a restart, all
// chunks of a file come at once, in any order: as many as storage.max_chunks_up. When there
// are manySegments of all files, only fewSegments of a file are remembered.
const (
	maxSegments  = 128
	fewSegments  = 16
	manySegments = 1 << 16
	maxFiles     = 1 << 14
)

// After cooldownAfter timeouts in a row, no chunk waits for the file during a
// cooldown: a filter drops its lines, or it always ends in the middle of a text.
const (
	cooldownAfter = 2
	cooldown      = time.Minute
)

func newSlots() slots {
	return slots{files: map[string]*file{}, tags: map[string]*progressOf{}, changed: make(chan struct{})}
}

func (s *slots) of(name string) *file {
	f := s.files[name]
	if f == nil {
		if len(s.files) >= maxFiles {
			clear(s.files)
			s.count = 0
		}
		f = new(file)
		s.files[name] = f
	}
	return f
}

// change wakes all waiting chunks. The caller holds the lock.
func (s *slots) change() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// check returns the result of ready, which it calls under the lock.
func (s *slots) check(ready func() bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return ready()
}

// wait waits until ready returns true, which it calls under the lock. It returns
// false at a time, and when over is closed.
func (s *slots) wait(over <-chan struct{}, until time.Time, ready func() bool) bool {
	timer := time.NewTimer(time.Until(until))
	defer timer.Stop()
	for {
		s.mu.Lock()
		ok, changed := ready(), s.changed
		s.mu.Unlock()
		if ok {
			return true
		}
		select {
		case <-changed:
		case <-timer.C:
			return false
		case <-over:
			return false
		}
	}
}

// cooling reports whether a file is in its cooldown.
func (s *slots) cooling(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.of(name)
	return f.timeouts >= cooldownAfter && time.Since(f.lastTimeout) < cooldown
}

// timedOut notes that a chunk has waited as long as it may.
func (f *file) timedOut() { f.timeouts, f.lastTimeout = f.timeouts+1, time.Now() }

// begin adds a segment to its file. leave follows.
func (s *slots) begin(g *segment) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.of(g.file)
	old := slices.IndexFunc(f.segments, func(other *segment) bool { return other.left })
	if n := len(f.segments); old >= 0 && (n >= maxSegments || n >= fewSegments && s.count >= manySegments) {
		f.segments = slices.Delete(f.segments, old, old+1)
		s.count--
	}
	f.segments = append(f.segments, g)
	s.count++
}

// leave makes a segment a slot. Its carry-overs are declined when the next chunk
// has passed already.
func (s *slots) leave(g *segment, live bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g.left, g.live, g.epoch = true, live, s.unread.epoch
	if slices.ContainsFunc(s.of(g.file).segments, func(other *segment) bool {
		return other.passed && g.adjoins(g.end, other.begin) && other.since >= g.read
	}) {
		for _, c := range g.carried {
			if !c.rotated && c.state == unclaimed {
				c.withdraw()
				c.resolve(Outcome{Declined: true})
			}
		}
	}
	s.change()
}
