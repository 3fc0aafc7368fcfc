package spool

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// The next process gets what is left, as it was, and knows the records by their IDs, also those
// of a file that was uploaded just now. A folder has one user.
func TestNextProcess(t *testing.T) {
	dir := t.TempDir()
	s, _ := open(t, dir, nil)
	add(t, s, block("x/", 0, 3), block("y/", 100, 2))
	s.Tick(time.Now(), true)
	done, waits := s.Next(time.Now()), s.Next(time.Now())
	if err := s.Done(done, time.Now()); err != nil {
		t.Fatal(err)
	}
	add(t, s, block("x/", 3, 3))
	if _, err := Open(s.config); err == nil {
		t.Error("two stores have one folder")
	}
	s.Close()

	again, log := open(t, dir, nil)
	add(t, again, block("x/", 6, 1)) // which begins another file
	got := map[string]bool{}
	for f := again.Next(time.Now()); f != nil; f = again.Next(time.Now()) {
		got[f.Key+content(t, f)] = true
		if sum, err := f.Sum(); err != nil || f.path == waits.path && sum != mustSum(t, waits) {
			t.Errorf("another hash: %v", err)
		}
	}
	left := lines(0, 3)
	if waits.Key == "y/" {
		left = lines(100, 2)
	}
	if len(got) != 2 || !got[waits.Key+left] || !got["x/"+lines(3, 3)] {
		t.Errorf("%v", got)
	}
	for n, want := range map[int]bool{0: true, 2: true, 5: true, 100: true, 101: true, 6: false, 102: false} {
		if again.Has(id(n)) != want {
			t.Errorf("record %d", n)
		}
	}
	if g := again.Figures(); g.Repeated != 5 {
		t.Errorf("%+v", g)
	}
	if log.Len() > 0 {
		t.Error(log)
	}
}

func mustSum(t *testing.T, f *File) [32]byte {
	t.Helper()
	sum, err := f.Sum()
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

// onDisk returns the only file of a folder, with three blocks of two records, and where these
// end.
func onDisk(t *testing.T, dir string) (path string, text []byte, ends []int) {
	t.Helper()
	s, _ := open(t, dir, nil)
	for n := range 3 {
		add(t, s, block("x/", 2*n, 2))
		for _, f := range s.open {
			path = f.path
		}
		text, _ = os.ReadFile(path)
		ends = append(ends, len(text))
	}
	s.Close()
	return path, text, ends
}

// Whatever of the last block a crash has left, the blocks before it are there, and nothing is
// made up. Each length of the file is tried, with nothing and with zeros behind it.
func TestTorn(t *testing.T) {
	path, text, ends := onDisk(t, t.TempDir())
	header := bytes.IndexByte(text, '\n') + 1
	for size := header; size < len(text); size++ {
		for _, zeros := range []int{0, 100} {
			dir := t.TempDir()
			torn := append(bytes.Clone(text[:size]), make([]byte, zeros)...)
			if err := os.WriteFile(filepath.Join(dir, filepath.Base(path)), torn, 0o600); err != nil {
				t.Fatal(err)
			}
			s, log := open(t, dir, nil)
			want := 0
			for _, end := range ends {
				if size >= end {
					want += 2
				}
			}
			f := s.Next(time.Now())
			if (f != nil) != (want > 0) || f != nil && (content(t, f) != lines(0, want) || f.Records() != int64(want)) || s.Has(id(want)) || want > 0 && !s.Has(id(want-1)) {
				t.Fatalf("%d bytes and %d zeros: %d records wanted", size, zeros, want)
			}
			if cut := !slices.Contains(append(ends, header), size) || zeros > 0; cut != strings.Contains(log.String(), "cut off") || strings.Contains(log.String(), "cannot be read") {
				t.Errorf("%d bytes and %d zeros: %s", size, zeros, log)
			}
			s.Close()
		}
	}
}

// A byte that is not as it was written is noticed wherever it is. What is before it can be
// uploaded, and the file stays for somebody to look at.
func TestDamaged(t *testing.T) {
	path, text, ends := onDisk(t, t.TempDir())
	header := bytes.IndexByte(text, '\n') + 1
	for at := header; at < ends[1]; at++ { // of the last block it may be a crash
		dir := t.TempDir()
		bad := bytes.Clone(text)
		bad[at] ^= 0x10
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(path)), bad, 0o600); err != nil {
			t.Fatal(err)
		}
		s, log := open(t, dir, nil)
		want := 0
		if at >= ends[0] {
			want = 2
		}
		for f := s.Next(time.Now()); f != nil; f = s.Next(time.Now()) {
			if _, err := f.Sum(); errors.Is(err, ErrDamaged) {
				s.Damaged(f)
				continue
			} else if err != nil {
				t.Fatalf("byte %d: %v", at, err)
			}
			if got := content(t, f); got != lines(0, want) {
				t.Fatalf("byte %d: %q", at, got)
			}
			if err := s.Done(f, time.Now()); err != nil {
				t.Fatal(err)
			}
		}
		kept, _ := filepath.Glob(filepath.Join(dir, "*.damaged"))
		if len(kept) != 1 || !strings.Contains(log.String(), "cannot be read") {
			t.Fatalf("byte %d: %q is kept, log %s", at, kept, log)
		}
		if left, _ := os.ReadFile(kept[0]); !bytes.Equal(left, bad) {
			t.Fatalf("byte %d: the file is another one", at)
		}
		s.Close()
	}
}
