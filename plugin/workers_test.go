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

// Chunks are in order as long as each begins on the thread whose turn it is, and alone.
func TestInOrder(t *testing.T) {
	in := &Instance{threads: map[int]*calls{1: {}, 2: {}, 3: {}}}
	flush := func(thread int) (inOrder bool) {
		in.noteBegin(thread)
		defer in.noteEnd(thread)
		return in.inOrder()
	}
	for range turnsSeen {
		for thread := 1; thread <= 3; thread++ {
			if flush(thread) {
				t.Error("the rotation is not known yet")
			}
		}
	}
	flush(1)
	for i := range 6 {
		if !flush(i%3 + 2 - i%3/2*3) {
			t.Error("each thread was called in its turn:", i)
		}
	}
	in.noteBegin(2)
	in.noteBegin(3)
	if in.inOrder() {
		t.Error("two chunks are being delivered")
	}
	in.noteEnd(2)
	if !in.inOrder() {
		t.Error("one chunk is being delivered")
	}
	in.noteEnd(3)
	flush(1)
	if flush(3) {
		t.Error("a chunk may wait for the second thread")
	}
	if flush(2) {
		t.Error("a chunk came late")
	}
}
