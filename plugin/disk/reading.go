package disk

import (
	"bytes"
	"slices"
)

// Reading is the lines of one chunk. It serves one goroutine at a time. The methods of a nil
// Reading do nothing.
type Reading struct {
	ledger *Ledger
	runs   []run
	path   []byte // of the last run
	only   *file  // all lines are of this file; nil for any file
	seen   bool   // Seen was called
	open   bool   // lines were added, and Seen was not called yet
	order  bool   // the lines before the chunk were all handed over before it
	at     int    // the run of the last line that Done was called for
	passed int    // the number of lines of that run, up to the line
	done   []run
}

// run is lines of a file that follow each other.
type run struct {
	file *file // nil for lines whose file is not known
	span
	known int64  // up to this offset, the lines had an outcome before the chunk came
	later ranges // what had an outcome behind it
	again bool   // the file was looked for twice
	lines int
}

// isSettled reports whether a line had an outcome before the chunk came.
func (r *run) isSettled(begin, end int64) bool {
	for len(r.later) > 0 && begin >= r.later[0].begin {
		r.known, r.later = r.later[0].end, r.later[1:]
	}
	return end <= r.known
}

// Complete reports whether Seen was called: the lines are known.
func (r *Reading) Complete() bool { return r != nil && r.seen }

// Begin begins the reading of a chunk. It returns nil for a nil Ledger.
func (l *Ledger) Begin() *Reading {
	if l == nil {
		return nil
	}
	return &Reading{ledger: l}
}

// Add adds the next line of the chunk: its path and offset, and the line without its line
// feed. It returns true when the line has an outcome already, so that it must not be sent
// again.
func (r *Reading) Add(path []byte, offset int64, line []byte) (settled bool) {
	if r == nil {
		return false
	}
	end := offset + int64(len(line)) + 1
	if n := len(r.runs); n > 0 && bytes.Equal(path, r.path) {
		last := &r.runs[n-1]
		// A first line that is in no file may be the end of a line: tail has begun in its middle.
		again := last.file == nil && !last.again
		if last.again = true; !again && offset >= last.end && offset-last.end <= lineEnd {
			last.end = end
			last.lines++
			return last.isSettled(offset, end)
		}
	}
	return r.begin(path, offset, line, end)
}

// begin begins a run with a line.
func (r *Reading) begin(path []byte, offset int64, line []byte, end int64) (settled bool) {
	l := r.ledger
	r.path = append(r.path[:0], path...)
	if !r.open && r.only == nil {
		r.begun()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	f, verified := r.only, true
	if f == nil {
		f, verified = l.locate(path, line, offset, r.order)
	}
	next := run{file: f, span: span{offset, end}, lines: 1}
	if f != nil && verified {
		for i, s := range f.settled {
			if s.begin <= offset && offset < s.end {
				next.known = s.end
			} else if s.begin > offset && r.only == nil {
				next.later = slices.Clone(f.settled[i:])
				break
			}
		}
		// What is not sent is compared once more.
		if (next.known > 0 || next.later != nil) && (f.head == 0 || f.readHead() != f.head || !f.has(line, offset)) {
			next.known, next.later = 0, nil
		}
	}
	r.runs = append(r.runs, next)
	return next.isSettled(offset, end)
}

// Seen enters the lines as handed over, after the last Add.
func (r *Reading) Seen() {
	if r == nil {
		return
	}
	r.seen = true
	l := r.ledger
	l.mu.Lock()
	defer l.mu.Unlock()
	r.ended()
	for _, run := range r.runs {
		if f := run.file; f != nil {
			if f.begin == unknownBegin {
				f.begin = run.begin
				l.journal.enter(f)
			}
			unseen := f.missing().bytes()
			f.seen.add(run.span, lineEnd)
			if f.lost > 0 { // it was in the queue of Fluent Bit
				back := min(f.lost, unseen-f.missing().bytes())
				l.lose(f, -back, -min(f.lostDropped, back))
			}
			f.size = max(f.size, run.end)
		}
	}
}

// Settle enters the lines as settled. It must be called before the chunk is acknowledged.
func (r *Reading) Settle() {
	if r == nil {
		return
	}
	r.settle(r.runs)
	r.runs = r.runs[:0]
}

func (r *Reading) settle(runs []run) {
	l := r.ledger
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, run := range runs {
		if run.file != nil && !run.file.settled.covers(run.span) {
			run.file.settled.add(run.span, lineEnd)
			l.journal.settle(run.file, run.span)
		}
	}
	if err := l.journal.flush(); err != nil {
		l.config.Warnf("cannot write the ledger of the disk (disk_ledger_path): %v; after a restart, lines may be delivered again", err)
	}
}

// Done says for the next line of the chunk, in the order of Add, whether it has an outcome.
// SettleDone enters those that have one.
func (r *Reading) Done(begin, end int64, done bool) {
	// The offsets do not tell the run: files have lines at the same offsets.
	if r.at < len(r.runs) && r.passed == r.runs[r.at].lines {
		r.at, r.passed = r.at+1, 0
	}
	r.passed++
	if r.at == len(r.runs) || !done || r.runs[r.at].file == nil {
		return
	}
	f := r.runs[r.at].file
	if n := len(r.done); n > 0 && r.done[n-1].file == f && begin >= r.done[n-1].end && begin-r.done[n-1].end <= lineEnd {
		r.done[n-1].end = end + 1
		return
	}
	r.done = append(r.done, run{file: f, span: span{begin, end + 1}})
}

// SettleDone enters the lines that Done has reported as settled. The others are not.
func (r *Reading) SettleDone() {
	if len(r.done) > 0 {
		r.settle(r.done)
	}
	r.at, r.passed, r.done = 0, 0, r.done[:0]
}

// Forget enters the lines as not handed over, because Fluent Bit has dropped the chunk. What
// is still in a file is read again.
func (r *Reading) Forget() {
	if r == nil {
		return
	}
	l := r.ledger
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, run := range r.runs {
		if f := run.file; f != nil {
			f.seen.remove(run.span)
			f.dropped.add(run.span, lineEnd)
			for _, s := range f.settled {
				f.seen.add(s, lineEnd)
			}
		}
	}
	r.runs = r.runs[:0]
}
