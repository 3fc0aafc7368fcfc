package parking

import (
	"os"
	"os/signal"
	"path/filepath"
	"reflect"
	"syscall"
	"testing"
)

// A folder without room, or that cannot be written, leaves no queue behind. What cannot be
// moved to the end of its queue stays, and what is settled is not returned again.
func TestWithoutRoomOnTheDisk(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, 1<<20)
	park(t, s, loud, 0, 5)
	for _, fault := range faults {
		t.Run(fault.name, func(t *testing.T) {
			undo := fault.begin(t, dir)
			err := parkOne(s, other, entry(1))
			undo()
			if err == nil {
				t.Fatal("it was parked")
			}
			if s.Has(other) || len(s.Queues()) != 1 {
				t.Errorf("an empty queue stays: %v", s.Queues())
			}
			if files, _ := filepath.Glob(filepath.Join(dir, "*"+Extension)); len(files) != 1 {
				t.Errorf("%q", files)
			}
		})
	}
	p := next(t, s, loud, 5, 1<<20)
	undo := faults[0].begin(t, dir)
	err := s.Settle(p, []bool{true, false, true, false, true})
	undo()
	if err == nil {
		t.Fatal("it was written")
	}
	if got := take(t, s, loud, 1<<20); !reflect.DeepEqual(got, []Entry{entry(1), entry(3)}) {
		t.Errorf("%v", got)
	}
	if s.Records() != 0 || s.Has(loud) || s.Bytes() != 0 {
		t.Errorf("%d records are left", s.Records())
	}
}

// faults are what can be wrong with a disk. begin makes it so, and undo ends it.
var faults = []struct {
	name  string
	begin func(t *testing.T, dir string) (undo func())
}{
	{"no room", limitFileSize},
	{"the folder is gone", func(t *testing.T, dir string) func() {
		if err := os.Rename(dir, dir+".away"); err != nil {
			t.Fatal(err)
		}
		return func() {
			if err := os.Rename(dir+".away", dir); err != nil {
				t.Fatal(err)
			}
		}
	}},
}

// limitFileSize lets every write fail, as on a full disk (EFBIG instead of ENOSPC).
func limitFileSize(t *testing.T, _ string) (undo func()) {
	signal.Ignore(syscall.SIGXFSZ)
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 8, Max: before.Max}); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
			t.Fatal(err)
		}
	}
}
