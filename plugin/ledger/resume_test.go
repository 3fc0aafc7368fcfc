package ledger

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// Chunks that come back again and again leave nothing behind.
func TestResumeStaysSmall(t *testing.T) {
	p := NewResume()
	chunks := make([][]byte, 500)
	for i := range chunks {
		chunks[i] = fmt.Appendf(nil, "chunk %d", i)
	}
	for range 50 {
		for i, c := range chunks {
			state := p.Take("tag", c)
			state.Pending = i + 1
			if n := p.Save("tag", c, state); n != 0 {
				t.Fatalf("%d records were forgotten", n)
			}
		}
	}
	if len(p.chunks) != len(chunks) || len(p.order) > 2*len(chunks)+1000 {
		t.Errorf("%d chunks, %d in order", len(p.chunks), len(p.order))
	}
	// The one that has been away longest goes first, though it came first too.
	p.Save("tag", chunks[0], p.Take("tag", chunks[0]))
	if n := p.forgetOldest(); n != 2 || len(p.chunks) != len(chunks)-1 {
		t.Errorf("forgot %d records; %d chunks are left", n, len(p.chunks))
	}
	if state := p.Take("tag", chunks[0]); state.Pending != 1 {
		t.Errorf("%+v", state)
	}
	if state := p.Take("other tag", chunks[3]); state.Pending != 0 {
		t.Errorf("another tag's: %+v", state)
	}
}

func TestEqualChunksAreNotConfused(t *testing.T) {
	p := NewResume()
	c := []byte("the same bytes")
	if p.Save("tag", c, ChunkState{Pending: 3}) != 0 || p.Save("tag", c, ChunkState{Pending: 5}) != 3 {
		t.Error("what the first had pending is not given back")
	}
	if state := p.Take("tag", c); state.Pending != 5 {
		t.Errorf("%+v", state)
	}
	if state := p.Take("tag", c); state.Pending != 0 {
		t.Errorf("taken twice: %+v", state)
	}
}

// Chunks that were given back before anybody looked into them are counted.
func TestUnreadChunks(t *testing.T) {
	p := NewResume()
	one, two := []byte("one"), []byte("two")
	for i, step := range []struct {
		do   func()
		want int
	}{
		{func() { p.Save("tag", one, ChunkState{Counted: 1}) }, 1},
		{func() { p.Save("tag", one, ChunkState{Counted: 1}) }, 1},
		{func() { p.Save("tag", two, ChunkState{Counted: 1, Read: true}) }, 1},
		{func() { p.Take("tag", two) }, 1},
		{func() { p.Take("tag", []byte("other")) }, 1},
		{func() { p.Take("tag", one) }, 0},
		{func() { p.Save("tag", one, ChunkState{}); p.Save("tag", one, ChunkState{Read: true}) }, 0},
		{func() { p.Save("tag", two, ChunkState{}); p.forgetOldest(); p.forgetOldest() }, 0},
	} {
		if step.do(); p.Unread() != step.want {
			t.Errorf("step %d: %d unread", i, p.Unread())
		}
	}
}

// A chunk that has not come again for long is abandoned once. When it comes after all, it
// has what it had. One that has come meanwhile is not abandoned.
func TestAbandonedChunks(t *testing.T) {
	p := NewResume()
	one, two, three := []byte("one"), []byte("two"), []byte("three")
	p.Save("tag", one, ChunkState{Counted: 5, Pending: 3, Read: true})
	p.Save("tag", two, ChunkState{Counted: 7, Pending: 7})
	p.Save("tag", three, ChunkState{Counted: 9, Pending: 9})
	p.Take("tag", three)
	if chunks, n := p.Abandon(time.Now().Add(-time.Minute), func(*ChunkState) {}); chunks != 0 || n != 0 {
		t.Errorf("%d chunks with %d records, though they are young", chunks, n)
	}
	later := time.Now().Add(time.Minute)
	answered := func(s *ChunkState) {
		if s.Counted == 7 {
			s.Pending--
		}
	}
	if chunks, n := p.Abandon(later, answered); chunks != 2 || n != 3+6 || p.Unread() != 0 {
		t.Errorf("%d chunks with %d records, %d unread", chunks, n, p.Unread())
	}
	if chunks, _ := p.Abandon(later, answered); chunks != 0 {
		t.Errorf("%d chunks were abandoned twice", chunks)
	}
	if s := p.Take("tag", one); !s.Abandoned || s.Pending != 3 {
		t.Errorf("%+v", s)
	}
	if n := p.Save("tag", two, ChunkState{Pending: 1}); n != 0 {
		t.Errorf("%d abandoned records are forgotten again", n)
	}
	p.Abandon(later, answered)
	if n := p.forgetOldest(); n != 0 || p.Unread() != 0 {
		t.Errorf("%d abandoned records are forgotten, %d unread", n, p.Unread())
	}
}

// A chunk that has not come again for long is not outstanding: Fluent Bit has dropped it.
func TestOutstanding(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewResume()
		p.Save("t", []byte("dropped"), ChunkState{Counted: 1, Pending: 1})
		time.Sleep(time.Minute)
		p.Save("t", []byte("read"), ChunkState{Counted: 1, Pending: 1, Read: true})
		p.Save("t", []byte("comes again"), ChunkState{Counted: 1, Pending: 1})
		if returned, unread := p.Outstanding(time.Time{}); returned != 3 || unread != 2 {
			t.Errorf("%d returned, %d unread", returned, unread)
		}
		if returned, unread := p.Outstanding(time.Now().Add(-time.Second)); returned != 2 || unread != 1 {
			t.Errorf("%d returned lately, %d unread", returned, unread)
		}
		p.Take("t", []byte("comes again"))
		if returned, unread := p.Outstanding(time.Now().Add(-time.Second)); returned != 1 || unread != 0 {
			t.Errorf("%d returned lately, %d unread, after one came", returned, unread)
		}
	})
}
