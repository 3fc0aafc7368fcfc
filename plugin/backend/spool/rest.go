package spool

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"syscall"

	"github.com/k8slog/k8slog/internal/fsync"
)

// This file reads what is good behind the damage of a file. What is before the damage was
// uploaded (Store.Damaged).

var damagedName = regexp.MustCompile(`^[0-9]{12}\` + damagedEnd + `$`)

// IsDamaged reports whether a path is that of a file which Store.Damaged has kept.
func IsDamaged(path string) bool { return damagedName.MatchString(filepath.Base(path)) }

// DamagedFiles returns the paths of the files in a folder which Store.Damaged has kept, the
// oldest first.
func DamagedFiles(dir string) (paths []string, err error) {
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		if IsDamaged(e.Name()) {
			paths = append(paths, filepath.Join(dir, e.Name()))
		}
	}
	return paths, err
}

// Rest is what can be read behind the damage of a file. It is made by ReadRest.
type Rest struct {
	// Records are those that can be read.
	Records int64
	// Damaged is how many bytes cannot be read, and Lost how many records these had; negative
	// where that is unknown.
	Damaged, Lost int64

	first  []byte   // the header of the file
	blocks [][]byte // as they were written
}

// ReadRest reads a file that Store.Damaged has kept. It holds the file in memory.
func ReadRest(path string) (*Rest, error) {
	in, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	if info, err := in.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, errors.Join(err, fmt.Errorf("%s is no regular file", path))
	}
	text, err := io.ReadAll(in)
	if err != nil {
		return nil, err
	}
	r := &Rest{}
	var head about
	end := bytes.IndexByte(text, '\n') + 1
	if end == 0 || json.Unmarshal(text[:end], &head) != nil || head.Key == "" {
		return nil, fmt.Errorf("%s has no header: %w", path, ErrDamaged)
	}
	r.first, text = text[:end], text[end:]
	for n := goodBlock(text); n > 0; n = goodBlock(text) {
		text = text[n:]
	}
	r.scan(text)
	return r, nil
}

// goodBlock returns the length of the block at the start of a text; zero for none that is as
// it was written.
func goodBlock(text []byte) int {
	if len(text) < headerSize {
		return 0
	}
	h, err := parseHeader(text[:headerSize])
	if err != nil || h.size() > int64(len(text)) || h.check(text[:h.size()]) != nil {
		return 0
	}
	return int(h.size())
}

// scan finds the good blocks of a text that begins with the damage. No line can pass for one:
// its numbers have zero bytes, and JSON has none.
func (r *Rest) scan(text []byte) {
	first := binary.LittleEndian.AppendUint32(nil, mark)
	for len(text) > 0 {
		if n := goodBlock(text); n > 0 {
			h, _ := parseHeader(text)
			r.Records += int64(h.records)
			r.blocks, text = append(r.blocks, text[:n]), text[n:]
			continue
		}
		bad := len(text) // up to the next good block
		for at := 1; at < len(text); at++ {
			next := bytes.Index(text[at:], first)
			if next < 0 {
				break
			}
			if at += next; goodBlock(text[at:]) > 0 {
				bad = at
				break
			}
		}
		r.lose(text[:bad])
		text = text[bad:]
	}
}

// lose counts bytes that cannot be read. Where they are as long as blocks say, their records
// are known.
func (r *Rest) lose(text []byte) {
	r.Damaged += int64(len(text))
	for len(text) > 0 {
		if len(text) < headerSize || r.Lost < 0 {
			r.Lost = -1
			return
		}
		h, err := parseHeader(text[:headerSize])
		if err != nil || h.size() > int64(len(text)) {
			r.Lost = -1
			return
		}
		r.Lost += int64(h.records)
		text = text[h.size():]
	}
}

// Store writes what can be read into a folder, which it makes, as a file that waits for its
// upload, and syncs it. Written again, it is the same file.
func (r *Rest) Store(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	path := filepath.Join(dir, fmt.Sprintf("%012d", 1)+waitingEnd)
	out, err := os.OpenFile(path+".new", os.O_CREATE|os.O_TRUNC|os.O_WRONLY|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return err
	}
	for _, text := range append([][]byte{r.first}, r.blocks...) {
		if err == nil {
			_, err = out.Write(text)
		}
	}
	if err == nil {
		err = out.Sync()
	}
	if err = errors.Join(err, out.Close()); err == nil {
		err = os.Rename(path+".new", path)
	}
	if err != nil {
		return err
	}
	return fsync.Dir(dir)
}
