package httpclient

import (
	"os"
	"time"
)

// lookAgain is how often files are checked. Kubernetes takes a minute to bring a
// changed secret to a node.
const lookAgain = time.Second

// watched are files whose changes are noticed.
type watched struct {
	paths  []string
	looked time.Time
	seen   []stamp
	young  bool // one was written just before it was looked at
}

// stamp is the state of a file. Writing or replacing the file changes it.
type stamp struct {
	info os.FileInfo
	time time.Time
	size int64
}

// changed reports whether a file has changed since the last call.
func (w *watched) changed(now time.Time) bool {
	if len(w.paths) == 0 || now.Sub(w.looked) < lookAgain && !now.Before(w.looked) {
		return false
	}
	w.looked = now
	stamps := make([]stamp, len(w.paths))
	same, young := len(w.seen) == len(stamps), false
	for i, path := range w.paths {
		info, err := os.Stat(path)
		if err != nil {
			return false // it is being replaced
		}
		stamps[i] = stamp{info, info.ModTime(), info.Size()}
		same = same && stamps[i].size == w.seen[i].size && stamps[i].time.Equal(w.seen[i].time) && os.SameFile(info, w.seen[i].info)
		young = young || now.Sub(info.ModTime()).Abs() < tick
	}
	// A second write within one tick of the file system's clock does not change
	// the stamp: check once more when the tick is over.
	same = same && (young || !w.young)
	w.seen, w.young = stamps, young
	return !same
}

// tick is longer than the ticks of the clocks of file systems.
const tick = 20 * time.Millisecond

// forget makes the next call of changed return true.
func (w *watched) forget() { w.seen = nil }
