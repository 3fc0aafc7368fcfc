package disk

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestUnreadable: of a log that cannot be read, the figures say why, until it can.
func TestUnreadable(t *testing.T) {
	n := newNode(t)
	loop := filepath.Join(n.dir, "containers", "web-2_shop_app-"+strings.Repeat("cd", 32)+".log")
	n.must(os.Symlink(loop, loop))
	l := n.ledger()
	problem := func() string {
		for _, log := range l.Logs() {
			if log.Path == loop {
				return log.Problem
			}
		}
		return ""
	}
	waitFor(t, "the log has a problem", func() bool { return strings.Contains(problem(), syscall.ELOOP.Error()) })
	n.must(os.Remove(loop))
	waitFor(t, "a file that is gone is no problem", func() bool { return problem() == "" })
	n.must(os.WriteFile(loop, nil, 0o644))
	for _, log := range l.Logs() {
		if log.Problem != "" {
			t.Errorf("%s: %s", log.Path, log.Problem)
		}
	}
	n.must(l.Close())
}

// TestTryOpen: a file is opened while something of it is unread.
func TestTryOpen(t *testing.T) {
	loop := filepath.Join(t.TempDir(), "loop")
	if err := os.Symlink(loop, loop); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		file file
		want bool
	}{
		"nothing in it":            {file{name: loop}, false},
		"never read":               {file{name: loop, size: 9}, true},
		"never read by tail":       {file{name: loop, size: 9, head: 1, begin: unknownBegin}, true},
		"unread":                   {file{name: loop, size: 9, head: 1}, true},
		"all of it is handed over": {file{name: loop, size: 9, head: 1, seen: ranges{{0, 9}}}, false},
	} {
		if err := c.file.tryOpen(); (err != nil) != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
}
