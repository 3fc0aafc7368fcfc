package disk

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/cenkalti/backoff/v4"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/filters/containerlog"
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

// inProgress is the number of chunks of a file that are delivered at the same time: a
// message that goes on in the next chunk waits for it.
const inProgress = 2

// tagPrefix begins the tags of the chunks. A tag of its own keeps the messages of a rotated
// file apart from those of the file that has its name now.
const tagPrefix = "catchup."

// StartCatchUp begins to read what is missing, until the ledger is closed.
func (l *Ledger) StartCatchUp(c CatchUp) {
	l.done.Go(func() {
		ticker := time.NewTicker(l.config.ScanEvery)
		defer ticker.Stop()
		for {
			select {
			case <-l.closed:
				return
			case <-ticker.C:
			}
			for c.Ready() {
				f, gap := l.nextGap()
				if f == nil || !l.fetch(c, f, gap) {
					break
				}
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
			if f.name == "" || f.begin == unknownBegin || now.Before(f.notBefore) || log.refused {
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
	name, compressed, path := f.name, f.compressed, f.log.path
	l.mu.Unlock()
	in, err := openAt(name, compressed, gap.begin)
	if err != nil {
		return l.postpone(f, err)
	}
	defer in.Close()
	l.config.Infof("catching up: tail has not read the bytes %d to %d of %s (%s)", gap.begin, gap.end, path, name)
	reader := lineReader{buf: bufio.NewReaderSize(io.LimitReader(in, gap.end-gap.begin), 64<<10), at: gap.begin}
	results := make(chan error, inProgress)
	running := 0
	wait := func() {
		err = errors.Join(err, <-results)
		running--
	}
	for err == nil {
		begin := reader.at
		chunk, readErr := reader.chunk(&c, path)
		if readErr != nil && !errors.Is(readErr, io.EOF) {
			err = fmt.Errorf("cannot read %s: %w", name, readErr)
			break
		}
		if running == inProgress {
			wait()
		}
		if done := (span{begin, reader.at}); done.begin < done.end && err == nil {
			running++
			go func() { results <- l.deliver(c, f, done, chunk) }()
		}
		if readErr != nil {
			break
		}
		if !l.sleep(time.Duration(float64(len(chunk)) / float64(c.BytesPerSecond) * float64(time.Second))) {
			err = errClosed
		}
	}
	for running > 0 {
		wait()
	}
	if err != nil {
		return l.postpone(f, err)
	}
	if reader.at < gap.end {
		return l.postpone(f, fmt.Errorf("%s ends at byte %d, without a line feed", name, reader.at))
	}
	return true
}

var errClosed = errors.New("the agent ends")

// postpone lets a file wait after an error.
func (l *Ledger) postpone(f *file, err error) bool {
	if errors.Is(err, errClosed) {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	f.notBefore = l.now().Add(l.config.Settle)
	if f.problem != err.Error() {
		f.problem = err.Error()
		l.config.Warnf("cannot catch up with %s: %v", f.log.path, err)
	}
	return false
}

// deliver delivers a chunk of lines of a file, and tries again until it is accepted or the
// ledger is closed.
func (l *Ledger) deliver(c CatchUp, f *file, s span, chunk []byte) error {
	if len(chunk) > 0 {
		reading := &Reading{ledger: l, only: f}
		waits := backoff.NewExponentialBackOff(backoff.WithInitialInterval(time.Second), backoff.WithMaxInterval(30*time.Second), backoff.WithMaxElapsedTime(0))
		for c.Deliver(tagPrefix+strconv.FormatInt(f.id, 10), chunk, reading) != nil {
			if !l.sleep(waits.NextBackOff()) {
				return errClosed
			}
		}
	}
	l.caughtUp.Add(s.end - s.begin)
	// Empty lines and zeros are in no record.
	whole := &Reading{ledger: l, runs: []run{{file: f, span: s}}}
	whole.Seen()
	whole.Settle()
	return nil
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

// lineReader reads the lines of a gap.
type lineReader struct {
	buf *bufio.Reader
	at  int64
}

// chunk returns the next lines as a chunk of Fluent Bit. It ends with io.EOF at the end of
// the gap. A line without a line feed is not read: it may still be written to.
func (l *lineReader) chunk(c *CatchUp, path string) (chunk []byte, err error) {
	for {
		line, err := l.line()
		if err != nil {
			return chunk, err
		}
		offset := l.at
		l.at += int64(len(line))
		line = bytes.TrimRight(line, "\r\n")
		if len(bytes.Trim(line, "\x00")) == 0 {
			continue
		}
		chunk = appendEvent(chunk, c, path, offset, line)
		// The rest of a partial line would be sent without its beginning.
		if len(chunk) >= chunkBytes && !isPartial(line) {
			return chunk, nil
		}
	}
}

// line returns the next line with its line feed.
func (l *lineReader) line() (line []byte, err error) {
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

// isPartial reports whether the container runtime has split the line.
func isPartial(line []byte) bool {
	r := filters.Record{Source: &filters.Source{}, Log: filters.PlainText(line)}
	containerlog.Filter{}.Apply(&r)
	return r.Flags&filters.Partial != 0
}
