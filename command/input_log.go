package command

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/k8slog/k8slog/filters/containerlog"
	"github.com/k8slog/k8slog/filters/source/component"
	"github.com/k8slog/k8slog/plugin/disk"
)

// The fields that stand for what tail adds.
const (
	pathKey   = "path"
	offsetKey = "offset"
	replayTag = "replay"
)

// logLines is the log file of a container, docker's or CRI's. The agent reads rotated files by
// the same code.
type logLines struct {
	lineReader
	path  string
	lines *disk.Lines
}

func (l *logLines) next() (b batch, err error) {
	if l.lines == nil {
		l.lines = disk.NewLines(l.buf, disk.LinesConfig{Path: l.path, PathKey: pathKey, OffsetKey: offsetKey, At: l.at})
	}
	b.tag = replayTag
	b.data, b.records, err = l.lines.Chunk()
	b.at, b.end = l.lines.At(), errors.Is(err, io.EOF)
	if b.end {
		err = nil
	}
	return b, err
}

// checkLog refuses a file that is no log: most of its lines are neither Docker's nor CRI's.
// The log file of a component, which name tells, has lines of any form.
func (r *replaying) checkLog(path, name string) error {
	if _, ok := component.FromPath(name); ok {
		return nil
	}
	lines, err := openLines(path)
	if err != nil {
		return err
	}
	defer lines.close()
	good, bad, first, number := 0, 0, 0, 0
	for {
		line, err := lines.line()
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return err
		}
		number++
		if line = bytes.Trim(line, "\r\x00"); len(line) == 0 {
			continue
		}
		if _, ok := containerlog.Time(line); ok {
			good++
		} else if bad++; bad == 1 {
			first = number
		}
	}
	switch {
	case bad == 0:
	case bad >= good:
		return fmt.Errorf("line %d is neither Docker's nor CRI's, and neither are %d of %d lines: this is no log of a container; with -as, it is sent as the log with that path", first, bad, good+bad)
	default:
		fmt.Fprintf(r.errs, "%s: line %d is neither Docker's nor CRI's, as %d of %d lines: they are damaged, and sent as they are\n", path, first, bad, good+bad)
	}
	return nil
}
