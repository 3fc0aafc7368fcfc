package disk

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strconv"
	"time"

	"github.com/cenkalti/backoff/v4"

	"github.com/k8slog/k8slog/filters/containerlog"
	"github.com/k8slog/k8slog/plugin/chunk"
)

// CatchUp configures how what is missing is read from the files. All fields must be set.
type CatchUp struct {
	// BytesPerSecond bounds how fast files are read.
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

// chunkBytes is the size of a chunk of lines that are read from a file.
const chunkBytes = 512 << 10

// maxLine is the longest line that is read. tail's own limit is far below.
const maxLine = 32 << 20

// tagPrefix begins the tags of the chunks. A tag of its own keeps the messages of a rotated
// file apart from those of the file that has its name now.
const tagPrefix = "catchup."

// SetReady sets CatchUp.Ready for a ledger that does not catch up: while it is false, what
// was not handed over of a file that is gone may be in the queue of Fluent Bit.
func (l *Ledger) SetReady(ready func() bool) { l.ready.Store(&ready) }

// StartCatchUp begins to read what is missing, until the ledger is closed.
func (l *Ledger) StartCatchUp(c CatchUp) {
	l.SetReady(c.Ready)
	l.everyScan(func(time.Time) {
		for c.Ready() {
			f, gap := l.nextGap()
			if f == nil || !l.fetch(c, f, gap) {
				break
			}
		}
	})
}

// nextGap returns the gap that is read next, of the file that was rotated first: it is the
// next one that is removed. The file is nil for no gap.
func (l *Ledger) nextGap() (next *file, gap span) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	for _, log := range l.logs {
		for _, f := range log.files {
			if !f.isReadable() || f.begin == unknownBegin || now.Before(f.notBefore) || log.refused {
				continue
			}
			missing := f.missing()
			if f.isWritten() {
				missing = f.seen.gaps(f.begin, f.seen.last(), lineEnd)
			}
			if len(missing) == 0 {
				f.gap = span{}
				continue
			}
			if f.gap.begin != missing[0].begin || f.gap.end != missing[0].end {
				f.gap, f.gapSince = missing[0], now
			}
			if now.Sub(f.gapSince) < l.config.Settle || next != nil && !f.rotatedBefore(next) {
				continue
			}
			next, gap = f, missing[0]
		}
	}
	return next, gap
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
	reader := lineReader{buf: bufio.NewReaderSize(in, 64<<10), at: gap.begin, end: gap.end, final: !written}
	for ended := false; !ended; {
		begin := reader.at
		chunk, err := reader.chunk(&c, path)
		ended = err != nil
		if !ended || errors.Is(err, io.EOF) || compressed {
			if !compressed && head != 0 && in.head() != head { // it was emptied and written anew
				l.mu.Lock()
				l.scanLog(f.log, l.now(), true)
				l.mu.Unlock()
				return false
			}
			pause := time.Duration(float64(reader.at-begin) / float64(c.BytesPerSecond) * float64(time.Second))
			if !l.deliver(c, f, span{begin, reader.at}, chunk) || !l.sleep(pause) {
				return false
			}
		}
		if ended && !errors.Is(err, io.EOF) && !compressed {
			return l.postpone(f, fmt.Errorf("cannot read %s: %w", name, err))
		}
		if ended && reader.at < gap.end && compressed {
			return l.cut(f, name, reader.at, err)
		}
	}
	if reader.at < gap.end {
		return l.postpone(f, fmt.Errorf("%s ends at byte %d, without a line feed", name, reader.at))
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

// maxChunk is the size at which a chunk ends, also within a message.
const maxChunk = 4 * chunkBytes

// lineReader reads the lines of a gap.
type lineReader struct {
	buf   *bufio.Reader
	at    int64  // the offset of the next line
	end   int64  // of the gap: the line that has this byte is read to its end
	final bool   // nobody writes the file any more
	held  []byte // the next line, when it was read already
}

// chunk returns the next lines as a chunk of Fluent Bit. It ends with io.EOF at the end of
// the gap. A line without a line feed is read only when the file is final: else it may still
// be written to.
func (l *lineReader) chunk(c *CatchUp, path string) (events []byte, err error) {
	partial := false
	for {
		if l.at >= l.end {
			return events, io.EOF
		}
		raw, err := l.line()
		if err != nil && (!errors.Is(err, io.EOF) || !l.final || len(raw) == 0) {
			return events, err
		}
		line := bytes.TrimRight(raw, "\r\n")
		if full := len(events) >= chunkBytes; full && (len(events) >= maxChunk || !partial && beginsMessage(line)) {
			l.held = bytes.Clone(raw)
			return events, nil
		}
		offset := l.at
		l.at += int64(len(raw))
		if len(bytes.Trim(line, "\x00")) == 0 {
			continue
		}
		events = chunk.AppendTailLine(events, &chunk.TailLine{
			PathKey: c.PathKey, Path: path, OffsetKey: c.OffsetKey, Offset: offset, Text: line,
		})
		if len(events) >= chunkBytes {
			_, partial = containerlog.Text(line)
		}
	}
}

// line returns the next line with its line feed, and io.EOF with a line that has none. It is
// valid until the next call.
func (l *lineReader) line() (line []byte, err error) {
	if l.held != nil {
		line, l.held = l.held, nil
		return line, nil
	}
	for {
		part, err := l.buf.ReadSlice('\n')
		if line == nil && err == nil {
			return part, nil
		}
		line = append(line, part...)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
		if len(line) > maxLine {
			return nil, fmt.Errorf("the line at byte %d has more than %d bytes", l.at, maxLine)
		}
	}
}

// beginsMessage reports whether the text of a line looks like the beginning of a message: a
// time, a JSON object, a bracket. A chunk ends before such a line.
func beginsMessage(line []byte) bool {
	text, _ := containerlog.Text(line)
	return len(text) > 0 && (text[0] >= '0' && text[0] <= '9' || text[0] == '{' || text[0] == '[')
}
