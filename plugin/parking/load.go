package parking

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// This file reads the files of an earlier process.

// load reads all files of the folder.
func (s *Store) load(warnf func(format string, args ...any)) error {
	names, err := filepath.Glob(filepath.Join(s.dir, "*"+Extension))
	if err != nil {
		return err
	}
	slices.Sort(names) // their serial numbers have leading zeros
	for _, name := range names {
		serial, err := strconv.Atoi(strings.TrimSuffix(filepath.Base(name), Extension))
		if err != nil {
			warnf("cannot read parked records: %s has no number for a name", name)
			continue
		}
		s.serial = max(s.serial, serial)
		f, key, err := loadFile(name, warnf)
		if err != nil {
			warnf("cannot read parked records: %v", err)
			continue
		}
		if len(f.lines) == 0 {
			if err := f.remove(); err != nil {
				warnf("cannot remove parked records that are sent: %v", err)
			}
			continue
		}
		q := s.queues[key]
		if q == nil {
			q = &queue{key: key}
			s.queues[key] = q
		}
		q.files = append(q.files, f)
		s.bytes += f.size
		s.count(key, f.lines, 1)
	}
	return nil
}

// loadFile reads a file. It removes a partial last line, which was written during a crash
// and never acknowledged. Lines that cannot be read stay entries, and warnf logs them.
// When the first line cannot be read, the entries go to the shared queue: the key is not
// needed to send them.
func loadFile(path string, warnf func(format string, args ...any)) (*file, Key, error) {
	in, err := os.OpenFile(path, os.O_RDWR|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, Key{}, err
	}
	defer in.Close()
	if info, err := in.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, Key{}, fmt.Errorf("%s is no regular file", path)
	}
	f := &file{path: path, line: 1, offset: ReadProgress(path)}
	key := Key{Shared: true}
	text := bufio.NewReaderSize(in, 1<<16)
	for number := 1; ; number++ {
		t, err := text.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, Key{}, fmt.Errorf("cannot read %s: %w", path, err)
		}
		begin := f.size
		f.size += int64(len(t))
		var h header
		if number == 1 && IsHeader(t) && json.Unmarshal(t, &h) == nil {
			key, f.since = h.key(), h.Since
			f.offset, f.line = max(f.offset, f.size), 2
			continue
		}
		if f.size <= f.offset {
			f.line++
			continue // it is settled
		}
		// When a line feed is damaged, a line begins before the offset.
		f.offset = min(f.offset, begin)
		e := stored{bytes: len(t), records: 1}
		if n, ok := scan(t); ok {
			e.records = n
		} else if l, err := decode(t); err != nil {
			warnf("%s:%d: this line of the parked records is damaged, and goes to the dead-letter file: %v", path, number, err)
		} else {
			e.records = l.Records
			if l.Key != nil {
				k := l.Key.key()
				e.key = &k
			}
		}
		f.lines = append(f.lines, e)
		f.records.Add(int64(e.records))
	}
	f.offset = min(f.offset, f.size)
	return f, key, in.Truncate(f.size)
}
