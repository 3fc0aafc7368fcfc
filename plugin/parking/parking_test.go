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

// entry returns an entry. Entries of ten have the same tag.
func entry(n int) Entry {
	return Entry{Tag: fmt.Sprint("tag ", n/10), Raw: fmt.Appendf(nil, "raw\x00\n %d", n), Records: 1 + n%3}
}

var (
	loud  = Key{Scope: `{pod="loud"}`}
	other = Key{Partition: "tenant", Scope: "x", Record: true}
)

func parkOne(s *Store, key Key, entries ...Entry) error { return s.Park(Batch{key, entries})[0] }

func park(t *testing.T, s *Store, key Key, from, to int) {
	t.Helper()
	if err := parkOne(s, key, want(from, to)...); err != nil {
		t.Fatal(err)
	}
}

func next(t *testing.T, s *Store, key Key, entries, bytes int) *Portion {
	t.Helper()
	p, err := s.Next(key, entries, bytes)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// settle settles the first n entries of a portion.
func settle(t *testing.T, s *Store, p *Portion, n int) {
	t.Helper()
	settled := make([]bool, len(p.Entries))
	for i := range n {
		settled[i] = true
	}
	if err := s.Settle(p, settled); err != nil {
		t.Fatal(err)
	}
}

// take removes all entries of a key in portions, and returns them.
func take(t *testing.T, s *Store, key Key, bytes int) (all []Entry) {
	t.Helper()
	for {
		p := next(t, s, key, 100, bytes)
		if len(p.Entries) == 0 {
			return all
		}
		all = append(all, p.Entries...)
		settle(t, s, p, len(p.Entries))
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
	if !s.Has(loud) || s.Has(Key{Scope: "y"}) || len(s.Queues()) != 2 {
		t.Error(s.Queues())
	}
	if got := take(t, s, loud, 500); !reflect.DeepEqual(got, want(0, 100)) {
		t.Errorf("%v", got)
	}
	if got := take(t, s, other, 0); !reflect.DeepEqual(got, want(0, 10)) {
		t.Errorf("%v", got)
	}
	if s.Records() != 0 || s.Bytes() != 0 || len(s.Queues()) != 0 {
		t.Errorf("%d records, %d bytes, %v are left", s.Records(), s.Bytes(), s.Queues())
	}
}

// A portion has one tag, and no more entries than asked for.
func TestPortions(t *testing.T) {
	s := open(t, t.TempDir(), 1<<20)
	park(t, s, loud, 0, 15)
	if p := next(t, s, loud, 100, 1<<20); len(p.Entries) != 10 {
		t.Errorf("%d entries of several tags", len(p.Entries))
	}
	if p := next(t, s, loud, 3, 1<<20); len(p.Entries) != 3 {
		t.Errorf("%d entries", len(p.Entries))
	}
}

// What was parked is there after a restart, and what is settled is not.
func TestStoreOutlivesTheProcess(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, 1<<20)
	park(t, s, loud, 0, 20)
	park(t, s, other, 0, 2)
	settle(t, s, next(t, s, loud, 5, 1<<20), 5)
	records, queues := s.Records(), s.Queues()
	if _, err := Open(dir, 1<<20, t.Errorf); err == nil {
		t.Fatal("two outputs share a folder")
	}
	s.Close()
	s = open(t, dir, 1<<20)
	if s.Records() != records || len(s.Queues()) != len(queues) || s.Queues()[0].Since.IsZero() {
		t.Errorf("%d records, not %d; %v", s.Records(), records, s.Queues())
	}
	park(t, s, loud, 20, 30)
	if got := take(t, s, loud, 1<<20); !reflect.DeepEqual(got, want(5, 30)) {
		t.Errorf("%v", got)
	}
	if got := take(t, s, other, 1<<20); !reflect.DeepEqual(got, want(0, 2)) {
		t.Errorf("%v", got)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*"+Extension+"*")); len(left) != 0 {
		t.Errorf("%q are left", left)
	}
}

func TestStoreIsBounded(t *testing.T) {
	s := open(t, t.TempDir(), 4096)
	n := 0
	for ; n < 1000; n++ {
		if err := parkOne(s, loud, entry(n)); err != nil {
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
	if s.Has(loud) {
		t.Error("the empty queue is there")
	}
}

// A flood of keys shares one queue, in a bounded number of files. Each of these keys has
// its entries, also after a restart, and no other key is held back.
func TestManyKeysShareAQueue(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, 64<<20)
	const keys = 18_000
	var batches []Batch
	for n := range keys {
		batches = append(batches, Batch{Key{Partition: fmt.Sprint(n), Record: true}, want(n, n+1)})
	}
	for _, err := range s.Park(batches...) {
		if err != nil {
			t.Fatal(err)
		}
	}
	if files, _ := filepath.Glob(filepath.Join(dir, "*")); len(files) > maxQueues+2 {
		t.Errorf("%d files", len(files))
	}
	for range 2 {
		for _, b := range batches {
			if !s.Has(b.Key) {
				t.Fatalf("%v is not parked", b.Key)
			}
		}
		if s.Has(Key{Partition: "innocent", Record: true}) {
			t.Error("a key without entries is held back")
		}
		if n := len(s.Queues()); n != maxQueues+1 {
			t.Errorf("%d queues", n)
		}
		if s.Records() < keys {
			t.Errorf("%d records", s.Records())
		}
		s = reopen(t, s, 64<<20)
	}
	// What is not taken goes to the end, with its key.
	shared := Key{Shared: true}
	settle(t, s, next(t, s, shared, 100, 1<<20), 3)
	s = reopen(t, s, 64<<20)
	entries := take(t, s, shared, 1<<20)
	if len(entries) != keys-maxQueues-3 {
		t.Errorf("%d entries shared a queue", len(entries))
	}
	if s.Has(batches[keys-1].Key) || len(s.shared) != 0 || !s.Has(batches[0].Key) {
		t.Errorf("%d keys are left", len(s.shared))
	}
	// More keys than can be known stay in their chunk.
	batches = nil
	for n := range maxSharedKeys + maxQueues + 1 {
		batches = append(batches, Batch{Key{Scope: fmt.Sprint(n)}, want(0, 1)})
	}
	if errs := s.Park(batches...); !errors.Is(errs[len(errs)-1], ErrFull) || len(s.shared) != 0 {
		t.Errorf("%v, %d keys share the queue", errs[len(errs)-1], len(s.shared))
	}
}

// reopen closes a store, and opens its folder again.
func reopen(t *testing.T, s *Store, limit int64) *Store {
	t.Helper()
	s.Close()
	return open(t, s.dir, limit)
}

// Where the store is full, what is left of a portion still replaces the portion.
func TestSettleNeedsNoRoom(t *testing.T) {
	s := open(t, t.TempDir(), 4096)
	n := 0
	for parkOne(s, loud, entry(n)) == nil {
		n++
	}
	for range 2 * n {
		p := next(t, s, loud, 100, 500)
		if len(p.Entries) == 0 {
			break
		}
		settle(t, s, p, 1)
	}
	if s.Records() != 0 || s.Bytes() != 0 || s.Has(loud) {
		t.Errorf("%d records, %d bytes are left", s.Records(), s.Bytes())
	}
}

// A crash between the removal of a file and of what is known of its progress leaves
// the latter. The next file with the same number is not taken for settled.
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
