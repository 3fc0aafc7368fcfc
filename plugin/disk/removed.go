package disk

import (
	"errors"
	"time"
)

// This file is about files that were removed. Such a file is there as long as it is held. tail
// drops it when it sees that it is gone, whatever it has read of it. So what is missing of it
// is read soon, and at a stop at once: the next process cannot read it.

// settleRemoved is Config.Settle for a file that was removed, unless that is shorter. Lines of
// it that come from the queue of Fluent Bit after that are compared, and not sent again.
const settleRemoved = 3 * time.Second

// settleOf returns how long a gap of a file waits before it is read.
func (l *Ledger) settleOf(f *file) time.Duration {
	if f.name == "" {
		return min(l.config.Settle, settleRemoved)
	}
	return l.config.Settle
}

// errStop ends what is read at a stop.
var errStop = errors.New("the time of the stop is over")

// CatchUpRemoved reads what is missing of files that were removed until a time. It tries each
// chunk once. It must be called after StopCatchUp, and has no effect without StartCatchUp.
func (l *Ledger) CatchUpRemoved(until time.Time) {
	if l.catchUp == nil {
		return
	}
	c := *l.catchUp
	c.BytesPerSecond = 0
	c.Deliver = func(tag string, chunk []byte, r *Reading) error {
		if time.Now().After(until) {
			return errStop
		}
		return l.catchUp.Deliver(tag, chunk, r)
	}
	l.mu.Lock()
	now := l.now()
	for _, log := range l.logs {
		l.scanLog(log, now, true)
	}
	l.mu.Unlock()
	for time.Now().Before(until) {
		f, gap := l.nextRemoved()
		if f == nil || !l.fetch(c, f, gap) && !l.now().Before(f.notBefore) { // what cannot be read is postponed
			return
		}
	}
}

// nextRemoved returns a gap of a file that was removed and is held; nil for none.
func (l *Ledger) nextRemoved() (*file, span) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, log := range l.logs {
		for _, f := range log.files {
			if f.name != "" || f.held == nil || f.begin == unknownBegin || log.refused || l.now().Before(f.notBefore) {
				continue
			}
			l.grow(f)
			if missing := f.missing(); len(missing) > 0 {
				return f, missing[0]
			}
		}
	}
	return nil, span{}
}
