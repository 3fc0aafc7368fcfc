package disk

import (
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// loaded is when the program was loaded: before tail opens its database.
var loaded = time.Now()

// wasHere reports whether an agent was on the node before this one, although there is no
// ledger: its lock is there, or a database of tail in the same folder that is older than the
// program. tail itself has positions only of what it finds under its own paths: at the start,
// before any output, it deletes those of files that were rotated.
func wasHere(ledger string) bool {
	if _, err := os.Lstat(ledger + ".lock"); err == nil {
		return true
	}
	databases, _ := filepath.Glob(filepath.Join(filepath.Dir(ledger), "*.db"))
	for _, path := range databases {
		var s unix.Statx_t
		err := unix.Statx(unix.AT_FDCWD, path, unix.AT_SYMLINK_NOFOLLOW, unix.STATX_BTIME, &s)
		if err == nil && s.Mask&unix.STATX_BTIME != 0 && time.Unix(s.Btime.Sec, int64(s.Btime.Nsec)).Before(loaded) {
			return true
		}
	}
	return false
}
