package reassemble

import (
	"slices"
	"sync"
	"time"
)

// slots are the places in files where one chunk ended and the next begins, with
// what is carried over there. A segment that has left is such a slot. A file has
// several while chunks come out of their order, and while tail reads a rotated
// file and the new one by turns.
type slots struct {
	mu      sync.Mutex
	files   map[string]*file // by tag and path
	changed chan struct{}    // closed, and made anew, when a chunk leaves or tells an outcome
	unread  unread
}

// file is what is known of a file.
type file struct {
	segments []*segment // in the order in which they began
	vain     int        // waits in vain in a row
	lastVain time.Time
}

// slot is the place where a segment ended.
type slot struct {
	carried []carried // to the chunk behind
	left    bool      // the segment has ended here
	taken   bool      // the chunk behind has come and found it
	passed  bool      // the segment has come without the chunk before
	// live: the chunk was read by this process, which follows its file to the
	// end, whatever becomes of the name.
	live  bool
	epoch int // of the unread chunks
}

// carried is a carry-over in a slot.
type carried struct {
	*CarryOver
	// rotated: it is of the file that had the name before. Nothing of it has come
	// in the new file so far, and the old file may go on as well.
	rotated bool
}

// maxSegments and maxFiles bound what is remembered: the segments of a file, and
// the files. Forgetting a slot costs a chunk a wait in vain.
const (
	maxSegments = 16
	maxFiles    = 1 << 14
)

// After so many waits in vain for a file nothing waits for it during a cooldown:
// its lines are filtered, or it always ends in the middle of a text.
const (
	cooldownAfter = 2
	cooldown      = time.Minute
)

func newSlots() slots { return slots{files: map[string]*file{}, changed: make(chan struct{})} }

func (s *slots) of(name string) *file {
	f := s.files[name]
	if f == nil {
		if len(s.files) >= maxFiles {
			clear(s.files)
		}
		f = new(file)
		s.files[name] = f
	}
	return f
}

// change wakes all who wait.
func (s *slots) change() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// check returns what ready does, under the lock.
func (s *slots) check(ready func() bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return ready()
}

// wait waits until ready, called under the lock, returns true. It gives up at a
// time, or when over is closed.
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

// cooling says whether nothing is to wait for a file.
func (s *slots) cooling(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.of(name)
	return f.vain >= cooldownAfter && time.Since(f.lastVain) < cooldown
}

// inVain notes that a chunk has waited in vain.
func (f *file) inVain() { f.vain, f.lastVain = f.vain+1, time.Now() }

// begin notes that a chunk has lines of a file. leave follows.
func (s *slots) begin(g *segment) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.of(g.file)
	old := slices.IndexFunc(f.segments, func(other *segment) bool { return other.left })
	if old >= 0 && len(f.segments) >= maxSegments {
		f.segments = slices.Delete(f.segments, old, old+1)
	}
	f.segments = append(f.segments, g)
}

// leave makes a segment a slot. Its carry-overs are declined when the chunk
// behind has passed already.
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
				c.tell(Outcome{Fate: Declined})
			}
		}
	}
	s.change()
}
