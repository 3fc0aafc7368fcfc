package plugin

import (
	"fmt"
	"testing"
)

// Chunks that come back again and again leave nothing behind.
func TestProgressStaysSmall(t *testing.T) {
	p := newProgress()
	chunks := make([][]byte, 500)
	for i := range chunks {
		chunks[i] = fmt.Appendf(nil, "chunk %d", i)
	}
	for range 50 {
		for i, c := range chunks {
			state := p.take("tag", c)
			state.pending = i + 1
			if n := p.keep("tag", c, state); n != 0 {
				t.Fatalf("%d records were forgotten", n)
			}
		}
	}
	if len(p.chunks) != len(chunks) || len(p.order) > 2*len(chunks)+1000 {
		t.Errorf("%d chunks, %d in order", len(p.chunks), len(p.order))
	}
	// The one that has been away longest goes first, though it came first too.
	p.keep("tag", chunks[0], p.take("tag", chunks[0]))
	if n := p.forgetOldest(); n != 2 || len(p.chunks) != len(chunks)-1 {
		t.Errorf("forgot %d records; %d chunks are left", n, len(p.chunks))
	}
	if state := p.take("tag", chunks[0]); state.pending != 1 {
		t.Errorf("%+v", state)
	}
	if state := p.take("other tag", chunks[3]); state.pending != 0 {
		t.Errorf("another tag's: %+v", state)
	}
}

func TestEqualChunksAreNotConfused(t *testing.T) {
	p := newProgress()
	c := []byte("the same bytes")
	if p.keep("tag", c, chunkState{pending: 3}) != 0 || p.keep("tag", c, chunkState{pending: 5}) != 3 {
		t.Error("what the first had pending is not given back")
	}
	if state := p.take("tag", c); state.pending != 5 {
		t.Errorf("%+v", state)
	}
	if state := p.take("tag", c); state.pending != 0 {
		t.Errorf("taken twice: %+v", state)
	}
}
