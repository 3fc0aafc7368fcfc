package plugin

import (
	"testing"
	"testing/synctest"
	"time"
)

// While a thread works on one chunk after another, chunks may wait behind them that were
// never presented. What they have is a gap in the ledger of the disk, and is not read from
// the file.
func TestDrained(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := &Instance{threads: map[int]*calls{1: {}, 2: {}}}
		flush := func(thread int, took time.Duration) {
			in.threads[thread].begin(time.Now())
			time.Sleep(took)
			in.noteEnd(thread)
		}
		drained := func(want bool, when string) {
			t.Helper()
			if got := in.drained(10 * time.Second); got != want {
				t.Errorf("%s: %v", when, got)
			}
		}
		time.Sleep(time.Hour)
		drained(true, "nothing happens")
		for range 12 {
			flush(1, 900*time.Millisecond)
		}
		drained(false, "one chunk after another for 11 s")
		flush(2, 0)
		drained(false, "another thread is free")
		time.Sleep(100 * time.Millisecond)
		drained(true, "the queue is empty")
		for range 30 {
			flush(1, 900*time.Millisecond)
			time.Sleep(100 * time.Millisecond)
		}
		in.threads[1].begin(time.Now())
		drained(true, "a pause in each second")
		time.Sleep(10 * time.Second)
		drained(false, "a chunk that takes 10 s")
	})
}
