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
					dropped := f.missingDropped()
					l.lose(f, n, dropped)
					if dropped < n {
						l.config.Warnf("%d bytes of %s are missing: the file was removed before they were read", n-dropped, log.path)
					}
					if dropped > 0 {
						l.config.Warnf("%d bytes of %s are missing: Fluent Bit has dropped them (storage.total_limit_size, retry_limit), and the file was removed before they were read again", dropped, log.path)
					}
				}
			}
			if (len(f.unsettled()) > 0 || f.lost > 0) && now.Sub(f.gone) < forgetAfter {
				return false
			}
			// The last file of a log remembers where the path of a removed pod has led to: lines
			// that come late have the identity from there.
			if len(log.files) > 0 && f == log.files[len(log.files)-1] && now.Sub(f.gone) < forgetAfter {
				l.release(f)
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

// lose counts n bytes of a file as missing, of which Fluent Bit has dropped some; negative
// numbers, as not missing any more.
func (l *Ledger) lose(f *file, n, dropped int64) {
	f.lost += n
	f.lostDropped += dropped
	l.missing += n
	l.dropped += dropped
	l.shown, l.shownDropped = max(l.shown, l.missing-l.dropped), max(l.shownDropped, l.dropped)
	l.journal.enter(f)
	l.journal.lose(f)
	l.journal.totals(l.missing, l.dropped)
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
