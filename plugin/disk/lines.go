package disk

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/k8slog/k8slog/filters/containerlog"
	"github.com/k8slog/k8slog/plugin/chunk"
)

// Lines reads the lines of a log file as chunks of Fluent Bit, as tail would hand them over.
// It is created by NewLines.
type Lines struct {
	config LinesConfig
	buf    *bufio.Reader
	at     int64  // the offset of the next line
	held   []byte // the next line, when it was read already
}

// LinesConfig configures Lines.
type LinesConfig struct {
	// Path is the path of the file on its node. PathKey and OffsetKey are the fields for the
	// path and the offset that tail adds.
	Path, PathKey, OffsetKey string
	// At is the offset at which the content begins. The line that has the byte before End
	// is read to its end; zero for the whole file.
	At, End int64
	// Final is true when nobody writes the file any more. Otherwise a line without a line
	// feed is not read, because it may still be written to.
	Final bool
}

// The sizes of a chunk: from which on it ends before the next message, and at which it ends
// within one.
const (
	chunkBytes = 512 << 10
	maxChunk   = 4 * chunkBytes
)

// maxLine is the longest line that is read. tail's own limit is far below.
const maxLine = 32 << 20

// NewLines returns the lines of a content that is not compressed.
func NewLines(content io.Reader, c LinesConfig) *Lines {
	if c.End == 0 {
		c.End = maxSize
	}
	return &Lines{config: c, buf: bufio.NewReaderSize(content, 64<<10), at: c.At}
}

// At returns the offset behind the last chunk.
func (l *Lines) At() int64 { return l.at }

// Chunk returns the next lines as a chunk, and their number. It ends with io.EOF, and with
// the last lines.
func (l *Lines) Chunk() (events []byte, lines int, err error) {
	c := &l.config
	partial := false
	for {
		if l.at >= c.End {
			return events, lines, io.EOF
		}
		raw, err := l.line()
		if err != nil && (!errors.Is(err, io.EOF) || !c.Final || len(raw) == 0) {
			return events, lines, err
		}
		line := bytes.TrimRight(raw, "\r\n")
		if full := len(events) >= chunkBytes; full && (len(events) >= maxChunk || !partial && beginsMessage(line)) {
			l.held = bytes.Clone(raw)
			return events, lines, nil
		}
		offset := l.at
		l.at += int64(len(raw))
		if len(bytes.Trim(line, "\x00")) == 0 {
			continue
		}
		events = chunk.AppendTailLine(events, &chunk.TailLine{
			PathKey: c.PathKey, Path: c.Path, OffsetKey: c.OffsetKey, Offset: offset, Text: line,
		})
		lines++
		if len(events) >= chunkBytes {
			_, partial = containerlog.Text(line)
		}
	}
}

// line returns the next line with its line feed, and io.EOF with a line that has none. It is
// valid until the next call.
func (l *Lines) line() (line []byte, err error) {
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
