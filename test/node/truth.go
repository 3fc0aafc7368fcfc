package node

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/k8slog/k8slog/test/node/numbered"
)

// Line is a numbered line of a log file.
type Line struct {
	Writer string
	Number int
	Parts  []Part // the pieces into which the runtime has cut it
}

// Text returns the text of the line.
func (l Line) Text() (text string) {
	for _, p := range l.Parts {
		text += p.Text
	}
	return text
}

// Part is a line as it is in the file.
type Part struct {
	Text  string
	Bytes int64 // with the line feed and what the runtime writes
	// File and Offset are where the part is.
	File   string
	Offset int64
}

// Truth is what is in the log files of one container.
type Truth struct {
	Lines map[string]map[int]bool // by writer
	Bytes int64                   // of the files, uncompressed
}

// Read returns the numbered lines of the log files of one container, the oldest first. A
// file that ends in .gz is compressed. A line in pieces may go on in the next file.
func Read(files ...string) (Truth, error) {
	t := Truth{Lines: map[string]map[int]bool{}}
	err := Walk(files, func(l Line) {
		for _, p := range l.Parts {
			t.Bytes += p.Bytes
		}
		if l.Number == 0 {
			return
		}
		if t.Lines[l.Writer] == nil {
			t.Lines[l.Writer] = map[int]bool{}
		}
		t.Lines[l.Writer][l.Number] = true
	})
	return t, err
}

// Walk calls a function with each line of the log files of one container. The number of a
// line that is not whole is 0.
func Walk(files []string, do func(Line)) error {
	open := map[string]Line{}
	for _, path := range files {
		if err := walk(path, open, do); err != nil {
			return fmt.Errorf("cannot read %s: %w", path, err)
		}
	}
	for _, l := range open {
		do(l)
	}
	return nil
}

// walk reads a file. open has the pieces of the line that is not at its end, by stream.
func walk(path string, open map[string]Line, do func(Line)) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	var in io.Reader = f
	if strings.HasSuffix(path, ".gz") {
		if in, err = gzip.NewReader(f); err != nil {
			return err
		}
	}
	offset := int64(0)
	for reader := bufio.NewReaderSize(in, 1<<20); ; {
		line, err := reader.ReadString('\n')
		if err != nil {
			if err == io.EOF {
				err = nil
			}
			return err
		}
		stream, text, partial := decode(strings.TrimSuffix(line, "\n"))
		l := open[stream]
		l.Parts = append(l.Parts, Part{text, int64(len(line)), path, offset})
		offset += int64(len(line))
		if open[stream] = l; partial {
			continue
		}
		delete(open, stream)
		if writer, n, ok := numbered.Parse(l.Text()); ok {
			l.Writer, l.Number = writer, n
		}
		do(l)
	}
}

// decode returns the text of a line of Docker or CRI.
func decode(line string) (stream, text string, partial bool) {
	if strings.HasPrefix(line, "{") {
		var entry struct{ Log, Stream string }
		_ = json.Unmarshal([]byte(line), &entry)
		text = strings.TrimSuffix(entry.Log, "\n")
		return entry.Stream, text, text == entry.Log
	}
	words := strings.SplitN(line, " ", 4)
	if len(words) < 4 {
		return "", "", false
	}
	return words[1], words[3], words[2] == "P"
}
