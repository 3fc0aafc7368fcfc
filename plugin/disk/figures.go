package disk

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Figures are the bytes of log files.
type Figures struct {
	// Written is the sum of the others. What was written before the first start of the
	// agent, and what was in files that were removed before they were found, is unknown, and
	// not a part of it.
	Written int64
	// Settled have an outcome, Waiting were handed over and have none yet, and Unread were
	// not handed over.
	Settled, Waiting, Unread int64
	// Missing were not handed over, and their file is gone.
	Missing int64
	// Behind is the age of the first byte that has no outcome, to the accuracy of a scan;
	// zero for none.
	Behind time.Duration
}

// add adds the figures of a file.
func (g *Figures) add(h Figures) {
	g.Written += h.Written
	g.Settled += h.Settled
	g.Waiting += h.Waiting
	g.Unread += h.Unread
	g.Missing += h.Missing
	g.Behind = max(g.Behind, h.Behind)
}

// String is the figures as an equation.
func (g Figures) String() string {
	return fmt.Sprintf("written %d = settled %d + waiting %d + unread %d + missing %d bytes",
		g.Written, g.Settled, g.Waiting, g.Unread, g.Missing)
}

// missingSoFar is the largest Missing so far, by its reason: what came from the queue of Fluent
// Bit after it was counted as missing does not lower a counter.
func (l *Ledger) missingSoFar() (removed, dropped int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return max(l.shown, l.missing-l.dropped), max(l.shownDropped, l.dropped)
}

// Unseen is the number of looks at a log between which files may have come and gone unseen: what
// they had is in no figure.
func (l *Ledger) Unseen() int64 { return l.unseen.Load() }

// LogFigures are the figures of one log. Missing is of files that were removed in the last hour.
type LogFigures struct {
	Path string
	Figures
	// Files is the number of files that are there.
	Files int
	// Problem is why a file could not be read; empty for none.
	Problem string
	// Unseen is the part of this log in Ledger.Unseen.
	Unseen int64
}

// Figures returns the sum of all logs at this moment.
func (l *Ledger) Figures() (sum Figures) {
	l.mu.Lock()
	defer l.mu.Unlock()
	sum = Figures{Settled: l.journal.retired, Missing: l.missing}
	sum.Written = sum.Settled + sum.Missing
	now := l.now()
	for _, log := range l.logs {
		for _, f := range log.files {
			sum.add(f.figures(now))
		}
	}
	return sum
}

// Logs returns the figures of each log, the one that is furthest behind first.
func (l *Ledger) Logs() (all []LogFigures) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	for _, log := range l.logs {
		one := LogFigures{Path: log.path, Problem: log.problem, Unseen: log.unseen}
		for _, f := range log.files {
			one.add(f.figures(now))
			one.Missing += f.lost
			one.Written += f.lost
			if f.name != "" {
				one.Files++
			}
			one.Problem = cmp.Or(one.Problem, f.problem)
		}
		all = append(all, one)
	}
	slices.SortFunc(all, func(a, b LogFigures) int {
		return cmp.Or(cmp.Compare(b.Behind, a.Behind), cmp.Compare(b.Missing, a.Missing), cmp.Compare(a.Path, b.Path))
	})
	return all
}

// figures returns the figures of a file. What is missing of a file that is gone is counted by
// retire, and is not part of the file any more.
func (f *file) figures(now time.Time) (g Figures) {
	g.Settled = f.settled.bytes()
	g.Waiting = max(f.seen.bytes()-g.Settled, 0)
	if f.begin != unknownBegin && !f.counted {
		g.Unread = f.missing().bytes()
	}
	g.Written = g.Settled + g.Waiting + g.Unread
	if len(f.marks) > 0 && g.Waiting+g.Unread > lineEnd {
		g.Behind = now.Sub(f.marks[0].at)
	}
	return g
}

// mark is the size that a file had at a time.
type mark struct {
	at   time.Time
	size int64
}

// maxMarks bounds the marks of a file.
const maxMarks = 64

// note notes the size of a file, and drops the marks of what has an outcome.
func (f *file) note(now time.Time) {
	done := max(f.begin, 0)
	if len(f.settled) > 0 && f.settled[0].begin <= done+lineEnd {
		done = f.settled[0].end
	}
	f.marks = slices.DeleteFunc(f.marks, func(m mark) bool { return m.size <= done+lineEnd })
	last := done + lineEnd
	if n := len(f.marks); n > 0 {
		last = f.marks[n-1].size
	}
	if f.size > last {
		f.marks = append(f.marks, mark{now, f.size})
	}
	if len(f.marks) > maxMarks {
		for i := 1; i < len(f.marks); i++ { // the first one counts
			f.marks = slices.Delete(f.marks, i, i+1)
		}
	}
}
