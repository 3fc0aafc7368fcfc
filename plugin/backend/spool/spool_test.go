package spool

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// open opens a folder; log has the lines of its log.
func open(t *testing.T, dir string, change func(c *Config)) (s *Store, log *strings.Builder) {
	t.Helper()
	log = &strings.Builder{}
	note := func(format string, args ...any) { fmt.Fprintf(log, format+"\n", args...) }
	c := Config{Dir: dir, Limit: 1 << 20, MaxBytes: 1 << 20, MaxAge: time.Hour, Node: "n1", Warnf: note, Errorf: note}
	if change != nil {
		change(&c)
	}
	s, err := Open(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s, log
}

func id(n int) []byte {
	var all ID
	copy(all[:], fmt.Sprintf("%024d", n))
	return all[:]
}

// block has the records from one number on.
func block(key string, from, n int) *Block {
	b := &Block{Key: key}
	for i := from; i < from+n; i++ {
		b.Add(id(i), fmt.Appendf(nil, "{\"n\":%d}\n", i))
	}
	return b
}

func add(t *testing.T, s *Store, blocks ...*Block) {
	t.Helper()
	for _, err := range s.Append(blocks) {
		if err != nil {
			t.Fatal(err)
		}
	}
}

func content(t *testing.T, f *File) string {
	t.Helper()
	var text bytes.Buffer
	if _, err := f.WriteTo(&text); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

func lines(from, n int) string {
	text := ""
	for i := from; i < from+n; i++ {
		text += fmt.Sprintf("{\"n\":%d}\n", i)
	}
	return text
}

// Files are closed by size and by age, given out once, tried again after a pause, and stay for
// a while when they are done.
func TestLife(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	s, log := open(t, dir, func(c *Config) { c.MaxBytes = 100 })
	now := time.Now()
	add(t, s, block("x/", 0, 3), block("y/", 100, 2))
	s.Tick(now, false)
	if f := s.Next(now); f != nil {
		t.Fatalf("%s is neither large nor old", f.Key)
	}
	add(t, s, block("x/", 3, 20))
	add(t, s, block("x/", 23, 1))
	f := s.Next(now)
	if f == nil || f.Key != "x/" || f.Node != "n1" || f.Records() != 23 || content(t, f) != lines(0, 23) {
		t.Fatalf("%+v", f)
	}
	if g := s.Figures(); g.Files != 3 || g.Records != 26 || g.Bytes == 0 || now.Sub(g.Oldest) > time.Minute {
		t.Errorf("%+v", g)
	}
	if other := s.Next(now); other != nil {
		t.Errorf("%s was given out", other.Key)
	}
	s.Failed(f, errors.New("no bucket"), now, time.Second, time.Minute)
	if g := s.Figures(); g.Err == nil || !g.FailingSince.Equal(now) {
		t.Errorf("%+v", g)
	}
	if s.Next(now) != nil || s.Next(now.Add(time.Second)) != f {
		t.Error("it comes again after a second")
	}
	if err := s.Done(f, now); err != nil {
		t.Fatal(err)
	}
	s.Tick(now.Add(time.Hour), false)
	var rest []string
	for f := s.Next(now); f != nil; f = s.Next(now) {
		rest = append(rest, f.Key+content(t, f))
	}
	slices.Sort(rest)
	if want := []string{"x/" + lines(23, 1), "y/" + lines(100, 2)}; !slices.Equal(rest, want) {
		t.Errorf("%q", rest)
	}
	if names, _ := filepath.Glob(filepath.Join(dir, "*.sent")); len(names) != 0 {
		t.Errorf("%q are kept for an hour", names)
	}
	for _, path := range []string{dir, f.path} {
		if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: %v", path, info.Mode())
		}
	}
	if log.Len() > 0 {
		t.Error(log)
	}
}

// Above the limit nothing is taken. What is uploaded makes room at once.
func TestLimit(t *testing.T) {
	s, _ := open(t, t.TempDir(), func(c *Config) { c.Limit = 20 << 10 })
	n := 0
	for ; s.Append([]*Block{block(fmt.Sprint("key ", n), n, 1)})[0] == nil; n++ {
	}
	if n != 4 {
		t.Errorf("%d files", n)
	}
	if err := s.Append([]*Block{block("other", n, 1)})[0]; !errors.Is(err, ErrFull) {
		t.Errorf("%v", err)
	}
	s.Tick(time.Now(), true)
	if err := s.Done(s.Next(time.Now()), time.Now()); err != nil {
		t.Fatal(err)
	}
	add(t, s, block("other", n, 1))
	if g := s.Figures(); g.Files != 4 || g.Bytes > 20<<10 {
		t.Errorf("%+v", g)
	}
}

// A write that fails leaves what was there, and the next one begins another file.
func TestWriteFails(t *testing.T) {
	dir := t.TempDir()
	s, _ := open(t, dir, nil)
	add(t, s, block("x/", 0, 2))
	for _, f := range s.open {
		if err := os.Rename(f.path, f.path+"-away"); err != nil {
			t.Fatal(err)
		}
		if err := s.Append([]*Block{block("x/", 2, 2)})[0]; err == nil {
			t.Error("there is no file, and no error")
		}
		if err := os.Rename(f.path+"-away", f.path); err != nil {
			t.Fatal(err)
		}
	}
	add(t, s, block("x/", 2, 2))
	s.Tick(time.Now(), true)
	got := ""
	for f := s.Next(time.Now()); f != nil; f = s.Next(time.Now()) {
		got += content(t, f)
	}
	if got != lines(0, 4) {
		t.Errorf("%q", got)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	before := s.Figures().Bytes
	if err := s.Append([]*Block{block("z/", 9, 1)})[0]; err == nil || s.Figures().Bytes != before || len(s.open) != 0 {
		t.Errorf("%v, %+v", err, s.Figures())
	}
}

// Many append while files are closed and taken away: every record is in one file.
func TestConcurrent(t *testing.T) {
	s, _ := open(t, t.TempDir(), func(c *Config) { c.MaxBytes, c.Limit = 200, 64<<20 })
	var appends, uploads sync.WaitGroup
	var over atomic.Bool
	for w := range 4 {
		appends.Go(func() {
			for n := range 50 {
				for _, err := range s.Append([]*Block{block("x/", 1000*w+2*n, 1), block(fmt.Sprint("y", n%3, "/"), 1000*w+2*n+1, 1)}) {
					if err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	var mu sync.Mutex
	got := map[string]int{}
	for range 2 {
		uploads.Go(func() {
			for ended := false; !ended; {
				ended = over.Load()
				s.Tick(time.Now(), ended)
				for f := s.Next(time.Now()); f != nil; f = s.Next(time.Now()) {
					text := content(t, f)
					mu.Lock()
					for line := range strings.Lines(text) {
						got[line]++
					}
					mu.Unlock()
					if err := s.Done(f, time.Now()); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	appends.Wait()
	over.Store(true)
	uploads.Wait()
	for w := range 4 {
		for n := range 100 {
			if line := fmt.Sprintf("{\"n\":%d}\n", 1000*w+n); got[line] != 1 {
				t.Errorf("%q is there %d times", line, got[line])
			}
		}
	}
	if g := s.Figures(); len(got) != 400 || g.Records != 0 || g.Files != 0 {
		t.Errorf("%d lines, %+v", len(got), g)
	}
}
