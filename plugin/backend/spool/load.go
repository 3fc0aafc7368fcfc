package spool

import (
	"bytes"
	"cmp"
	"encoding/binary"
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
	"time"
)

// maxSeen is the number of records of the process before that are known by their IDs: those
// that were stored last. Of these Fluent Bit may not have heard that they are stored.
const maxSeen = 1 << 17

// place is where the IDs of a block are.
type place struct {
	header
	path   string
	offset int64
}

// load finds the files of the process before. None of them grows any more: one whose upload had
// begun must not change, and of the others that is not known.
func (s *Store) load() error {
	entries, err := os.ReadDir(s.config.Dir)
	if err != nil {
		return err
	}
	var places []place
	now := time.Now()
	for _, e := range entries { // in the order of their names, which is that of their age
		path := filepath.Join(s.config.Dir, e.Name())
		end := filepath.Ext(path)
		serial, err := strconv.Atoi(strings.TrimSuffix(e.Name(), end))
		if err != nil || end != waitingEnd && end != sentEnd && end != damagedEnd {
			continue
		}
		s.serial = max(s.serial, serial)
		if end == damagedEnd {
			continue
		}
		f, at, err := loadFile(path, s.config.Warnf)
		if err != nil {
			s.config.Errorf("cannot read records that are not uploaded: %v", err)
			continue
		}
		if f.records.Load() == 0 && !f.damaged {
			if err := os.Remove(path); err != nil {
				s.config.Warnf("cannot remove a file without records: %v", err)
			}
			continue
		}
		places = append(places, at...)
		s.bytes += f.room
		if end == sentEnd {
			f.until = now.Add(linger)
			s.sent = append(s.sent, f)
			continue
		}
		s.closed = append(s.closed, f)
	}
	return s.readSeen(places)
}

// loadFile reads the headers of the blocks of a file, and the last block. What is damaged in the
// others is found when the file is read.
func loadFile(path string, warnf func(format string, args ...any)) (*File, []place, error) {
	in, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, nil, err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return nil, nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, nil, fmt.Errorf("%s is no regular file", path)
	}
	f := &File{path: path, sealed: true}
	first, err := readLine(in)
	if err == nil {
		err = json.Unmarshal(first, &f.about)
	}
	if err == nil && f.Key == "" {
		err = ErrDamaged
	}
	if err != nil {
		return nil, nil, fmt.Errorf("%s has no header: %w", path, err)
	}
	f.size = int64(len(first))
	var all []place
	head := make([]byte, headerSize)
	for f.size+headerSize <= info.Size() {
		if _, err := in.ReadAt(head, f.size); err != nil {
			return nil, nil, fmt.Errorf("cannot read %s: %w", path, err)
		}
		h, err := parseHeader(head)
		if err != nil || f.size+h.size() > info.Size() {
			break
		}
		all = append(all, place{h, path, f.size + headerSize})
		f.size += h.size()
		f.lines += h.lines
		f.records.Add(int64(h.records))
	}
	if n := len(all); n > 0 && !isGood(in, all[n-1].header, f.size-all[n-1].size()) {
		last := all[n-1]
		all = all[:n-1]
		f.size -= last.size()
		f.lines -= last.lines
		f.records.Add(-int64(last.records))
	}
	if rest := info.Size() - f.size; rest > 0 {
		if isTorn(in, f.size, info.Size()) {
			warnf("%d bytes at the end of %s are a write that a crash has cut off: their records were not acknowledged, and come again", rest, path)
		} else {
			f.size, f.damaged = info.Size(), true // which reading finds
		}
	}
	f.room = f.size + fileCost
	return f, all, nil
}

// maxTorn is the length of a rest of a file above which it is no write of one block.
const maxTorn = 128 << 20

// isTorn reports whether what is behind the last good block is the beginning of a block that
// was written during a crash: it has no block in it, and is short, or ends with zeros, because
// a file system may keep the length of a write and lose its content.
func isTorn(in io.ReaderAt, from, to int64) bool {
	if to-from > maxTorn {
		return false
	}
	rest := make([]byte, to-from)
	if _, err := in.ReadAt(rest, from); err != nil {
		return false
	}
	first := binary.LittleEndian.AppendUint32(nil, mark)
	for at := 1; ; at++ {
		next := bytes.Index(rest[min(at, len(rest)):], first)
		if next < 0 {
			break
		}
		at += next
		if at+headerSize > len(rest) {
			break
		}
		if h, err := parseHeader(rest[at : at+headerSize]); err == nil && int64(at)+h.size() <= int64(len(rest)) && h.check(rest[at:int64(at)+h.size()]) == nil {
			return false
		}
	}
	if len(rest) < headerSize || rest[len(rest)-1] == 0 {
		return true
	}
	h, err := parseHeader(rest[:headerSize])
	return err == nil && h.size() > int64(len(rest))
}

// readLine reads the first line of a file.
func readLine(in io.ReaderAt) ([]byte, error) {
	text := make([]byte, 8<<10)
	n, err := in.ReadAt(text, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if end := slices.Index(text[:n], '\n'); end >= 0 {
		return text[:end+1], nil
	}
	return nil, ErrDamaged
}

// isGood reads a block, and reports whether it is as it was written.
func isGood(in io.ReaderAt, h header, at int64) bool {
	text := make([]byte, h.size())
	_, err := in.ReadAt(text, at)
	return err == nil && h.check(text) == nil
}

// readable returns the length of the part of a file that can be read, its records, and why the
// rest cannot.
func (f *File) readable() (good, records int64, err error) {
	in, err := os.Open(f.path)
	if err != nil {
		return 0, 0, err
	}
	defer in.Close()
	first, err := readLine(in)
	if err != nil {
		return 0, 0, err
	}
	head := make([]byte, headerSize)
	for good = int64(len(first)); good < f.size; {
		if _, err := in.ReadAt(head, good); err != nil {
			return good, records, err
		}
		h, err := parseHeader(head)
		if err != nil || good+h.size() > f.size || !isGood(in, h, good) {
			return good, records, ErrDamaged
		}
		good += h.size()
		records += int64(h.records)
	}
	return good, records, nil
}

// readSeen reads the IDs of the records that were stored last.
func (s *Store) readSeen(places []place) error {
	slices.SortStableFunc(places, func(a, b place) int { return cmp.Compare(b.at, a.at) })
	seen := map[ID]struct{}{}
	for _, p := range places {
		if len(seen)+p.records > maxSeen && len(seen) > 0 {
			break
		}
		in, err := os.Open(p.path)
		if err != nil {
			return err
		}
		ids := make([]byte, p.idBytes())
		_, err = in.ReadAt(ids, p.offset)
		if err = errors.Join(err, in.Close()); err != nil {
			return err
		}
		for id := range slices.Chunk(ids, len(ID{})) {
			seen[ID(id)] = struct{}{}
		}
	}
	if len(seen) > 0 {
		s.seen = seen
	}
	return nil
}
