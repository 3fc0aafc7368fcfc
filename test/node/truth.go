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

// Truth is what is in the log files of one container.
type Truth struct {
	Lines map[string]map[int]bool // by writer
	Bytes int64                   // of the files, uncompressed
}

// Read returns the numbered lines of the log files of one container, the oldest first. A
// file that ends in .gz is compressed. A line in pieces may go on in the next file.
func Read(files ...string) (Truth, error) {
	t := Truth{Lines: map[string]map[int]bool{}}
	open := map[string]string{}
	for _, path := range files {
		if err := t.read(path, open); err != nil {
			return t, fmt.Errorf("cannot read %s: %w", path, err)
		}
	}
	return t, nil
}

// read adds a file. open has the pieces of the line that is not at its end, by stream.
func (t *Truth) read(path string, open map[string]string) error {
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
	for reader := bufio.NewReaderSize(in, 1<<20); ; {
		line, err := reader.ReadString('\n')
		t.Bytes += int64(len(line))
		if err != nil {
			if err == io.EOF {
				err = nil
			}
			return err
		}
		stream, text, partial := decode(strings.TrimSuffix(line, "\n"))
		text = open[stream] + text
		if open[stream] = text; partial {
			continue
		}
		delete(open, stream)
		if writer, n, ok := numbered.Parse(text); ok {
			if t.Lines[writer] == nil {
				t.Lines[writer] = map[int]bool{}
			}
			t.Lines[writer][n] = true
		}
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
