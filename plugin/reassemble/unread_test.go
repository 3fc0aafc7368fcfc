package reassemble

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// A chunk that nobody has looked into may have the end of the old file. What
// ends before it, or while it is away, does not go on in the new one.
func TestNothingGoesOnWhileChunksAreMissing(t *testing.T) {
	const joined = thrown + "\n" + frame
	for _, c := range []struct {
		name           string
		before, behind []int // chunks that are away, before the old file's end and behind it
		wait           time.Duration
		want           string
	}{
		{"none", nil, nil, 0, joined},
		{"refused behind", nil, []int{1}, 0, frame},
		{"came again", nil, []int{1, 0}, 0, frame},
		{"refused before", []int{1}, nil, 0, frame},
		{"one of two came", []int{1, 2, 1}, nil, 0, frame},
		{"all came", []int{1, 2, 1, 0}, nil, 0, joined},
		{"dropped long ago", []int{1}, nil, 2 * time.Hour, joined},
	} {
		synctest.Test(t, func(t *testing.T) {
			ra := newReassembler()
			miss := func(counts []int) {
				for _, n := range counts {
					ra.Unread(func() int { return n })
				}
			}
			miss(c.before)
			time.Sleep(c.wait)
			old, anew := ra.chunk(), ra.chunk()
			now := time.Now()
			old.add(0, now, thrown)
			old.end()
			miss(c.behind)
			anew.add(0, now.Add(time.Second), frame)
			if texts := anew.end(); !slices.Equal(texts, []string{c.want}) {
				t.Errorf("%s: got %q", c.name, texts)
			}
		})
	}
}
