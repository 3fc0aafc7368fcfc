package command

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/k8slog/k8slog/plugin/deadletter"
	"github.com/k8slog/k8slog/plugin/parking"
)

// batchBytes is about how much is sent at a time: what an earlier run sent
// without taking note of it comes twice.
const batchBytes = 1 << 20

// batch is events of one tag, as Fluent Bit would hand them over.
type batch struct {
	tag string
	// destination is the one that the records are for; empty for that of the routes.
	destination string
	data        []byte
	records     int
	skipped     int   // that were not to be sent
	at          int64 // the place in the file behind the batch
	end         bool  // of the file
}

// input is a file that is replayed.
type input interface {
	next() (batch, error)
	skipTo(at int64) error
	close()
}

// openInput opens a file of parked records, told by its name, or a dead-letter file or
// a container's log file, told apart by their first line. Each may be compressed with
// gzip.
func openInput(path string, r *replaying) (input, error) {
	lines, err := openLines(path)
	if err != nil {
		return nil, err
	}
	if isParked(path) {
		start, _ := lines.buf.Peek(64 << 10)
		first, _, _ := bytes.Cut(start, []byte{'\n'})
		return &parkedEntries{lineReader: lines, r: r, path: path, key: parking.HeaderKey(first)}, nil
	}
	start, _ := lines.buf.Peek(4096)
	if bytes.HasPrefix(start, []byte(`{"time":"`)) && bytes.Contains(start, []byte(`","tag":`)) {
		return &letters{lineReader: lines, r: r, path: path}, nil
	}
	name := r.as
	if name == "" {
		if name = path; !filepath.IsAbs(path) {
			if absolute, err := filepath.Abs(path); err == nil {
				name = absolute
			}
		}
		if err := r.checkLog(path, name); err != nil {
			lines.close()
			return nil, err
		}
	}
	return &logLines{lineReader: lines, path: name}, nil
}

// openLines opens a file, which may be compressed with gzip.
func openLines(path string) (lineReader, error) {
	file, err := os.Open(path)
	if err != nil {
		return lineReader{}, err
	}
	lines := lineReader{file: file, buf: bufio.NewReaderSize(file, 64<<10)}
	if magic, _ := lines.buf.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		unzipped, err := gzip.NewReader(lines.buf)
		if err != nil {
			file.Close()
			return lineReader{}, err
		}
		lines.buf = bufio.NewReaderSize(unzipped, 64<<10)
	}
	return lines, nil
}

// lineReader reads whole lines and knows where it is.
type lineReader struct {
	file *os.File
	buf  *bufio.Reader
	at   int64
}

func (l *lineReader) close() { l.file.Close() }

func (l *lineReader) skipTo(at int64) error {
	n, err := io.CopyN(io.Discard, l.buf, at)
	l.at += n
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("is shorter than the %d bytes that were sent of it: it is another file; use -from-start", at)
	}
	return err
}

// line returns the next line without its line feed; io.EOF at the end. A line
// without one, which may still be written to, is the end too.
func (l *lineReader) line() ([]byte, error) {
	line, err := l.buf.ReadBytes('\n')
	if err != nil {
		return nil, err
	}
	l.at += int64(len(line))
	return line[:len(line)-1], nil
}

// letters is a dead-letter file.
type letters struct {
	lineReader
	r    *replaying
	path string
	held *letter // of the next batch
}

type letter struct {
	Tag    string `json:"tag"`
	Reason string `json:"reason"`
	Raw    string `json:"raw"`
	// Destination is empty for an output that had one.
	Destination string `json:"destination"`
	from        int64
}

func (l *letters) next() (b batch, err error) {
	for {
		one := l.held
		l.held = nil
		if one == nil {
			from := l.at
			line, err := l.line()
			if errors.Is(err, io.EOF) {
				b.at, b.end = l.at, true
				return b, nil
			} else if err != nil {
				return b, err
			}
			one = &letter{from: from}
			if err := json.Unmarshal(line, one); err != nil {
				fmt.Fprintf(l.r.errs, "%s: what stands at byte %d is no dead letter and is left out: %v\n", l.path, from, err)
				b.skipped++
				continue
			}
		}
		event, ok := l.event(one)
		if !ok {
			b.skipped++
			continue
		}
		if b.records > 0 && (one.Tag != b.tag || one.Destination != b.destination || len(b.data) >= batchBytes) {
			l.held, b.at = one, one.from
			return b, nil
		}
		b.destination = one.Destination
		b.tag, b.data = one.Tag, append(b.data, event...)
		b.records++
	}
}

// event returns what is to be sent of a letter.
func (l *letters) event(one *letter) ([]byte, bool) {
	if one.Reason == deadletter.Corrupt || one.Reason == deadletter.Damaged || // it is no event
		l.r.reason != "" && one.Reason != l.r.reason || l.r.tag != "" && one.Tag != l.r.tag {
		return nil, false
	}
	event, err := base64.StdEncoding.DecodeString(one.Raw)
	if err != nil || len(event) == 0 {
		fmt.Fprintf(l.r.errs, "%s: the dead letter at byte %d has no readable raw record and is left out\n", l.path, one.from)
		return nil, false
	}
	return event, true
}
