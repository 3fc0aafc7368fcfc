package rotatefile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
)

func open(t *testing.T, path string) *File {
	t.Helper()
	f, err := Open(path, 0o600, Rotation{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func add(t *testing.T, f *File, parts ...string) {
	t.Helper()
	if err := f.Append(t.Context(), split(parts...)...); err != nil {
		t.Fatal(err)
	}
}

func split(parts ...string) (list [][]byte) {
	for _, p := range parts {
		list = append(list, []byte(p))
	}
	return list
}

func holds(t *testing.T, path, want string) {
	t.Helper()
	if got, err := os.ReadFile(path); err != nil || string(got) != want {
		t.Errorf("%s holds %q, %v, want %q", filepath.Base(path), got, err, want)
	}
}

func TestAppend(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "directory", "f")
	f := open(t, path)
	add(t, f, "one\n", "", "two\n")
	add(t, f)
	add(t, f, "three\n")
	holds(t, path, "one\ntwo\nthree\n")
	add(t, open(t, path), "four\n")
	holds(t, path, "one\ntwo\nthree\nfour\n")
}

func TestModesArePrivate(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	for name, mode := range map[string]fs.FileMode{"secret": 0o600, "readable": 0o640} {
		f, err := Open(filepath.Join(dir, name), mode, Rotation{})
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Mode().Perm()&^mode != 0 || info.Mode().Perm()&0o600 != 0o600 {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm()&0o007 != 0 {
		t.Errorf("the directory: %v, %v", info.Mode(), err)
	}
}

func TestAppendReopensThePath(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a", "f")
	f := open(t, path)
	add(t, f, "one\n")

	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	add(t, f, "two\n")
	holds(t, path+".1", "one\n")
	holds(t, path, "two\n")

	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	add(t, f, "three\n")
	holds(t, path, "three\n")

	if err := os.RemoveAll(filepath.Join(dir, "a")); err != nil {
		t.Fatal(err)
	}
	add(t, f, "four\n")
	holds(t, path, "four\n")

	if err := os.Truncate(path, 0); err != nil { // as copytruncate does
		t.Fatal(err)
	}
	add(t, f, "five\n")
	holds(t, path, "five\n")

	if err := errors.Join(os.WriteFile(path+".new", []byte("six\n"), 0o600), os.Rename(path+".new", path)); err != nil {
		t.Fatal(err)
	}
	add(t, f, "seven\n")
	holds(t, path, "six\nseven\n")
}

func TestOpenRefusesOtherPaths(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	paths := map[string]error{dir: nil, filepath.Join(dir, "file", "f"): syscall.ENOTDIR, filepath.Join(dir, "file", "d", "f"): syscall.ENOTDIR, "": nil}
	if os.Geteuid() != 0 { // root ignores permissions
		if err := os.Mkdir(filepath.Join(dir, "closed"), 0o500); err != nil {
			t.Fatal(err)
		}
		paths[filepath.Join(dir, "closed", "f")] = fs.ErrPermission
	}
	for path, want := range paths {
		f, err := Open(path, 0o600, Rotation{})
		if err == nil || want != nil && !errors.Is(err, want) || !strings.HasPrefix(err.Error(), "cannot ") || !strings.Contains(err.Error(), path) {
			t.Errorf("%q: %v, %v", path, f, err)
		}
	}
}

func TestAppendFailsWhileThePathIsUnusable(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "f")
	f := open(t, path)
	dir := filepath.Dir(path)
	if err := errors.Join(os.RemoveAll(dir), os.WriteFile(dir, nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := f.Append(t.Context(), split("lost\n")...); err == nil {
			t.Error("written without a file")
		}
	}
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	add(t, f, "kept\n")
	holds(t, path, "kept\n")
}

func TestAppendToAFullDisk(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip(err)
	}
	f := open(t, "/dev/full")
	if err := f.Append(t.Context(), split("one\n")...); !errors.Is(err, syscall.ENOSPC) {
		t.Error(err)
	}
}

func TestAppendToADevice(t *testing.T) {
	add(t, open(t, "/dev/null"), "one\n")
}

// limitFileSize makes writes fail after the n-th byte of a file, like a full disk. lift ends
// that.
func limitFileSize(t *testing.T, n uint64) (lift func()) {
	t.Helper()
	signal.Ignore(syscall.SIGXFSZ)
	var old syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
		t.Skip(err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: n, Max: old.Max}); err != nil {
		t.Skip(err)
	}
	return func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
			t.Error(err)
		}
	}
}

func TestFailedWriteIsTruncated(t *testing.T) {
	// The limit applies to all files of the process. The file is large and sparse, so that
	// no other file reaches the limit.
	const long = 1 << 30
	for name, parts := range map[string][]string{
		"in the first part":  {strings.Repeat("x", 200) + "\n"},
		"in the second part": {"first\n", strings.Repeat("x", 200) + "\n"},
		"between parts":      {strings.Repeat("x", 92) + "\n", "y\n"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "f")
			f := open(t, path)
			if err := os.Truncate(path, long); err != nil {
				t.Skip(err)
			}
			add(t, f, "before\n")
			lift := limitFileSize(t, long+100)
			err := f.Append(t.Context(), split(parts...)...)
			lift()
			if !errors.Is(err, syscall.EFBIG) {
				t.Fatal(err)
			}
			add(t, f, "after\n")
			read, err := os.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer read.Close()
			if got, err := io.ReadAll(io.NewSectionReader(read, long, 1000)); err != nil || string(got) != "before\nafter\n" {
				t.Errorf("the file ends with %q, %v", got, err)
			}
		})
	}
}

func TestConcurrentAppendsAreNotInterleaved(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	files := []*File{open(t, path), open(t, path)} // two instances of the plugin
	var all sync.WaitGroup
	for worker := range 4 {
		all.Go(func() {
			for i := range 20 {
				if err := files[worker%2].Append(t.Context(), fmt.Appendf(nil, "%d %d %s\n", worker, i, strings.Repeat("x", 5000))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	next := map[int]int{}
	for line := range bytes.Lines(got) {
		var worker, i int
		if n, err := fmt.Sscanf(string(line), "%d %d x", &worker, &i); n != 2 || len(line) < 5004 || len(line) > 5007 || i != next[worker] {
			t.Fatalf("%.20q, %v", line, err)
		}
		next[worker]++
	}
	if len(next) != 4 || next[0]+next[1]+next[2]+next[3] != 80 {
		t.Error(next)
	}
}

func BenchmarkAppend(b *testing.B) {
	f, err := Open(filepath.Join(b.TempDir(), "f"), 0o600, Rotation{})
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	part := bytes.Repeat([]byte("a line of text\n"), 1000)
	b.SetBytes(int64(len(part)))
	b.ReportAllocs()
	for b.Loop() {
		if err := f.Append(b.Context(), part); err != nil {
			b.Fatal(err)
		}
	}
}
