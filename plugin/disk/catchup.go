package disk

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v4"
)

// CatchUp configures how what is missing is read from the files. All fields must be set.
type CatchUp struct {
	// BytesPerSecond bounds how fast files are read; zero for no bound, which serves a stop.
	BytesPerSecond int64
	// PathKey and OffsetKey are the fields for the path and the offset that tail adds.
	PathKey, OffsetKey string
	// Ready reports whether files may be read now: the backend accepts what is new, and no
	// chunk of Fluent Bit is outstanding that nobody has read.
	Ready func() bool
	// Deliver delivers a chunk, as if Fluent Bit had handed it over. It returns nil when all
	// of its lines have an outcome.
	Deliver func(tag string, chunk []byte, r *Reading) error
}

// tagPrefix begins the tags of the chunks. A tag of its own keeps the messages of a rotated
// file apart from those of the file that has its name now.
const tagPrefix = "catchup."

// IsCaughtUp reports whether a tag is that of a chunk which was read from a file here.
func IsCaughtUp(tag string) bool { return strings.HasPrefix(tag, tagPrefix) }

// SetReady sets whether all that Fluent Bit has read is here, if that is another question than
// CatchUp.Ready: while it is not, what was not handed over of a file that is gone may be in the
// queue of Fluent Bit.
func (l *Ledger) SetReady(ready func() bool) { l.ready.Store(&ready) }

// StartCatchUp begins to read what is missing, until the ledger is closed.
func (l *Ledger) StartCatchUp(c CatchUp) {
	l.SetReady(c.Ready)
	l.catchUp = &c
	var since time.Time // it was ready at all looks since then
	l.everyScan(func(time.Time) {
		if !c.Ready() {
			since = time.Time{}
			return
		}
		if since.IsZero() {
			since = l.now()
		}
		for c.Ready() {
			f, gap := l.nextGap(since)
			if f == nil || !l.fetch(c, f, gap) {
				break
			}
		}
	})
}

// nextGap returns the gap that is read next, of the file that was rotated first: it is the
// next one that is removed. The file is nil for no gap. A gap is read after Config.Settle:
// until then, its lines may be in a chunk that is under way. Only the time since the given
// one counts.
func (l *Ledger) nextGap(since time.Time) (next *file, gap span) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	for _, log := range l.logs {
		for _, f := range log.files {
			if !f.isReadable() || f.begin == unknownBegin || now.Before(f.notBefore) || log.refused {
				continue
			}
			missing := f.missing()
			if f.isWritten() && !l.isIdle(f, now) {
				missing = f.seen.gaps(f.begin, f.seen.last(), lineEnd) // tail reads the rest
			}
			if len(missing) == 0 {
				f.gap = span{}
				continue
			}
			if f.gap.begin != missing[0].begin || f.gap.end != missing[0].end {
				f.gap, f.gapSince = missing[0], now
			}
			if settle := l.settleOf(f); now.Sub(f.gapSince) < settle || now.Sub(since) < settle || next != nil && !f.rotatedBefore(next) {
				continue
			}
			next, gap = f, missing[0]
		}
	}
	return next, gap
}

// idleTime is how long nothing happens to a file that is idle.
func (l *Ledger) idleTime() time.Duration { return 20 * l.config.Settle }

// isIdle reports whether tail has read all that it will read of the file that is written,
// because for long neither the file nor what was handed over of its log has changed: Fluent
// Bit may have dropped the chunk with its last lines. A log of which nothing was ever handed
// over is none that tail reads.
func (l *Ledger) isIdle(f *file, now time.Time) bool {
	idle := l.idleTime()
	return f.seen.last() > 0 && now.Sub(f.changed) > idle && now.Sub(f.confirmed) > idle && now.Sub(l.opened) > idle
}

// rotatedBefore reports whether f was rotated before g. The file that is written comes last.
func (f *file) rotatedBefore(g *file) bool {
	return !f.rotated.IsZero() && (g.rotated.IsZero() || f.rotated.Before(g.rotated))
}

