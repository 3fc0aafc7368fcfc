package join

import (
	"slices"
	"sync"
	"time"
)

// A seam is the place in a file where one chunk ends and the next begins.
type seam struct {
	at     int64
	offers []*Offer
	// live: the chunk that ended here was read by this process, which then
	// follows its file to the end, whatever becomes of the name.
	live bool
	// passed: the chunk that begins here has come and gone. Nobody will take
	// an offer.
	passed bool
}

// slack is how many bytes may lie between two lines that follow each other:
// the line feed, a carriage return, empty lines, which tail leaves out. Fluent
// Bit drops no line as short as that.
const slack = 64

func adjoins(end, begin int64) bool { return begin >= end && begin-end <= slack }

// maxSeams and maxFiles bound what is remembered: the seams of a file, of
// which there is usually one, and the files. Who forgets a seam costs a chunk
// a wait in vain.
const (
	maxSeams = 8
	maxFiles = 1 << 14
)

// seams are all seams of an instance.
type seams struct {
	mu      sync.Mutex
	files   map[string]*fileSeams
	changed chan struct{} // closed, and made anew, when a chunk leaves
}

// fileSeams are those of a file.
type fileSeams struct {
	seams []seam
	begun []int64 // where the chunks begin that have not left yet
	// started: a chunk came from the file's very beginning. The next one that
	// does is of another file.
	started bool
}

func newSeams() seams {
	return seams{files: map[string]*fileSeams{}, changed: make(chan struct{})}
}

// of returns the seams of a file.
func (s *seams) of(file []byte) *fileSeams {
	f := s.files[string(file)]
	if f == nil {
		if len(s.files) >= maxFiles {
			clear(s.files)
		}
		f = new(fileSeams)
		s.files[string(file)] = f
	}
	return f
}

func (f *fileSeams) put(new seam) {
	if len(f.seams) >= maxSeams {
		f.seams = slices.Delete(f.seams, 0, 1)
	}
	f.seams = append(f.seams, new)
}

// begin says that a chunk begins at a place in a file. It is followed by leave
// or gone.
func (s *seams) begin(file []byte, at int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.of(file)
	f.begun = append(f.begun, at)
}

// leave says where a chunk of a file ended, and what it offers there. It
// returns false when the next chunk has passed already.
func (s *seams) leave(file *file, since int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.end(file.name, file.begin)
	f := s.of([]byte(file.name))
	passed := slices.IndexFunc(f.seams, func(there seam) bool { return there.passed && adjoins(file.end, there.at) })
	if passed >= 0 {
		f.seams = slices.Delete(f.seams, passed, passed+1)
		return false
	}
	f.put(seam{at: file.end, offers: file.offers, live: file.read >= since})
	return true
}

// gone says that a chunk that began at a place says nothing of its end.
func (s *seams) gone(file string, began int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.end(file, began)
}

func (s *seams) end(file string, began int64) {
	if f := s.files[file]; f != nil {
		if i := slices.Index(f.begun, began); i >= 0 {
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

// arrive returns what is offered where a chunk of a file begins. When the chunk
// before has not left yet, who waits is told of the next change instead; who
// does not has passed.
func (s *seams) arrive(file []byte, at int64, how manner) (offers []*Offer, changed <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.of(file)
	offers, known := f.take(at)
	switch {
	case known:
		return offers, nil
	case how == patient,
		how == hasty && slices.ContainsFunc(f.begun, func(other int64) bool { return other < at }):
		return nil, s.changed
	}
	f.put(seam{at: at, passed: true})
	return nil, nil
}

// take takes what is offered at a place. At the beginning of a file it is what
// the file of that name before it ended with, if there was one: it was rotated
// or truncated.
func (f *fileSeams) take(at int64) (offers []*Offer, known bool) {
	i := -1
	if at > 0 {
		i = slices.IndexFunc(f.seams, func(there seam) bool { return !there.passed && adjoins(there.at, at) })
		known = i >= 0
	} else {
		known = true // to begin with, or anew
		if last := len(f.seams) - 1; f.started && last >= 0 && f.seams[last].live {
			i = last
		}
		f.started = true
	}
	if i < 0 {
		return nil, known
	}
	offers = f.seams[i].offers
	f.seams = slices.Delete(f.seams, i, i+1)
	for _, o := range offers {
		if o.state == open {
			o.state = taken
		}
	}
	return offers, known
}

// withdraw takes back an offer, unless it was taken.
func (s *seams) withdraw(o *Offer) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o.state == taken {
		return false
	}
	o.state = withdrawn
	return true
}

// pass makes an offer that was taken one that can be taken again.
func (s *seams) pass(o *Offer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o.state = open
}

// arrive returns what is offered where a chunk of a file begins. Until a time
// it waits for the chunk before, if it may, and longer when that one may be
// waiting itself.
func (j *Joiner) arrive(file []byte, at int64, until time.Time) []*Offer {
	left, how := time.Until(until), patient
	if left <= 0 {
		how = away
	}
	j.seams.begin(file, at)
	offers, changed := j.seams.arrive(file, at, how)
	if changed == nil {
		return offers
	}
	w := j.patience.begin()
	defer j.patience.end(w)
	timer := time.NewTimer(left)
	defer timer.Stop()
	for changed != nil {
		select {
		case <-changed:
		case <-timer.C:
			how = hasty
		case <-w.over:
			how = away
		}
		offers, changed = j.seams.arrive(file, at, how)
	}
	return offers
}
