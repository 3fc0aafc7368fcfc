package reassemble

import (
	"slices"
	"sync"
	"time"
)

// A seam is the place in a file where one chunk ends and the next begins.
type seam struct {
	at     int64
	read   int64 // when the line before it was; when passed, the one behind it
	offers []*Offer
	// turned are offers of the file that had the name before, of which nothing
	// has come in the new one so far. That file may still go on as well.
	turned []*Offer
	// live: the chunk that ended here was read by this process, which follows
	// its file to the end, whatever becomes of the name.
	live bool
	// era is when it was left: see missing.
	era int
	// passed: the chunk that begins here has come and gone. Nobody will take
	// an offer.
	passed bool
}

// maxSeams and maxFiles bound what is remembered: the seams of a file, of
// which there is usually one, and the files. Who forgets a seam costs a chunk
// a wait in vain.
const (
	maxSeams = 8
	maxFiles = 1 << 14
)

// After so many waits in vain for a file, nothing waits for it for a while: its
// lines are filtered, or it always ends in the middle of a text.
const (
	tiredAfter = 2
	restFor    = time.Minute
)

// seams are all seams of an instance.
type seams struct {
	mu      sync.Mutex
	files   map[string]*fileSeams
	changed chan struct{} // closed, and made anew, when a chunk leaves
	missing missing
}

// fileSeams are those of a file.
type fileSeams struct {
	seams []seam
	begun []*run // those that have not left yet

	vain     int // waits in a row
	lastVain time.Time
}

func newSeams() seams {
	return seams{files: map[string]*fileSeams{}, changed: make(chan struct{})}
}

// of returns the seams of a file.
func (s *seams) of(file string) *fileSeams {
	f := s.files[file]
	if f == nil {
		if len(s.files) >= maxFiles {
			clear(s.files)
		}
		f = new(fileSeams)
		s.files[file] = f
	}
	return f
}

func (f *fileSeams) put(new seam) {
	f.seams = slices.DeleteFunc(f.seams, func(there seam) bool { return there.at == new.at })
	if len(f.seams) >= maxSeams {
		f.seams = slices.Delete(f.seams, 0, 1)
	}
	f.seams = append(f.seams, new)
}

func (f *fileSeams) tired() bool {
	return f.vain >= tiredAfter && time.Since(f.lastVain) < restFor
}

// isTired says whether nothing is to wait for a file.
func (s *seams) isTired(file string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.files[file]
	return f != nil && f.tired()
}

// inVain says that a chunk has waited for a file in vain.
func (s *seams) inVain(file string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.of(file)
	f.vain++
	f.lastVain = time.Now()
}

// begin says that a chunk has lines of a file. It is followed by leave or gone.
func (s *seams) begin(r *run) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.of(r.file)
	f.begun = append(f.begun, r)
}

// leave says where the lines of a chunk ended, and what it offers there. It
// returns false when the next chunk has passed already.
func (s *seams) leave(r *run, live bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.end(r)
	f := s.of(r.file)
	passed := slices.IndexFunc(f.seams, func(there seam) bool {
		return there.passed && r.adjoins(r.end, there.at) && there.read >= r.read
	})
	if passed >= 0 {
		f.seams = slices.Delete(f.seams, passed, passed+1)
		return false
	}
	f.put(seam{at: r.end, read: r.read, offers: r.offers, turned: r.turned, live: live, era: s.missing.era})
	return true
}

// gone says that nothing is said of where the lines of a chunk ended.
func (s *seams) gone(r *run) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.end(r)
}

func (s *seams) end(r *run) {
	if f := s.files[r.file]; f != nil {
		if i := slices.Index(f.begun, r); i >= 0 {
			f.begun = slices.Delete(f.begun, i, i+1)
		}
	}
	close(s.changed)
	s.changed = make(chan struct{})
}

// manner is how a chunk waits for the one before it.
type manner uint8

const (
	patient manner = iota // whether that one is there or not
	hasty                 // only when a chunk from further before is there
	away                  // not at all
)

