package httpclient

import (
	"os"
	"time"
)

// lookAgain is how often files are looked at. Kubernetes takes a minute to
// bring a changed secret to a node.
const lookAgain = time.Second

// watched are files, of which it can be told whether they have changed.
type watched struct {
	paths  []string
	looked time.Time
	seen   []stamp
	young  bool // one was written just before it was looked at
}

// stamp is what a file that is written or replaced does not keep.
type stamp struct {
	info os.FileInfo
	time time.Time
	size int64
}

// changed says whether a file is not what it was when changed was called last.
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
	// What is written within a tick of the clock of the file system leaves no
	// trace in the stamp: look once more when the tick is over.
	same = same && (young || !w.young)
	w.seen, w.young = stamps, young
	return !same
}

// tick is more than the clocks of file systems take.
const tick = 20 * time.Millisecond

// forget has the files count as changed the next time.
func (w *watched) forget() { w.seen = nil }