// fetch reads the lines of a gap and delivers them. It returns false when it has not come to
// the end.
func (l *Ledger) fetch(c CatchUp, f *file, gap span) (complete bool) {
	l.mu.Lock()
	name, compressed, path, written, head := cmp.Or(f.name, "removed"), f.isCompressed(), f.log.path, f.isWritten(), f.head
	own, err := f.own()
	l.mu.Unlock()
	var in content
	switch {
	case err != nil:
	case own != nil:
		if in, err = contentOf(own, compressed, gap.begin); err != nil {
			_ = own.Close()
		}
	default:
		in, err = openAt(name, compressed, gap.begin)
	}
	if errors.Is(err, fs.ErrNotExist) {
		l.mu.Lock()
		l.scanLog(f.log, l.now(), true)
		found := f.name != "" && f.name != name
		l.mu.Unlock()
		if found { // it was compressed
			return true
		}
	}
	if err != nil {
		return l.postpone(f, err)
	}
	defer in.Close()
	l.config.Infof("catching up: tail has not read the bytes %d to %d of %s (%s)", gap.begin, gap.end, path, name)
	reader := NewLines(in, LinesConfig{Path: path, PathKey: c.PathKey, OffsetKey: c.OffsetKey, At: gap.begin, End: gap.end, Final: !written})
	for ended := false; !ended; {
		begin := reader.At()
		chunk, _, err := reader.Chunk()
		ended = err != nil
		if !ended || errors.Is(err, io.EOF) || compressed {
			if !compressed && head != 0 && in.head() != head { // it was emptied and written anew
				l.mu.Lock()
				l.scanLog(f.log, l.now(), true)
				l.mu.Unlock()
				return false
			}
			if !l.deliver(c, f, span{begin, reader.At()}, chunk) || !l.pause(c, reader.At()-begin) {
				return false
			}
		}
		if ended && !errors.Is(err, io.EOF) && !compressed {
			return l.postpone(f, fmt.Errorf("cannot read %s: %w", name, err))
		}
		if ended && reader.At() < gap.end && compressed {
			return l.cut(f, name, reader.At(), err)
		}
	}
	switch {
	case reader.At() >= gap.end:
	case written: // the last line is not complete
		l.mu.Lock()
		f.notBefore = l.now().Add(l.idleTime())
		l.mu.Unlock()
	default:
		return l.postpone(f, fmt.Errorf("%s ends at byte %d, without a line feed", name, reader.At()))
	}
	return true
}

// cut gives up the rest of a compressed file that is damaged, or shorter than it says.
func (l *Ledger) cut(f *file, name string, size int64, err error) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	f.size = max(size, f.seen.last())
	l.journal.enter(f)
	l.config.Warnf("%s of %s is damaged after byte %d: %v", name, f.log.path, size, err)
	return true
}

// postpone lets a file wait after an error.
func (l *Ledger) postpone(f *file, err error) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	f.notBefore = l.now().Add(l.config.Settle)
	if f.problem != err.Error() {
		f.problem = err.Error()
		l.config.Warnf("cannot catch up with %s: %v", f.log.path, err)
	}
	return false
}

// deliver delivers a chunk of lines of a file, and tries again until it is accepted. It
// returns false when the ledger is closed before.
func (l *Ledger) deliver(c CatchUp, f *file, s span, chunk []byte) bool {
	if len(chunk) > 0 {
		lines := &Reading{ledger: l, only: f}
		waits := backoff.NewExponentialBackOff(backoff.WithInitialInterval(time.Second), backoff.WithMaxInterval(30*time.Second), backoff.WithMaxElapsedTime(0))
		for c.Deliver(tagPrefix+strconv.FormatInt(f.id, 10), chunk, lines) != nil {
			if !l.sleep(waits.NextBackOff()) {
				return false
			}
		}
	}
	l.caughtUp.Add(s.end - s.begin)
	// Empty lines and zeros are in no record.
	whole := &Reading{ledger: l, runs: []run{{file: f, span: s}}}
	whole.Seen()
	whole.Settle()
	return true
}

// pause waits as long as n bytes may take. It returns false when the ledger is closed.
func (l *Ledger) pause(c CatchUp, n int64) bool {
	return c.BytesPerSecond == 0 || l.sleep(time.Duration(float64(n)/float64(c.BytesPerSecond)*float64(time.Second)))
}

// sleep waits. It returns false when the ledger is closed.
func (l *Ledger) sleep(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-l.closed:
		return false
	case <-timer.C:
		return true
	}
}