// arrive returns the seam where the lines of a chunk begin, and takes what is
// offered there. When the chunk before has not left yet, who waits is told of
// the next change instead; who does not has passed, and has missed it. At the
// beginning of a file, what the file that had its name before ends with is in
// turned: nothing is taken of that yet, see takeOver.
func (s *seams) arrive(r *run, how manner) (found seam, changed <-chan struct{}, missed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.of(r.file)
	if r.begin == 0 {
		found.turned, changed = f.anew(r, how != away, s.changed)
		return found, changed, false
	}
	i := slices.IndexFunc(f.seams, func(there seam) bool {
		return !there.passed && r.adjoins(there.at, r.begin) && there.read <= r.since
	})
	if i >= 0 {
		f.vain = 0
		return f.take(i), nil, false
	}
	if how == patient && f.tired() {
		how = hasty
	}
	if how == patient || how == hasty && slices.ContainsFunc(f.begun, func(other *run) bool { return other.begin < r.begin }) {
		return seam{}, s.changed, false
	}
	f.put(seam{at: r.begin, read: r.since, passed: true})
	return seam{}, nil, true
}

// take takes all that is offered at a seam.
func (f *fileSeams) take(i int) seam {
	found := f.seams[i]
	f.seams = slices.Delete(f.seams, i, i+1)
	takeOpen(found.offers)
	return found
}

func takeOpen(offers []*Offer) {
	for _, o := range offers {
		if o.state == open {
			o.state = taken
		}
	}
}

// anew returns what the file that had a name before ends with: what was read
// last before r. A chunk of it that has not left yet is worth waiting for.
func (f *fileSeams) anew(r *run, waits bool, change <-chan struct{}) (offers []*Offer, changed <-chan struct{}) {
	if waits && slices.ContainsFunc(f.begun, func(other *run) bool { return other.since < r.since }) {
		return nil, change
	}
	var last seam
	for _, there := range f.seams {
		if !there.passed && there.read >= last.read && there.read <= r.since {
			last = there
		}
	}
	if !last.live {
		return nil, nil
	}
	return last.offers, nil
}

// takeOver takes what was turned, unless the old file has gone on and
// it was taken.
func (s *seams) takeOver(file string, offers []*Offer) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.of(file)
	i := slices.IndexFunc(f.seams, func(there seam) bool { return slices.Contains(there.offers, offers[0]) })
	if i < 0 || s.missing.since(f.seams[i].era) {
		return false
	}
	f.vain = 0
	f.seams = slices.Delete(f.seams, i, i+1)
	takeOpen(offers)
	return true
}

// withdraw takes back an offer, unless it was taken: then it is bound to whoever
// has it. What it holds is not needed any more.
func (s *seams) withdraw(o *Offer) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o.state == taken {
		o.bound = true
		return false
	}
	o.state = withdrawn
	o.drop()
	return true
}

// pass makes an offer that was taken one that can be taken again. It returns
// false when who made it waits for nothing but the verdict.
func (s *seams) pass(o *Offer) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o.bound {
		return false
	}
	o.state = open
	return true
}

// arrive returns the seam where the lines of a chunk begin. Until a time it
// waits for the chunk before, if it may, and once more as long when that one may
// be waiting itself.
func (j *Joiner) arrive(r *run, until time.Time) seam {
	left, how := time.Until(until), patient
	if left <= 0 {
		how = away
	}
	found, changed, missed := j.seams.arrive(r, how)
	if changed == nil {
		return found
	}
	w := j.patience.begin()
	defer j.patience.end(w)
	timer := time.NewTimer(left)
	defer timer.Stop()
	for changed != nil {
		select {
		case <-changed:
		case <-timer.C:
			if how++; how == hasty {
				timer.Reset(j.config.Wait)
			}
		case <-w.over:
			how = away
		}
		found, changed, missed = j.seams.arrive(r, min(how, away))
	}
	if missed {
		j.seams.inVain(r.file)
	}
	return found
}
