package disk

import (
	"slices"
	"time"
)

// retire forgets the files that are gone, after a time in which the rest of their content
// may still arrive: tail reads on in a file that was removed. What has come from the queue of
// Fluent Bit after that is not missing any more.
func (l *Ledger) retire(now time.Time) {
	for path, log := range l.logs {
		log.files = slices.DeleteFunc(log.files, func(f *file) bool {
			if f.gone.IsZero() || now.Sub(f.gone) < l.config.Grace {
				return false
			}
			if !f.counted {
				if now.Sub(l.busy) < l.config.Grace || f.held != nil && len(f.missing()) > 0 {
					return false
				}
				f.counted = true
				if n := f.missing().bytes(); n > 0 && f.begin != unknownBegin {
					l.lose(f, n)
					l.config.Warnf("%d bytes of %s are missing: the file was removed before they were read", n, log.path)
				}
			}
			if (len(f.unsettled()) > 0 || f.lost > 0) && now.Sub(f.gone) < forgetAfter {
				return false
			}
			l.release(f)
			l.journal.forget(f)
			return true
		})
		if len(log.files) == 0 && !log.gone.IsZero() && now.Sub(log.gone) >= forgetAfter {
			delete(l.logs, path)
		}
	}
}

// lose counts n bytes of a file as missing; a negative n, as not missing any more.
func (l *Ledger) lose(f *file, n int64) {
	f.lost += n
	l.missing += n
	l.shown = max(l.shown, l.missing)
	l.journal.enter(f)
	l.journal.lose(f)
	l.journal.totals(l.missing)
}

// forgetAfter is how long a log is remembered that is gone, for chunks that come late.
const forgetAfter = time.Hour

// unsettled returns what was handed over and has no outcome.
func (f *file) unsettled() ranges {
	left := slices.Clone(f.seen)
	for _, s := range f.settled {
		left.remove(s)
	}
	return slices.DeleteFunc(left, func(s span) bool { return s.end-s.begin <= lineEnd })
}
