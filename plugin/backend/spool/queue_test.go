package spool

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Files that are refused whenever they are tried do not keep the others from their upload, and
// are tried all the same.
func TestRefusedFilesDoNotHoldUpOthers(t *testing.T) {
	s, _ := open(t, t.TempDir(), nil)
	now := time.Now()
	for n := range 20 {
		add(t, s, block(fmt.Sprintf("refused/%d/", n), n, 1))
		s.Tick(now, true)
	}
	refused := func(f *File) bool { return strings.HasPrefix(f.Key, "refused/") }
	for f := s.Next(now); f != nil; f = s.Next(now) {
		s.Failed(f, errors.New("denied"), now, time.Second, time.Minute)
	}
	for n := range 80 {
		add(t, s, block(fmt.Sprintf("good/%d/", n), 100+n, 1))
		s.Tick(now, true)
	}
	good, bad := 0, 0
	for range 80 { // every upload takes longer than the pause of a file
		now = now.Add(2 * time.Minute)
		f := s.Next(now)
		if refused(f) {
			bad++
			s.Failed(f, errors.New("denied"), now, time.Second, time.Minute)
		} else if good++; s.Done(f, now) != nil {
			t.Fatal("cannot end an upload")
		}
	}
	if good != 70 || bad != 10 {
		t.Errorf("%d good files and %d refused ones were tried; wanted 70 and 10", good, bad)
	}
}

// A clock that is set back does not keep a file from its upload.
func TestClockIsSetBack(t *testing.T) {
	s, _ := open(t, t.TempDir(), nil)
	add(t, s, block("x/", 0, 1))
	now := time.Now()
	for _, f := range s.open { // as it is written while the clock is ten years ahead
		f.Since = f.Since.AddDate(10, 0, 0)
	}
	s.Tick(now.Add(2*time.Hour), false)
	if s.Next(now.Add(2*time.Hour)) == nil {
		t.Error("a file of two hours is not uploaded")
	}
}

// A file that becomes shorter, or is removed, while it waits is noticed, also where a block
// ends, and does not wait forever.
func TestFileIsCut(t *testing.T) {
	for _, blocks := range []int{-1, 0, 1, 2} { // that are left; -1 without the file
		for _, more := range []int{0, 10} {
			s, log := open(t, t.TempDir(), nil)
			var ends []int64
			for n := range 3 {
				add(t, s, block("x/", 2*n, 2))
				info, err := os.Stat(s.open["x/"].path)
				if err != nil {
					t.Fatal(err)
				}
				ends = append(ends, info.Size())
			}
			first := int64(len(mustHeader(t, s.open["x/"])))
			s.Tick(time.Now(), true)
			f := s.Next(time.Now())
			size := first
			if blocks > 0 {
				size = ends[blocks-1]
			}
			err := os.Truncate(f.path, size+int64(more))
			if blocks < 0 {
				err = os.Remove(f.path)
			}
			if err != nil {
				t.Fatal(err)
			}
			if _, err := f.Sum(); !errors.Is(err, ErrDamaged) {
				t.Fatalf("%d blocks and %d bytes are left: %v", blocks, more, err)
			}
			s.Damaged(f)
			if f = s.Next(time.Now()); f == nil || content(t, f) != lines(0, 2*max(blocks, 0)) || f.Records() != int64(2*max(blocks, 0)) {
				t.Fatalf("%d blocks and %d bytes are left: %+v", blocks, more, f)
			}
			if err := s.Done(f, time.Now()); err != nil || !strings.Contains(log.String(), "cannot be read") {
				t.Errorf("%d blocks and %d bytes are left: %v, log %s", blocks, more, err, log)
			}
			if g := s.Figures(); g.Files != 0 {
				t.Errorf("%+v", g)
			}
			s.Close()
		}
	}
}

func mustHeader(t *testing.T, f *File) []byte {
	t.Helper()
	in, err := os.Open(f.path)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	line, err := readLine(in)
	if err != nil {
		t.Fatal(err)
	}
	return line
}

// On a full disk, the files that are uploaded make room at once, and nothing else does.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	s, _ := open(t, dir, nil)
	add(t, s, block("x/", 0, 2), block("y/", 2, 2))
	s.Tick(time.Now(), true)
	for range 2 {
		if err := s.Done(s.Next(time.Now()), time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	add(t, s, block("z/", 4, 2))
	full := fmt.Errorf("cannot write: %w", &os.PathError{Op: "write", Path: dir, Err: syscall.ENOSPC})
	if s.makeRoom(errors.New("no such file")) || !s.makeRoom(full) || s.makeRoom(full) {
		t.Error("room is made for another error, or not, or twice")
	}
	sent, _ := filepath.Glob(filepath.Join(dir, "*"+sentEnd))
	waiting, _ := filepath.Glob(filepath.Join(dir, "*"+waitingEnd))
	if len(sent) != 0 || len(waiting) != 1 {
		t.Errorf("%q, %q", sent, waiting)
	}
}
