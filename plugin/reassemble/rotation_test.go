package reassemble

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

const thrown, frame = "java.lang.Error: a", "\tat a.B.c(D.java:1)"

// The chunk with the new file's beginning may be first: it waits for the one
// with the old file's end as long as that is under way, and no longer.
func TestNewFileBeforeTheOldOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ra := newReassembler()
		begin := time.Now()
		one, two := ra.chunk(), ra.chunk()
		end := one.add(0, begin, "x")
		got := make(chan []string)
		go func() {
			two.add(0, begin.Add(time.Second), frame)
			got <- two.end()
		}()
		synctest.Wait()
		if ra.Waiting() != 1 {
			t.Fatal("it does not wait")
		}
		one.add(end, begin, thrown)
		one.end()
		if texts := <-got; !slices.Equal(texts, []string{thrown + "\n" + frame}) || time.Since(begin) != 0 {
			t.Errorf("got %q after %v", texts, time.Since(begin))
		}
		one.Leave()
		two.Leave()
	})
}

// One that does not come to its end is not waited for for ever.
func TestOldFileThatDoesNotEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ra := newReassembler()
		begin := time.Now()
		one, two := ra.chunk(), ra.chunk()
		one.add(0, begin, thrown)
		two.add(0, begin.Add(time.Second), frame)
		if took := time.Since(begin); took != 20*time.Second {
			t.Errorf("waited %v", took)
		}
		if texts := two.end(); !slices.Equal(texts, []string{frame}) {
			t.Errorf("got %q", texts)
		}
	})
}

// What was read later is not what came before: it is of the same file, and has
// overtaken its predecessor. Of what was read before, the last counts, in
// whichever order the chunks come.
func TestOnlyWhatWasReadBefore(t *testing.T) {
	first := frame // the new file's first line
	for _, c := range []struct {
		ends []time.Duration // of chunks: when they are read, before the new file
		want string
	}{
		{[]time.Duration{-time.Second}, first},
		{[]time.Duration{time.Second}, thrown + "0\n" + first},
		{[]time.Duration{time.Second, time.Minute}, thrown + "0\n" + first},
		{[]time.Duration{time.Minute, time.Second}, thrown + "1\n" + first},
		{[]time.Duration{time.Second, -time.Second}, thrown + "0\n" + first},
	} {
		synctest.Test(t, func(t *testing.T) {
			ra := newReassembler()
			now := time.Now().Add(time.Hour)
			for i, before := range c.ends {
				old := ra.chunk()
				old.until = time.Now() // it does not wait for what was before
				old.add(1000*int64(i+1), now.Add(-before), fmt.Sprint(thrown, i))
				old.until = old.until.Add(time.Second)
				old.end()
			}
			anew := ra.chunk()
			anew.add(0, now, first)
			if texts := anew.end(); !slices.Equal(texts, []string{c.want}) {
				t.Errorf("%v: got %q", c.ends, texts)
			}
		})
	}
}

// Another chunk goes on with the old file before the new one's is at its end.
func TestOldFileThatGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ra := newReassembler()
		begin := time.Now()
		one, two, three := ra.chunk(), ra.chunk(), ra.chunk()
		end := one.add(0, begin, thrown)
		one.end()
		two.add(0, begin, frame)
		three.add(end, begin, frame)
		if texts := two.end(); !slices.Equal(texts, []string{frame}) {
			t.Errorf("the new file has %q", texts)
		}
		if texts := three.end(); !slices.Equal(texts, []string{thrown + "\n" + frame}) {
			t.Errorf("the old file has %q", texts)
		}
	})
}

// The chunk before has the beginning, the old file's end in this chunk is of the
// other stream, and the new file has the rest.
func TestRestBehindTheEndOfTheOldFile(t *testing.T) {
	other := strings.Repeat("other ", 100) // the new file does not end where the old one does
	for _, wentOn := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			ra := newReassembler()
			now := time.Now()
			one, two, three := ra.chunk(), ra.chunk(), ra.chunk()
			end := one.addTo("stdout", 0, now, thrown)
			one.end()
			end = two.addTo("stderr", end, now, other)
			anew := two.addTo("stdout", 0, now, frame)
			if wentOn {
				end = two.addTo("stderr", end, now, "another")
			}
			want := []string{other, thrown + "\n" + frame}
			if wentOn {
				want = []string{other, frame, "another"}
			}
			if texts := two.end(); !slices.Equal(texts, want) {
				t.Errorf("the second chunk has %q", texts)
			}
			// The old file's next chunk has the text only if the new one does not.
			three.addTo("stderr", anew, now, "new")
			three.addTo("stdout", end, now, frame)
			want = []string{"new", frame}
			if wentOn {
				want[1] = thrown + "\n" + frame
			}
			if texts := three.end(); !slices.Equal(texts, want) {
				t.Errorf("the third chunk has %q, want %q", texts, want)
			}
		})
	}
}

// A second rotation in a chunk: the middle file is both new and old.
func TestTwoRotationsInAChunk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newReassembler().chunk()
		now := time.Now()
		c.add(5000, now, thrown)
		c.add(0, now, frame)
		c.add(0, now, frame)
		c.add(0, now, "other")
		want := []string{thrown + "\n" + frame + "\n" + frame, "other"}
		if texts := c.end(); !slices.Equal(texts, want) {
			t.Errorf("got %q", texts)
		}
	})
}

// Where the old file is known to have more lines, nothing goes on in the new one: neither in
// the same chunk nor in the next.
func TestOldFileWasNotReadToItsEnd(t *testing.T) {
	for _, ended := range []bool{true, false} {
		for _, chunks := range []int{1, 2} {
			synctest.Test(t, func(t *testing.T) {
				ra := newReassembler()
				var asked int64
				ra.config.Ended = func(_ string, offset int64) bool { asked = offset; return ended }
				begin := time.Now()
				one := ra.chunk()
				end := one.add(one.add(0, begin, "x"), begin, thrown)
				two, want := one, []string{"x", thrown, frame}
				if ended {
					want = []string{"x", thrown + "\n" + frame}
				}
				if chunks == 2 {
					one.end()
					two, want = ra.chunk(), want[min(2, len(want)-1):]
				}
				two.add(0, begin.Add(time.Millisecond), frame)
				if texts := two.end(); !slices.Equal(texts, want) {
					t.Errorf("ended %t, %d chunks: got %q, want %q", ended, chunks, texts, want)
				}
				one.Leave()
				if two != one {
					two.Leave()
				}
				if asked < end-slack || asked > end {
					t.Errorf("asked about %d, the end was %d", asked, end)
				}
			})
		}
	}
}
