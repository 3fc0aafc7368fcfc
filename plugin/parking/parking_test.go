package parking

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

func open(t *testing.T, dir string, limit int64) *Store {
	t.Helper()
	s, err := Open(dir, limit, t.Errorf)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func entry(n int) Entry {
	return Entry{Tag: fmt.Sprint("tag ", n), Raw: fmt.Appendf(nil, "raw\x00\n %d", n), Records: 1 + n%3}
}

var (
	loud  = Key{Scope: `{pod="loud"}`}
	other = Key{Partition: "tenant", Scope: "x", Record: true}
)

func park(t *testing.T, s *Store, key Key, from, to int) {
	t.Helper()
	var entries []Entry
	for n := from; n < to; n++ {
		entries = append(entries, entry(n))
	}
	if err := s.Park(key, entries); err != nil {
		t.Fatal(err)
	}
}

// take removes all entries of a key in portions, and returns them.
func take(t *testing.T, s *Store, key Key, bytes int) (all []Entry) {
	t.Helper()
	for {
		entries, err := s.Next(key, bytes)
		if err != nil {
			t.Fatal(err)
		}
		if len(entries) == 0 {
			return all
		}
		all = append(all, entries...)
		if err := s.Done(key, len(entries)); err != nil {
			t.Fatal(err)
		}
	}
}

func want(from, to int) (entries []Entry) {
	for n := from; n < to; n++ {
		entries = append(entries, entry(n))
	}
	return entries
}

func TestQueuesKeepTheirOrder(t *testing.T) {
	s := open(t, t.TempDir(), 1<<20)
	for n := range 10 {
		park(t, s, loud, 10*n, 10*n+10)
		park(t, s, other, n, n+1)
	}
	if !s.Has(loud) || s.Has(Key{Scope: "y"}) || len(s.Keys()) != 2 {
		t.Error(s.Keys())
	}
	if got := take(t, s, loud, 500); !reflect.DeepEqual(got, want(0, 100)) {
		t.Errorf("%v", got)
	}
	if got := take(t, s, other, 0); !reflect.DeepEqual(got, want(0, 10)) {
		t.Errorf("%v", got)
	}
	if s.Records() != 0 || s.Bytes() != 0 || len(s.Keys()) != 0 {
		t.Errorf("%d records, %d bytes, %v are left", s.Records(), s.Bytes(), s.Keys())
	}
}

// What was parked is there after a restart, and what is done is not.
func TestStoreOutlivesTheProcess(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, 1<<20)
	park(t, s, loud, 0, 20)
	park(t, s, other, 0, 2)
	if err := s.Done(loud, 5); err != nil {
		t.Fatal(err)
	}
	records := s.Records()
	if _, err := Open(dir, 1<<20, t.Errorf); err == nil {
		t.Fatal("two outputs share a folder")
	}
	s.Close()
	s = open(t, dir, 1<<20)
	if s.Records() != records {
		t.Errorf("%d records, not %d", s.Records(), records)
	}
	park(t, s, loud, 20, 30)
	if got := take(t, s, loud, 1<<20); !reflect.DeepEqual(got, want(5, 30)) {
		t.Errorf("%v", got)
	}
	if got := take(t, s, other, 1<<20); !reflect.DeepEqual(got, want(0, 2)) {
		t.Errorf("%v", got)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*"+extension+"*")); len(left) != 0 {
		t.Errorf("%q are left", left)
	}
}

func TestStoreIsBounded(t *testing.T) {
	s := open(t, t.TempDir(), 4096)
	n := 0
	for ; n < 1000; n++ {
		if err := s.Park(loud, []Entry{entry(n)}); err != nil {
			if !errors.Is(err, ErrFull) {
				t.Fatal(err)
			}
			break
		}
	}
	if n < 10 || s.Bytes() > 4096 {
		t.Errorf("%d entries, %d bytes", n, s.Bytes())
	}
	if got := take(t, s, loud, 300); !reflect.DeepEqual(got, want(0, n)) {
		t.Errorf("%v", got)
	}
	for n := range 2 * maxQueues {
		_ = s.Park(Key{Scope: fmt.Sprint(n)}, []Entry{entry(n)})
	}
	if n := len(s.Keys()); n > maxQueues {
		t.Errorf("%d queues", n)
	}
}

// A line that a crash has cut was never acknowledged. A file that is damaged is
// left alone, and said so.
func TestDamagedFiles(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, 1<<20)
	park(t, s, loud, 0, 3)
	s.Close()
	files, _ := filepath.Glob(filepath.Join(dir, "*"+extension))
	text, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(files[0], append(text, `{"tag":"half`...), 0o600); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir, 1<<20)
	park(t, s, loud, 3, 5)
	if got := take(t, s, loud, 1<<20); !reflect.DeepEqual(got, want(0, 5)) {
		t.Errorf("%v", got)
	}
	s.Close()
	for name, content := range map[string]string{"000000000007.parked": "no key", "000000000008.parked": `{"scope":"a"}` + "\n{}\n", "x.parked": ""} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	warnings := 0
	s, err = Open(dir, 1<<20, func(string, ...any) { warnings++ })
	if err != nil || warnings != 3 || s.Records() != 0 {
		t.Errorf("%v, %d warnings", err, warnings)
	}
	park(t, s, loud, 0, 1)
	s.Close()
}

// A crash between the removal of a file and of what is known of its progress leaves
// the latter. The next file with the same number is not taken for done.
func TestProgressOfAnotherFile(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "000000000001.parked.done"), []byte("1000000"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := open(t, dir, 1<<20)
	park(t, s, loud, 0, 20)
	s.Close()
	s = open(t, dir, 1<<20)
	if got := take(t, s, loud, 1<<20); !reflect.DeepEqual(got, want(0, 20)) {
		t.Errorf("%v", got)
	}
}

// Where the store is full, what is left of a portion still replaces the portion.
func TestRequeueNeedsNoRoom(t *testing.T) {
	s := open(t, t.TempDir(), 4096)
	n := 0
	for s.Park(loud, []Entry{entry(n)}) == nil {
		n++
	}
	var kept []Entry
	for range 2 * n {
		entries, err := s.Next(loud, 500)
		if err != nil || len(entries) == 0 {
			break
		}
		kept = entries[1:]
		if err := s.Requeue(loud, len(entries), kept); err != nil {
			t.Fatal(err)
		}
	}
	if left, _ := s.Next(loud, 1<<20); len(left) != 0 {
		t.Errorf("%d entries are left", len(left))
	}
	if s.Records() != 0 || s.Bytes() != 0 {
		t.Errorf("%d records, %d bytes are left", s.Records(), s.Bytes())
	}
}
